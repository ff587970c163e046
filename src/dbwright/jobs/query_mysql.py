"""MySQL and MariaDB as grounds of queries: the user's database, only read, and a scratch one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from dbwright.collect.database import STATEMENT_SECONDS, UserDatabase
from dbwright.core.errors import DbwrightError
from dbwright.core.options import Options, Progress
from dbwright.core.schema import Schema
from dbwright.jobs.examples import fill_for_plans
from dbwright.jobs.models import server_words
from dbwright.jobs.query_grounds import Opened, named_tables, of_rows
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice
from dbwright.verify.queries.layered import Layered

MOST = 3_000
"""Rows that a table is given at most; one that has fewer is given as many as it has."""
_FEW = 20
Miss = Callable[[str, str, str], None]


def of_database(
    database: UserDatabase,
    statements: Sequence[str],
    options: Options,
    stack: contextlib.ExitStack,
    progress: Progress,
    miss: Miss,
) -> Opened:
    """Gives the user's database as a ground, and behind it one with its schema and made-up rows.

    Without a throw-away server that is named, only plans are looked at.
    """
    from dbwright.dialects.mysql import server, statistics
    from dbwright.verify.queries.mysql import Live

    database.ask(lambda connection: server.limit(connection, STATEMENT_SECONDS))
    rows = database.ask(statistics.rows)
    schema, target = database.schema(), database.target
    live = Live(database.connection, database.words, runs=options.run)
    major = target.version[0] if target.version else None
    found = Opened(Layered([live]), schema, target, database.words, major, "live", rows=rows)
    for text in database.left_out:
        miss("a part of the database", text, "Name a user that may read it.")
    if not options.sandbox:
        return found
    if not options.sandbox_url:
        miss(
            "what an index or another form would give",
            "nothing is changed in your database, and no throw-away server was named",
            f"Name one:  --sandbox-url {target.dialect}+pymysql://USER:PASSWORD@HOST:3306/",
        )
        return found
    try:
        _add_scratch(found, database, statements, options.sandbox_url, stack, progress, miss)
    except DbwrightError as error:
        miss("what an index or another form would give", error.message, error.way_out or "")
    return found


def _add_scratch(
    found: Opened,
    database: UserDatabase,
    statements: Sequence[str],
    url: str,
    stack: contextlib.ExitStack,
    progress: Progress,
    miss: Miss,
) -> None:
    from dbwright.scratch import mysql_schema

    tables = database.ask(mysql_schema.definitions)
    database.connection.rollback()
    dialect = found.target.dialect
    progress("making the schema")
    sandbox = stack.enter_context(open_sandbox(dialect, ServerChoice(sandbox_url=url)))
    scratch = stack.enter_context(sandbox.clone(None))
    connection = stack.enter_context(contextlib.closing(scratch.connect()))
    for told in mysql_schema.made(connection, tables):
        miss("a table", told, "Name a server of the same kind and version with --sandbox-url.")
    server, major = server_words(scratch)
    made = _of_made_up(scratch, connection, found, statements, f"made-up rows, {server}", major)
    assert isinstance(found.ground, Layered)
    found.ground = Layered([*found.ground.grounds, made.ground])
    found.offer, found.scratch, found.major = made.offer, made.scratch, made.major


def _of_made_up(
    database: Any,
    connection: Any,
    found: Opened,
    statements: Sequence[str],
    words: str,
    major: int | None,
) -> Opened:
    """Fills the tables that statements name with as many rows as they have; gives the ground."""
    from dbwright import dialects

    schema: Schema = dialects.get(found.target.dialect).catalog.read_schema(connection)
    connection.rollback()
    wanted = {key: min(found.rows.get(key, _FEW), MOST) for key in named_tables(schema, statements)}
    fill_for_plans(connection, schema, {k: count for k, count in wanted.items() if count > _FEW})
    return of_rows(connection, found.target, words, major, "live", database)
