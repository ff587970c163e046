"""Foreign keys added without scanning under a blocking lock (PostgreSQL)."""

from __future__ import annotations

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import AddColumn, AddForeignKey
from dbwright.core.schema import Column, ForeignKey
from dbwright.recipes import code, constraints, revision, revision_source, validate
from dbwright.recipes.revision_source import Where

CALLS = ("create_foreign_key",)


def added_with_column(migration: Migration, number: int) -> bool:
    """Whether the key belongs to a column that the same line of the revision adds."""
    statement, operation = migration.nth(number, AddForeignKey)
    return any(
        sent.place == statement.place
        and statement.place is not None
        and (found.table, (found.column.name,)) == (operation.table, operation.foreign_key.columns)
        for _, sent, found in migration.each(AddColumn)
    )


def validate_later(migration: Migration, number: int) -> Fix:
    """The cure of a foreign key that scans at once: NOT VALID now, VALIDATE after it."""
    _, operation = migration.nth(number, AddForeignKey)
    sql = constraints.key_sql(operation.table, operation.foreign_key)
    name = constraints.key_name(operation.table, operation.foreign_key)
    return validate.later(migration, number, code.execute(f"{sql} NOT VALID"), sql, name, CALLS)


def inline(migration: Migration, number: int) -> Fix:
    """The cure of a column and its key added by two statements: one statement, no scan."""
    statement, operation = migration.nth(number, AddForeignKey)
    foreign_key = operation.foreign_key
    column = next(
        found.column
        for _, _, found in migration.each(AddColumn)
        if (found.table, (found.column.name,)) == (operation.table, foreign_key.columns)
    )
    sql = _inline_sql(operation.table, column, foreign_key)
    if column.default:
        return validate_later(migration, number)

    def make(text: str) -> tuple[Edit, ...]:
        where = Where(line=statement.place.line if statement.place else None)
        if not revision_source.holds(text, where):
            where = Where(call="add_column", argument=column.name)
        own = revision_source.statement(text, where)
        if not own.startswith(("op.add_column(", "batch_op.add_column(")):
            raise FixError("the column is not added by a call of its own")
        changed = revision_source.replace_outside(text, where, code.execute(sql))
        return revision.edited(migration, changed)

    return Fix(
        "Add the column and its key in one statement",
        code.execute(sql),
        "safe",
        revision.attempt(migration, make),
        (Step(sql, "expand", lock_timeout="5s"),),
    )


def _inline_sql(table: str, column: Column, foreign_key: ForeignKey) -> str:
    name = f"CONSTRAINT {code.quoted(foreign_key.name)} " if foreign_key.name else ""
    null = "" if column.nullable else " NOT NULL"
    return (
        f"ALTER TABLE {code.quoted(table)} ADD COLUMN {code.quoted(column.name)} "
        f"{column.type}{null} {name}{constraints.references(foreign_key)}"
    )
