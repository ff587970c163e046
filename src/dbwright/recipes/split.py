"""A revision split into one per table, each its own transaction (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import Operation
from dbwright.recipes import code, revision, revision_source
from dbwright.recipes.revision import Notes, Phase
from dbwright.recipes.revision_source import Where

NEW_TRANSACTION = (
    "with op.get_context().autocommit_block():\n"
    "    pass  # ends the transaction, and with it the locks of the revision before"
)
NOTES = Notes(
    does="changes one table, in a transaction of its own.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again.",
    order="after the revision before it; what it adds must not be needed in between.",
)


def per_table(migration: Migration, tables: Sequence[str]) -> Fix:
    """The cure of several tables in one transaction: a revision for each."""
    phases = [(table, _phase(migration, table)) for table in tables[1:]]
    parts = [(f"a revision for {table}", phase.upgrade) for table, phase in phases if phase]

    def make(text: str) -> tuple[Edit, ...]:
        found = [phase for _, phase in phases if phase]
        if len(found) < len(phases):
            raise FixError("not all statements stand by themselves")
        removals = [(where, "") for table in tables[1:] for where in _places(migration, table)]
        rest = revision_source.exchange_all(text, removals)
        return revision.chain(migration, rest, found)

    return Fix(
        "One revision, and one transaction, for each table",
        revision.outline(*parts) or f"# a revision each for {', '.join(tables)}",
        "unsafe",
        revision.attempt(migration, make),
    )


def _phase(migration: Migration, table: str) -> Phase | None:
    try:
        places = _places(migration, table)
    except FixError:
        return None
    text = migration.source.text if migration.source else ""
    bodies = {"upgrade": "", "downgrade": ""}
    for place in places:
        body = revision_source.statement(text, place)
        bodies[place.function] = code.lines(bodies[place.function], body)
    upgrade = code.lines(NEW_TRANSACTION, code.LOCK_TIMEOUT, bodies["upgrade"])
    return Phase(f"Change {table}", upgrade, bodies["downgrade"], NOTES)


def _places(migration: Migration, table: str) -> list[Where]:
    """Where the statements about the table stand, in both functions."""
    text = migration.source.text if migration.source else ""
    places: list[Where] = []
    for statement, operation in migration.operations():
        if _is_about(operation, table):
            place = revision.place_of(migration, statement)
            if place not in places:
                places.append(place)
    for statement, operation in migration.downgrade_operations():
        if _is_about(operation, table) and statement.place:
            where = Where("downgrade", statement.place.line)
            if not revision_source.holds(text, where):
                raise FixError("the downgrade cannot be told apart")
            places.append(where)
    return places


def _is_about(operation: Operation, table: str) -> bool:
    return getattr(operation, "table", None) == table
