"""A live database read once: its catalog, its revision, the sizes of its tables."""

from __future__ import annotations

from typing import Any

from dbwright import dialects
from dbwright.collect.database import UserDatabase, opened
from dbwright.core.live import Live
from dbwright.core.schema import Schema, Table


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
    """What the version table holds: the one with Alembic's only column, whatever it is called."""
    tables = [table for table in schema.tables if _holds_versions(table)]
    tables.sort(key=lambda table: table.name != "alembic_version")
    if not tables:
        return ()
    name = dialects.get(database.dialect).quoting.quoted_key(tables[0].key)

    def ask(connection: Any) -> list[str]:
        cursor = connection.cursor()
        cursor.execute(f"select version_num from {name}")
        return [str(row[0]) for row in cursor.fetchall()]

    return tuple(sorted(database.ask(ask)))


def _holds_versions(table: Table) -> bool:
    return [column.name for column in table.columns] == ["version_num"]
