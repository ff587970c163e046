"""Statements that PostgreSQL runs only outside of a transaction, put into an autocommit block."""

from __future__ import annotations

import textwrap

from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    CreateIndex,
    DetachPartition,
    DropIndex,
    Maintain,
    Operation,
    Reindex,
)
from dbwright.recipes import code, index, revision, revision_source
from dbwright.recipes.revision import Notes, Phase
from dbwright.recipes.revision_source import Where

NOTES = Notes(
    does="runs what PostgreSQL refuses inside a transaction, while reads and writes go on.",
    risk="one that fails half-way is not rolled back; drop what is invalid, then run it again.",
    order="in a revision of its own.",
)
_INVERSE = {"create_index": "drop_index", "drop_index": "create_index"}


def needed_by(operation: Operation) -> str | None:
    """What the reader calls it; None when it may share a transaction."""
    if isinstance(operation, Maintain):
        return operation.action.upper() if operation.action.startswith("vacuum") else None
    words = {
        CreateIndex: "CREATE INDEX CONCURRENTLY",
        DropIndex: "DROP INDEX CONCURRENTLY",
        Reindex: "REINDEX CONCURRENTLY",
        DetachPartition: "DETACH PARTITION CONCURRENTLY",
    }.get(type(operation))
    return words if words and getattr(operation, "concurrently", False) else None


def subject_of(migration: Migration, operation: Operation) -> str | None:
    """The table that it is about, as far as that is known."""
    if isinstance(operation, DropIndex):
        return index.owner_of(migration, operation.index)[0] or operation.index
    table = getattr(operation, "table", None) or getattr(operation, "target", None)
    return str(table) if table else None


def wrap(migration: Migration, number: int) -> Fix:
    """The cure: the user's own statement in an autocommit block, alone in its revision."""
    statement, operation = list(migration.operations())[number]
    name = _name(operation)
    calls = (("create_index", name), ("drop_index", name)) if name else ()

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement, *calls)
        own = revision_source.statement(text, where)
        inverse = _inverse(migration, own, name)
        back = revision_source.statement(text, inverse) if inverse else ""
        phase = Phase(
            f"{(needed_by(operation) or '').capitalize()} {name}".strip(),
            code.autocommit(own),
            _wrapped(back) or "pass",
            NOTES,
        )
        return revision.own_revision(migration, where, phase, inverse)

    sql = textwrap.shorten(statement.sql, 60)
    return Fix(
        "Run it in an autocommit block, in a revision of its own",
        f"with op.get_context().autocommit_block():\n    …  # {sql}",
        "safe",
        revision.attempt(migration, make),
    )


def _inverse(migration: Migration, own: str, name: str) -> Where | None:
    for call, back in _INVERSE.items():
        if own.startswith(f"op.{call}("):
            text = migration.source.text if migration.source else ""
            where = Where("downgrade", call=back, argument=name)
            return where if revision_source.holds(text, where) else None
    return None


def _wrapped(back: str) -> str:
    needs = "postgresql_concurrently" in back or "CONCURRENTLY" in back
    return code.autocommit(back) if needs else back


def _name(operation: Operation) -> str:
    if isinstance(operation, CreateIndex):
        return operation.index.name
    return operation.index.rpartition(".")[2] if isinstance(operation, DropIndex) else ""
