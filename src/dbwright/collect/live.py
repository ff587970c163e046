"""A live database read once: its catalog, its revision, the sizes of its tables."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from dbwright import dialects
from dbwright.collect.database import UserDatabase, opened
from dbwright.core.live import Live
from dbwright.core.schema import Schema, Table
from dbwright.fleet.digest import OWN

REFUSED = {"42501", 1142}
"""How PostgreSQL and MySQL say that a role may not read a table."""


def read_live(url: str) -> Live:
    """Gives what the database that a URL names holds; it is only read.

    Raises UsageError for a URL that cannot be meant, CollectError where nothing answers there.
    A version table that the role may not read leaves the versions unknown, and says so.
    """
    with opened(url) as database:
        whole = database.schema()
        schema = replace(whole, tables=tuple(t for t in whole.tables if t.name not in OWN))
        dialect = dialects.get(database.dialect)
        versions, refused = _versions(database, schema)
        return Live(
            schema,
            versions,
            database.ask(dialect.statistics.rows),
            database.words,
            database.target,
            database.left_out,
            refused,
            database.ask(dialect.catalog.passed_policies),
        )


def _versions(database: UserDatabase, schema: Schema) -> tuple[tuple[str, ...], str]:
    """What the version table holds, Alembic's or one of another name and its only column.

    With it the name of one that the role may not read, and that no other one answers for.
    """
    dialect = dialects.get(database.dialect)
    alembics = database.ask(dialect.catalog.version_tables)
    others = tuple(table.key for table in schema.tables if _holds_versions(table))
    refused = ""
    for name in (*alembics, *others):
        found = _version_of(database, dialect.quoting.quoted_key(name))
        if found is not None:
            return tuple(sorted(found)), ""
        refused = refused or name
    return (), refused


def _holds_versions(table: Table) -> bool:
    return [column.name for column in table.columns] == ["version_num"]


def _version_of(database: UserDatabase, table: str) -> list[str] | None:
    """The ids in a version table, None where the role may not read it."""
    try:
        rows = asked(database.connection, f"select version_num from {table}")
    except Exception as error:  # each driver has its own tree
        if not database.is_lost and {getattr(error, "sqlstate", None), *error.args[:1]} & REFUSED:
            return None
        raise database.failed("cannot read the version table of", error) from error
    return [str(row[0]) for row in rows]


def asked(connection: Any, sql: str) -> list[tuple[object, ...]]:
    """Gives the rows of one SELECT; one that fails leaves the transaction usable."""
    cursor = connection.cursor()
    cursor.execute("savepoint dbwright_question")
    try:
        cursor.execute(sql)
        rows = [tuple(row) for row in cursor.fetchall()]
    except Exception:
        with contextlib.suppress(Exception):  # the connection may be lost
            cursor.execute("rollback to savepoint dbwright_question")
        raise
    cursor.execute("release savepoint dbwright_question")
    return rows
