"""CHECK constraints added without scanning under a blocking lock (PostgreSQL)."""

from __future__ import annotations

from dbwright.core.finding import Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import AddCheck, AddColumn
from dbwright.core.schema import Check
from dbwright.recipes import code, revision, validate

CALLS = ("create_check_constraint",)


def name_of(table: str, check: Check) -> str:
    """The name that it has or a good one; PostgreSQL's own choice depends on the columns."""
    columns = check.columns[:1]
    return check.name or code.name_for(table.rpartition(".")[2], *columns, "check")


def add_sql(table: str, check: Check) -> str:
    """Gives the ALTER TABLE that adds the check, without NOT VALID."""
    return (
        f"ALTER TABLE {code.quoted(table)} ADD CONSTRAINT {code.quoted(name_of(table, check))} "
        f"CHECK ({unwrapped(check.expression)})"
    )


def validate_later(migration: Migration, number: int) -> Fix:
    """The cure of a check that scans at once: NOT VALID now, VALIDATE after it."""
    _, operation = migration.nth(number, AddCheck, AddColumn)
    if isinstance(operation, AddColumn):
        return _beside_column(operation)
    sql = add_sql(operation.table, operation.check)
    name = name_of(operation.table, operation.check)
    return validate.later(migration, number, code.execute(f"{sql} NOT VALID"), sql, name, CALLS)


def _beside_column(operation: AddColumn) -> Fix:
    column, check = operation.column, operation.check or Check("true")
    name = check.name or code.name_for(operation.table.rpartition(".")[2], column.name, "check")
    head = f"ALTER TABLE {code.quoted(operation.table)}"
    add = f"{head} ADD COLUMN {code.quoted(column.name)} {column.type}"
    named = Check(check.expression, name)
    now = code.lines(
        code.execute(add), code.execute(f"{add_sql(operation.table, named)} NOT VALID")
    )
    later = validate.phase(operation.table, name).upgrade
    return Fix(
        "Add the column, then its check NOT VALID, and validate in a revision of its own",
        revision.outline(("this revision", now), ("the next revision", later)),
    )


def is_not_null_of(check: Check, column: str) -> bool:
    """Whether the check says that the column is not null, and no more."""
    text = unwrapped(check.expression).lower().replace('"', "")
    return " ".join(text.split()) == f"{column.lower()} is not null"


def unwrapped(expression: str) -> str:
    """Gives the expression without parentheses around the whole of it.

    >>> unwrapped("((a > 0))"), unwrapped("(a) or (b)")
    ('a > 0', '(a) or (b)')
    """
    text = expression.strip()
    while text.startswith("(") and _closes_at_end(text):
        text = text[1:-1].strip()
    return text


def _closes_at_end(text: str) -> bool:
    depth = 0
    for position, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return position == len(text) - 1
    return False
