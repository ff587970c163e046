"""A database of MySQL or MariaDB copied table by table, on the server itself.

The source is a valid database, so the copy is made with foreign_key_checks off: no constraint is
lost by it, only the order of the tables no longer matters. Triggers come last, so that none fires.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import pymysql

from dbwright.core.errors import SandboxError
from dbwright.dialects.mysql.quoting import quoted

if TYPE_CHECKING:
    from dbwright.dialects.mysql.server import Connection

# Rows as they stand: an id of 0, a date of zeros; SHOW CREATE speaks in backticks.
_MODES = "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES"


def copy_database(
    connection: Connection, source: str, target: str, only: Collection[str] | None = None
) -> None:
    """Copies tables with their rows, sequences, routines, views and triggers to an empty database.

    With `only`, these tables alone, with the rows that nobody has committed yet. Raises
    SandboxError when a view depends on what is not there.
    """
    # Neither level locks the rows it reads; the second sees those of an open transaction too.
    level = "read committed" if only is None else "read uncommitted"
    connection.execute(f"set session transaction isolation level {level}")
    connection.execute("set foreign_key_checks = 0, sql_mode = %s", [_MODES])
    try:
        _copy(connection, source, target, only)
    finally:
        with contextlib.suppress(pymysql.err.MySQLError):
            connection.execute("set foreign_key_checks = 1")
            connection.own_session()


def _copy(connection: Connection, source: str, target: str, only: Collection[str] | None) -> None:
    kinds = dict(_tables(connection, source))
    tables = [name for name, kind in kinds.items() if kind not in ("VIEW", "SEQUENCE")]
    wanted = [name for name in tables if only is None or name in only]
    sequences = [name for name, kind in kinds.items() if kind == "SEQUENCE"]
    for name in sequences:
        _sequence(connection, source, target, name)
    if only is None:
        _routines(connection, source, target)
    connection.execute(f"use {quoted(source)}")
    definitions = {name: _shown(connection, "table", name, 1) for name in wanted}
    triggers = [] if only is not None else list(_triggers(connection, source))
    views = {n: _shown(connection, "view", n, 1) for n, k in kinds.items() if k == "VIEW"}
    connection.execute(f"use {quoted(target)}")
    for name, definition in definitions.items():
        connection.execute(definition)
        _rows(connection, source, target, name)
    if only is None:
        _views(connection, views)
    for modes, definition in triggers:
        connection.execute("set sql_mode = %s", [modes])
        connection.execute(definition)


def _tables(connection: Connection, database: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = connection.execute(
        """
        select table_name, table_type from information_schema.tables where table_schema = %s
        order by table_name
    """,
        [database],
    ).fetchall()
    return rows


def _shown(connection: Connection, kind: str, name: str, place: int) -> str:
    row = connection.execute(f"show create {kind} {quoted(name)}").fetchone()
    return str(row[place])


def _rows(connection: Connection, source: str, target: str, name: str) -> None:
    """Copies the rows; what is generated is generated again."""
    found = connection.execute(
        """
        select column_name from information_schema.columns
        where table_schema = %s and table_name = %s
          and coalesce(generation_expression, '') = '' order by ordinal_position
    """,
        [source, name],
    ).fetchall()
    columns = ", ".join(quoted(column) for (column,) in found)
    if columns:
        connection.execute(
            f"insert into {quoted(target)}.{quoted(name)} ({columns}) "
            f"select {columns} from {quoted(source)}.{quoted(name)}"
        )


def _sequence(connection: Connection, source: str, target: str, name: str) -> None:
    connection.execute(f"use {quoted(source)}")
    definition = _shown(connection, "sequence", name, 1)
    (value,) = connection.execute(f"select next_not_cached_value from {quoted(name)}").fetchone()
    connection.execute(f"use {quoted(target)}")
    connection.execute(definition)
    connection.execute(f"select setval({quoted(name)}, %s, 0)", [value]).fetchone()


def _routines(connection: Connection, source: str, target: str) -> None:
    found = connection.execute(
        """
        select routine_type, routine_name, sql_mode from information_schema.routines
        where routine_schema = %s order by routine_name
    """,
        [source],
    ).fetchall()
    for kind, name, modes in found:
        connection.execute(f"use {quoted(source)}")
        definition = _shown(connection, kind, name, 2)
        connection.execute(f"use {quoted(target)}")
        connection.execute("set sql_mode = %s", [modes])
        connection.execute(definition)
    connection.execute("set sql_mode = %s", [_MODES])


def _triggers(connection: Connection, source: str) -> Iterator[tuple[str, str]]:
    found = connection.execute(
        """
        select trigger_name from information_schema.triggers where trigger_schema = %s
        order by event_object_table, action_order
    """,
        [source],
    ).fetchall()
    for (name,) in found:
        row = connection.execute(f"show create trigger {quoted(name)}").fetchone()
        yield str(row[1]), str(row[2])


def _views(connection: Connection, left: dict[str, str]) -> None:
    """Makes the views, each after those that it reads."""
    while left:
        made, why = [], ""
        for name, definition in left.items():
            try:
                connection.execute(definition)
                made.append(name)
            except pymysql.err.MySQLError as error:
                why = str(error.args[-1])
        if not made:
            raise SandboxError(
                f"cannot copy the view {next(iter(left))}: {why}",
                way_out="Drop or mend the view in a revision before.",
            )
        left = {name: text for name, text in left.items() if name not in made}
