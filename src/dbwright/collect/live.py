"""A live database read once: its catalog, its revision, the sizes of its tables."""

from __future__ import annotations

from typing import Any

from dbwright import dialects
from dbwright.collect.database import UserDatabase, opened
from dbwright.core.errors import CollectError
from dbwright.core.live import Live
from dbwright.core.schema import Schema, Table

VERSION_TABLE = "alembic_version"
REFUSED = {"42501", 1142}
"""How PostgreSQL and MySQL say that a role may not read a table."""


def read_live(url: str) -> Live:
    """Gives what the database that a URL names holds; it is only read.

    Raises UsageError for a URL that cannot be meant, CollectError where nothing answers there.
    """
    with opened(url) as database:
        schema = database.schema()
        dialect = dialects.get(database.dialect)
        return Live(
            schema,
            _versions(database, schema),
            database.ask(dialect.statistics.rows),
            database.words,
            database.target,
            database.left_out,
        )


def _versions(database: UserDatabase, schema: Schema) -> tuple[str, ...]:
    """What the version table holds, Alembic's or one of another name and its only column."""
    quoted = dialects.get(database.dialect).quoting.quoted_key
    others = (table.key for table in schema.tables if _holds_versions(table))
    for name in (VERSION_TABLE, *others):
        found = _version_of(database.connection, quoted(name))
        if found is not None:
            return tuple(sorted(found))
    return ()


def _holds_versions(table: Table) -> bool:
    return [column.name for column in table.columns] == ["version_num"]


def _version_of(connection: Any, table: str) -> list[str] | None:
    """The ids in a version table, None where there is none; CollectError without the right."""
    cursor = connection.cursor()
    cursor.execute("savepoint version_table")
    try:
        cursor.execute(f"select version_num from {table}")
        return [str(row[0]) for row in cursor.fetchall()]
    except Exception as error:  # each driver has its own tree
        cursor.execute("rollback to savepoint version_table")
        if {getattr(error, "sqlstate", None), *error.args[:1]} & REFUSED:
            raise CollectError(
                f"the role of --db may not read {table}",
                way_out=f"GRANT SELECT ON {table} to it: without it nobody knows what has run.",
            ) from error
        return None
