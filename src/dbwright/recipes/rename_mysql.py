"""A column renamed while old code runs: the new one beside it, kept up by triggers (MySQL)."""

from __future__ import annotations

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import Operation, RenameColumn
from dbwright.recipes import attributes, backfill, code, drop, revision, revision_source

MOST = 64
"""As many characters as a name of MySQL and MariaDB may have."""


def column_beside(migration: Migration, number: int) -> Fix:
    """The cure of a renamed column: the new one beside it, until no code asks for the old one."""
    statement, operation = migration.nth(number, RenameColumn)
    table, old, new = operation.table, operation.column, operation.to
    before = migration.existing(table)
    column = before.column(old) if before else None
    name = drop.backticked
    head = f"ALTER TABLE {name(table)}"
    add = f"{head} ADD COLUMN {name(new)} {column.type if column else '…'} NULL"
    made, gone = _triggers(table, old, new)
    expand = code.lines(*map(code.execute, (add, *made)))
    back = code.lines(*map(code.execute, (*gone, f"{head} DROP COLUMN {name(new)}")))
    key = backfill.key_of(migration, table)
    condition = f"{name(new)} IS NULL AND {name(old)} IS NOT NULL"
    assignment = f"{name(new)} = {name(old)}"
    batches = backfill.phase(table, key or "id", assignment, condition)
    later = code.lines(*map(code.execute, (*gone, f"{head} DROP COLUMN {name(old)}")))

    def make(text: str) -> tuple[Edit, ...]:
        if column is None or key is None or column.identity or column.computed:
            raise FixError("the column cannot simply be written twice")
        if not attributes.changes_only(RenameColumn, statement, column, migration):
            raise FixError("the statement changes more than the name")
        if any('"' in code.quoted(each) for each in (table, key)):
            raise FixError("the batches would have to quote the names")
        where = revision.place_of(migration, statement, ("alter_column", old), kept=True)
        inverse = revision.inverse_of(
            migration, lambda found: _is_back(found, operation), ("alter_column", new)
        )
        changes = [(where, expand), *([(inverse, back)] if inverse else [])]
        return revision.chain(migration, revision_source.exchange_all(text, changes), (batches,))

    return Fix(
        "Add the new column, write both, drop the old one in a later release",
        revision.outline(
            ("this revision", expand),
            ("the next revision", batches.upgrade),
            ("a later release, when no code uses the old name", later),
        ),
        "unsafe",
        revision.attempt(migration, make),
        (
            Step(add, "expand", lock_timeout="5s"),
            *(Step(sql, "expand", lock_timeout="5s") for sql in made),
            Step(f"UPDATE {name(table)} SET {assignment} -- in batches by key", "backfill", True),
            *(Step(sql, "contract") for sql in gone),
            Step(f"{head} DROP COLUMN {name(old)}", "contract", lock_timeout="5s"),
        ),
    )


def _triggers(table: str, old: str, new: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Gives the statements that keep both columns the same, and those that end it."""
    one, other = f"NEW.{drop.backticked(old)}", f"NEW.{drop.backticked(new)}"
    was = f"OLD.{drop.backticked(new)}"
    bodies = {
        "insert": f"SET {other} = coalesce({other}, {one}), {one} = {other}",
        "update": f"SET {other} = if({other} <=> {was}, {one}, {other}), {one} = {other}",
    }
    names = {event: code.name_for(table, new, event, limit=MOST) for event in bodies}
    made = tuple(
        f"CREATE TRIGGER {drop.backticked(names[event])} BEFORE {event.upper()} "
        f"ON {drop.backticked(table)} FOR EACH ROW {body}"
        for event, body in bodies.items()
    )
    return made, tuple(f"DROP TRIGGER {drop.backticked(each)}" for each in names.values())


def _is_back(found: Operation, operation: RenameColumn) -> bool:
    there = (operation.table, operation.to)
    return isinstance(found, RenameColumn) and (found.table, found.column) == there
