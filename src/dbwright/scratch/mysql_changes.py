"""Changes of a scratch database of MySQL or MariaDB, which no ROLLBACK takes back there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dbwright.dialects.mysql.quoting import quoted

if TYPE_CHECKING:
    from dbwright.dialects.mysql.server import Connection

_PARTS = """
    select table_name, index_name, 'index' from information_schema.statistics
    where table_schema = database() and index_name <> 'PRIMARY'
    union select table_name, column_name, 'column' from information_schema.columns
    where table_schema = database()
    order by 3 desc, 1, 2
"""


@contextlib.contextmanager
def changed(connection: Connection, statements: Sequence[str]) -> Iterator[None]:
    """Runs statements for the time of the block; what they did is taken back.

    Raises pymysql.err.Error for one that the server refuses, with nothing left of those before.
    """
    connection.rollback()
    with restored(connection) if statements else contextlib.nullcontext():
        try:
            for sql in statements:
                connection.execute(sql)
            yield
        finally:
            connection.rollback()


@contextlib.contextmanager
def restored(connection: Connection) -> Iterator[None]:
    """Drops the indexes and columns at the end that were made in the block."""
    before = set(_parts(connection))
    try:
        yield
    finally:
        connection.rollback()
        for table, name, kind in _parts(connection):
            if (table, name, kind) not in before:
                connection.execute(f"alter table {quoted(table)} drop {kind} {quoted(name)}")


def _parts(connection: Connection) -> list[tuple[str, str, str]]:
    """Gives indexes, then columns."""
    rows: list[tuple[str, str, str]] = list(connection.execute(_PARTS).fetchall())
    connection.rollback()
    return rows
