"""A disposable database with the schema of a user's, where rows are made to test a query with."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dbwright.core.errors import DbwrightError
from dbwright.core.options import Options, Progress
from dbwright.core.schema import Schema
from dbwright.core.twin import Twin
from dbwright.dialects.postgresql import catalog
from dbwright.dialects.sqlite import catalog as sqlite_catalog
from dbwright.jobs.twin import server_choice
from dbwright.scratch import rows
from dbwright.scratch.made_up import with_schema
from dbwright.verify.queries.ground import CannotTry

_ROWS = 20
_MADE = """
    select sql from sqlite_master where sql is not null and name not like 'sqlite_%'
    order by case type when 'table' then 0 when 'index' then 1 when 'view' then 2 else 3 end, rowid
"""


def empty_of(source: sqlite3.Connection, stack: contextlib.ExitStack) -> Callable[[], Any]:
    """Gives what opens a database in memory with the schema of a SQLite file, and a few rows."""

    def make() -> Any:
        made = stack.enter_context(contextlib.closing(sqlite3.connect(":memory:")))
        for (sql,) in source.execute(_MADE).fetchall():
            made.execute(sql)
        made.commit()
        return _filled(made, sqlite_catalog.read_schema(made))

    return _once(make)


def scratch_of(
    twin: Twin, stack: contextlib.ExitStack, options: Options, progress: Progress
) -> Callable[[], Any]:
    """Gives what opens a database with the schema of a twin, and a few rows."""

    def make() -> Any:
        progress("making the schema")
        choice = replace(server_choice(options), target_major=twin.source.major)
        made = stack.enter_context(with_schema(twin, choice))
        return _filled(made, catalog.read_schema(made))

    return _once(make)


def _filled(connection: Any, schema: Schema) -> Any:
    rows.fill(connection, schema, rows=_ROWS)
    connection.commit()
    return connection


def _once(make: Callable[[], Any]) -> Callable[[], Any]:
    """Gives what makes a database on its first use; it is dropped when the maker's stack ends.

    What is given raises CannotTry, each time, where none can be had.
    """
    known: list[Any] = []
    failed: list[str] = []

    def opened() -> Any:
        if not known and not failed:
            try:
                known.append(make())
            except DbwrightError as error:
                failed.append(error.message)
        if failed:
            raise CannotTry(f"there was no database to make rows in: {failed[0]}")
        return known[0]

    return opened
