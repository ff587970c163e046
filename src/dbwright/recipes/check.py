"""CHECK constraints added without scanning under a blocking lock (PostgreSQL)."""

from __future__ import annotations

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import AddCheck, AddColumn
from dbwright.core.schema import Check
from dbwright.recipes import code, constraints, revision, revision_source, validate

CALLS = ("create_check_constraint",)


def validate_later(migration: Migration, number: int) -> Fix:
    """The cure of a check that scans at once: NOT VALID now, VALIDATE after it."""
    _, operation = migration.nth(number, AddCheck, AddColumn)
    if isinstance(operation, AddColumn):
        return _beside_column(migration, number)
    sql = constraints.check_sql(operation.table, operation.check)
    name = constraints.check_name(operation.table, operation.check)
    return validate.later(migration, number, code.execute(f"{sql} NOT VALID"), sql, name, CALLS)


def _beside_column(migration: Migration, number: int) -> Fix:
    statement, operation = migration.nth(number, AddColumn)
    table, column = operation.table, operation.column
    found = operation.check or Check("true")
    name = found.name or code.name_for(table.rpartition(".")[2], column.name, "check")
    add = f"ALTER TABLE {code.quoted(table)} ADD COLUMN {code.column(column)}"
    sql = constraints.check_sql(table, Check(found.expression, name))
    now = code.lines(code.execute(add), code.execute(f"{sql} NOT VALID"))
    last = validate.phase(table, name, sql)

    def make(text: str) -> tuple[Edit, ...]:
        if operation.foreign_key or operation.unique or operation.primary_key:
            raise FixError("the column has more constraints than the check")
        where = revision.place_of(migration, statement)
        return revision.chain(migration, revision_source.replace(text, where, now), (last,))

    return Fix(
        "Add the column, then its check NOT VALID, and validate in a revision of its own",
        revision.outline(("this revision", now), ("the next revision", last.upgrade)),
        "safe",
        revision.attempt(migration, make),
        (
            Step(add, "expand", lock_timeout="5s"),
            Step(f"{sql} NOT VALID", "expand", lock_timeout="5s"),
            Step(validate.validate_sql(table, name), "validate", autocommit=True),
        ),
    )


def is_not_null_of(check: Check, column: str) -> bool:
    """Whether the check says that the column is not null, and no more."""
    text = constraints.unwrapped(check.expression).lower().replace('"', "")
    return " ".join(text.split()) == f"{column.lower()} is not null"
