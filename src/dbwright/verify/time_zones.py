"""An upgrade run in another time zone, where what it does hangs on the session's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from typing import Any

from psycopg import sql

from dbwright import dialects
from dbwright.core.errors import UserCodeError
from dbwright.core.migration import Migration
from dbwright.core.operation import AlterType
from dbwright.core.schema import Schema
from dbwright.core.trace import StatementTrace, Trace
from dbwright.verify.tracer import TracingHost

ZONE = "Asia/Kolkata"
"""Half an hour off, so that no rounding to hours hides it."""


def elsewhere(
    upgrade: Callable[[Any], None],
    fresh: Callable[[], AbstractContextManager[tuple[Any, Schema]]],
    migration: Migration,
    up: Trace,
) -> tuple[StatementTrace, ...]:
    """Gives the statements of the upgrade in a database whose time zone is another.

    Empty where no type changes between timestamps with and without a time zone. `upgrade` and
    `fresh` are as `interrupted.interrupted` takes them.
    """
    if not any(_is_about_zones(trace, migration) for trace in up.statements):
        return ()
    with fresh() as (database, _):
        with closing(database.superuser()) as connection:
            setting = sql.SQL("alter database {} set timezone = {}")
            name = sql.Identifier(database.name)
            connection.execute(setting.format(name, sql.Literal(ZONE)))
        host = TracingHost(database, "postgresql", migration.revision)
        with suppress(UserCodeError):
            upgrade(host)
        return tuple(host.traces)


def _is_about_zones(trace: StatementTrace, migration: Migration) -> bool:
    types = dialects.get("postgresql").types
    for operation in trace.statement.operations:
        if isinstance(operation, AlterType) and operation.using is None:
            table = migration.existing(operation.table)
            column = table.column(operation.column) if table else None
            old = types.family(column.type) if column else None
            if {old, types.family(operation.type)} == {"timestamp", "timestamptz"}:
                return True
    return False
