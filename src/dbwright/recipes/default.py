"""Defaults that running code leans on: kept for one release more."""

from __future__ import annotations

from dbwright import dialects
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import AddColumn, DropDefault, DropNotNull, SetDefault, Statement
from dbwright.recipes import attributes, code, revision, revision_source


def is_leaned_on(migration: Migration, number: int, table: str, column: str) -> bool:
    """Whether an INSERT may leave the column out before that operation, and not after it."""
    statement, _ = list(migration.operations())[number]
    if any(lost.statement is statement for lost in attributes.losses(migration)):
        return False  # it went by mistake, of which `attributes` tells
    freed = {(item.table, item.column) for _, _, item in migration.each(DropNotNull)}
    if (table, column) in freed:
        return False
    if any(
        at > number and (found.table, found.column) == (table, column)
        for at, _, found in migration.each(SetDefault)
    ):
        return False  # taken off for the time that the type changes
    for at, _, added in migration.each(AddColumn):
        if at < number and (added.table, added.column.name) == (table, column):
            return not added.column.nullable
    before = migration.existing(table)
    found = before.column(column) if before else None
    return found is not None and not found.nullable and found.default is not None


def keep(migration: Migration, number: int) -> Fix:
    """The cure of a default dropped too early: this revision keeps it."""
    statement, operation = migration.nth(number, DropDefault)
    table, column = operation.table, operation.column
    later = f"op.alter_column({code.literal(table)}, {code.literal(column)}, server_default=None)"

    def make(text: str) -> tuple[Edit, ...]:
        if len(statement.operations) > 1:
            return _said_again(migration, statement, operation, text)
        where = revision.place_of(migration, statement)
        inverse = revision.inverse_of(
            migration,
            lambda found: isinstance(found, SetDefault) and found.column == column,
        )
        changes = [(item, "") for item in (where, inverse) if item]
        return revision.edited(migration, revision_source.exchange_all(text, changes))

    return Fix(
        "Keep the default now, drop it in the release after",
        revision.outline(("a later release, when all code writes the column", later)),
        "unsafe",
        revision.attempt(migration, make),
        (
            Step(
                f"ALTER TABLE {code.quoted(table)} ALTER COLUMN {code.quoted(column)} DROP DEFAULT",
                "contract",
                lock_timeout="5s",
            ),
        ),
    )


def _said_again(
    migration: Migration, statement: Statement, operation: DropDefault, text: str
) -> tuple[Edit, ...]:
    """Gives the edit of a MODIFY or CHANGE that says the default again; FixError if it cannot."""
    before = migration.existing(operation.table)
    column = before.column(operation.column) if before else None
    if column is None or column.default is None:
        raise FixError("the default is not known")
    sql = f"{statement.sql.strip().rstrip(';')} DEFAULT {column.default}"
    parse = dialects.get(migration.target.dialect).statements.parse
    kept = SetDefault(operation.table, operation.column, column.default)
    if parse(sql) != tuple(kept if each == operation else each for each in statement.operations):
        raise FixError("the statement is too long to be said again")
    where = revision.place_of(migration, statement, kept=True)
    return revision.edited(migration, revision_source.replace(text, where, code.execute(sql)))
