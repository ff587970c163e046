"""Foreign keys added without scanning under a blocking lock (PostgreSQL)."""

from __future__ import annotations

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import AddColumn, AddForeignKey
from dbwright.core.schema import Column, ForeignKey
from dbwright.recipes import code, revision, revision_source, validate
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


def name_of(table: str, foreign_key: ForeignKey) -> str:
    """The name that it has or that PostgreSQL gives it."""
    return foreign_key.name or code.name_for(table.rpartition(".")[2], *foreign_key.columns, "fkey")


def references(foreign_key: ForeignKey) -> str:
    """Gives the REFERENCES clause with its actions."""
    columns = code.listed(foreign_key.referred_columns)
    text = f"REFERENCES {code.quoted(foreign_key.referred)}"
    text += f" ({columns})" if columns else ""
    text += f" ON DELETE {foreign_key.on_delete}" if foreign_key.on_delete else ""
    text += f" ON UPDATE {foreign_key.on_update}" if foreign_key.on_update else ""
    text += " DEFERRABLE" if foreign_key.deferrable else ""
    return text + (" INITIALLY DEFERRED" if foreign_key.initially_deferred else "")


def add_sql(table: str, foreign_key: ForeignKey) -> str:
    """Gives the ALTER TABLE that adds the key, without NOT VALID."""
    return (
        f"ALTER TABLE {code.quoted(table)} "
        f"ADD CONSTRAINT {code.quoted(name_of(table, foreign_key))} "
        f"FOREIGN KEY ({code.listed(foreign_key.columns)}) {references(foreign_key)}"
    )


def validate_later(migration: Migration, number: int) -> Fix:
    """The cure of a foreign key that scans at once: NOT VALID now, VALIDATE after it."""
    _, operation = migration.nth(number, AddForeignKey)
    sql = add_sql(operation.table, operation.foreign_key)
    name = name_of(operation.table, operation.foreign_key)
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
        if not revision_source.statement(text, where).startswith("op.add_column("):
            raise FixError("the column is not added by a call of its own")
        return revision.edited(migration, revision_source.replace(text, where, code.execute(sql)))

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
        f"{column.type}{null} {name}{references(foreign_key)}"
    )
