"""A revision split into one per table."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.core.finding import Fix
from dbwright.core.migration import Migration
from dbwright.recipes import revision


def per_table(migration: Migration, tables: Sequence[str]) -> Fix:
    """The cure of several tables in one transaction: a revision for each.

    No file is written: only with transaction_per_migration does a revision end a transaction,
    and that is env.py's to say.
    """
    parts: list[tuple[str, str]] = []
    for number, table in enumerate(tables, start=1):
        sent = [
            " ".join(statement.sql.split())
            for statement, operation in migration.operations()
            if getattr(operation, "table", None) == table
        ]
        code = "\n".join(f"# {sql}" for sql in sent) or f"# what changes {table}"
        parts.append((f"revision {number}: {table}", code))
    if not migration.environment.transaction_per_migration:
        parts.append(("env.py", "context.configure(…, transaction_per_migration=True)"))
    return Fix("One revision, and one transaction, for each table", revision.outline(*parts))
