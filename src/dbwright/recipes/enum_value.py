"""Labels added to an enumerated type, and used before they are committed (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.identifiers import string_literal
from dbwright.core.migration import Migration
from dbwright.core.operation import AddEnumValue, CreateEnum, Statement
from dbwright.recipes import code, revision, revision_source


@dataclass(frozen=True, slots=True)
class Use:
    """A statement that uses a label, and what adds it in the same transaction, maybe below."""

    added: AddEnumValue
    adding: Statement
    statement: Statement


def uncommitted(migration: Migration) -> Iterator[Use]:
    """Gives the uses of labels that the same transaction adds, which PostgreSQL refuses."""
    sent = (*migration.shared, *migration.upgrade)
    if not any(isinstance(found, AddEnumValue) for each in sent for found in each.operations):
        return
    for statement in migration.upgrade:
        before = [] if statement.autocommit else migration.before_in_transaction(statement)
        created = {found.name for _, found in before if isinstance(found, CreateEnum)}
        for adding, found in before:
            if (
                not isinstance(found, AddEnumValue)
                or string_literal(found.value) not in statement.sql
            ):
                continue
            # PostgreSQL 17 lets the transaction that creates a type use what it adds to it.
            if not (found.name in created and migration.target.has(17)):
                yield Use(found, adding, statement)


def committed(migration: Migration, use: Use) -> Fix:
    """The cure of a label used in the transaction that adds it: it is committed first.

    Where a revision below adds it, the block commits that one, and adds nothing.
    """
    operation, adding = use.added, use.adding
    beside = f" BEFORE {string_literal(operation.before)}" if operation.before else ""
    beside = f" AFTER {string_literal(operation.after)}" if operation.after else beside
    sql = (
        f"ALTER TYPE {code.quoted(operation.name)} "
        f"ADD VALUE IF NOT EXISTS {string_literal(operation.value)}{beside}"
    )
    upgrade = code.autocommit(code.execute(sql))

    def make(text: str) -> tuple[Edit, ...]:
        if not any(adding is each for each in migration.upgrade):
            return revision.edited(migration, revision_source.prepend(text, "upgrade", upgrade))
        where = revision.place_of(migration, adding)
        changed = revision_source.replace(text, where, upgrade)
        if revision_source.is_empty(text, "downgrade"):
            why = f"PostgreSQL cannot take the label {operation.value} away again"
            stop = f"raise NotImplementedError({code.literal(why)})"
            changed = revision_source.set_body(changed, "downgrade", stop)
        return revision.edited(migration, changed)

    return Fix(
        "Commit the new value before it is used",
        upgrade,
        "safe",
        revision.attempt(migration, make),
        (Step(sql, "expand", autocommit=True),),
    )
