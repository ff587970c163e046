"""What a revision does about an index that a failed concurrent build left invalid."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import Any

import psycopg

from dbwright.core.operation import CreateIndex, DropIndex, Operation, Reindex
from dbwright.core.trace import Trace


def kept(database: Any, up: Trace) -> tuple[str, ...]:
    """Gives the indexes that stay invalid when the upgrade meets them so, without an error.

    Each index that the upgrade builds concurrently is marked as a failed build leaves it; then
    the upgrade's statements about it run again. PostgreSQL only; the database is spoiled by it.
    """
    names = {
        operation.index.name
        for operation in _operations(up)
        if isinstance(operation, CreateIndex) and operation.concurrently and operation.if_not_exists
    }
    return tuple(name for name in sorted(names) if _stays_invalid(database, up, name))


def _operations(trace: Trace) -> Iterable[Operation]:
    for item in trace.statements:
        yield from item.statement.operations


def _stays_invalid(database: Any, up: Trace, name: str) -> bool:
    with closing(database.superuser()) as superuser, closing(database.connect()) as connection:
        connection.autocommit = True
        superuser.execute(
            """
            update pg_index set indisvalid = false
            where indexrelid = (select oid from pg_class where relname = %s and relkind = 'i')
        """,
            [name],
        )
        try:
            for item in up.statements:
                if any(_is_about(operation, name) for operation in item.statement.operations):
                    connection.execute(item.statement.sql.encode())
        except psycopg.Error:
            return False  # it stops with an error: nobody takes the index for a whole one
        row = superuser.execute(
            """
            select indisvalid from pg_index
            where indexrelid = (select oid from pg_class where relname = %s and relkind = 'i')
        """,
            [name],
        ).fetchone()
    return row is not None and not row[0]


def _is_about(operation: Operation, name: str) -> bool:
    if isinstance(operation, CreateIndex):
        return operation.index.name == name
    if isinstance(operation, DropIndex):
        return operation.index.rpartition(".")[2] == name
    return isinstance(operation, Reindex) and operation.target.rpartition(".")[2] == name
