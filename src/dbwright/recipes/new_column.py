"""Columns added so that the rows and the code that stand already can bear them."""

from __future__ import annotations

import re

from dbwright import dialects
from dbwright.core.claim import Claim
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import AddColumn, AddForeignKey
from dbwright.core.schema import SERIAL_DEFAULT
from dbwright.recipes import (
    backfill,
    code,
    new_identity,
    not_null,
    revision,
    revision_source,
    trigger,
)

FILL_IN = frozenset({"mysql", "mariadb"})
"""Databases that give the rows there '' or 0 in a new NOT NULL column, and nothing to new rows."""
_EXPRESSIONS = frozenset({"text", "json", "date"})
"""Families whose default must be an expression there, in brackets."""
NEUTRAL = {
    "integer": "0",
    "bigint": "0",
    "smallint": "0",
    "numeric": "0",
    "float": "0",
    "text": "''",
    "varchar": "''",
    "char": "''",
    "boolean": "false",
    "timestamp": "now()",
    "timestamptz": "now()",
    "date": "current_date",
    "interval": "'0'",
    "json": "'{}'",
    "jsonb": "'{}'",
    "array": "'{}'",
}


def neutral_default(migration: Migration, operation: AddColumn) -> str | None:
    """A constant that the type takes and that means nothing; None where there is none.

    A column that refers to another table has none: no row may be there to refer to.
    """
    name = operation.column.name
    keys = [found.foreign_key.columns for _, _, found in migration.each(AddForeignKey)]
    if operation.foreign_key or (name,) in keys:
        return None
    types = dialects.get(migration.target.dialect).types
    family = types.family(operation.column.type)
    value = NEUTRAL.get(family)
    bracketed = migration.target.dialect in FILL_IN and family in _EXPRESSIONS
    return f"({value})" if value and bracketed else value


def refused(migration: Migration, operation: AddColumn) -> tuple[Claim, ...]:
    """Gives what comes of a new NOT NULL column that nothing fills: rows or INSERTs are refused.

    Where the rows get a value of the server's own, that one is in no other table.
    """
    name = operation.column.name
    keys = [found.foreign_key.columns for _, _, found in migration.each(AddForeignKey)]
    refers = operation.foreign_key is not None or (name,) in keys
    by_rows = refers or migration.target.dialect not in FILL_IN
    return (Claim("fails_on_data" if by_rows else "breaks_old_code", operation.table, column=name),)


def with_default(migration: Migration, number: int) -> Fix:
    """The cure of NOT NULL without a default: a constant default, or NULL allowed."""
    statement, operation = migration.nth(number, AddColumn)
    default = neutral_default(migration, operation)
    keyword = ("server_default", f"sa.text({code.literal(default)})") if default else None
    keyword = keyword or ("nullable", "True")
    sql = _add_sql(operation, default)

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement, ("add_column", operation.column.name))
        own = revision_source.statement(text, where)
        if own.startswith(("op.add_column(", "batch_op.add_column(")):
            changed = revision_source.add_keyword(text, where, "Column", *keyword)
        else:
            changed = revision_source.replace(text, where, code.execute(sql))
        return revision.edited(migration, changed)

    title = f"Give it a default: {default}" if default else "Allow NULL until every row has a value"
    return Fix(
        title,
        f"sa.Column({code.literal(operation.column.name)}, …, {'='.join(keyword)})",
        "unsafe",
        revision.attempt(migration, make),
        (Step(sql, "expand", lock_timeout="5s"),),
    )


def default_later(migration: Migration, number: int) -> Fix:
    """The cure of a default that differs per row: the column, its default, then the old rows."""
    statement, operation = migration.nth(number, AddColumn)
    table, column = operation.table, operation.column
    if column.computed:
        return _kept_by_trigger(migration, number)
    if column.identity or not column.default:
        return new_identity.filled_first(migration, number)
    default, prepare, finish = _default_of(operation)
    name = code.quoted(column.name)
    head = f"ALTER TABLE {code.quoted(table)}"
    expand = code.lines(
        revision.lock_timeout(migration),
        code.execute(prepare) if prepare else None,
        code.execute(f"{head} ADD COLUMN {name} {column.type}"),
        code.execute(f"{head} ALTER COLUMN {name} SET DEFAULT {default}"),
        code.execute(finish) if finish else None,
    )
    key = backfill.key_of(migration, table)
    assignment, condition = f"{name} = {default}", f"{name} IS NULL"
    phases = [backfill.phase(table, key or "id", assignment, condition)]
    if not column.nullable:
        phases += not_null.phases(table, column.name)

    def make(text: str) -> tuple[Edit, ...]:
        if key is None or operation.foreign_key or operation.check or operation.unique:
            raise FixError("the column cannot be filled by key")
        where = revision.place_of(migration, statement, ("add_column", column.name))
        return revision.chain(migration, revision_source.replace(text, where, expand), phases)

    titles = ("this revision", *(f"then: {phase.title}" for phase in phases))
    bodies = (expand, *(phase.upgrade for phase in phases))
    return Fix(
        "Add the column empty, give new rows the default, fill the old ones in batches",
        revision.outline(*zip(titles, bodies, strict=True)),
        "unsafe",
        revision.attempt(migration, make),
        (
            Step(f"{head} ADD COLUMN {name} {column.type}", "expand", lock_timeout="5s"),
            Step(f"{head} ALTER COLUMN {name} SET DEFAULT {default}", "expand"),
            Step(f"UPDATE {code.quoted(table)} SET {assignment}", "backfill", autocommit=True),
        ),
    )


def _default_of(operation: AddColumn) -> tuple[str, str, str]:
    """The default in SQL, and what must run before and after it for a sequence of its own."""
    default = operation.column.default or ""
    if default != SERIAL_DEFAULT:
        return default, "", ""
    table, column = operation.table, operation.column.name
    sequence = code.name_for(table.rpartition(".")[2], column, "seq")
    return (
        f"nextval('{sequence}')",
        f"CREATE SEQUENCE {code.quoted(sequence)}",
        f"ALTER SEQUENCE {code.quoted(sequence)} "
        f"OWNED BY {code.quoted(table)}.{code.quoted(column)}",
    )


def _kept_by_trigger(migration: Migration, number: int) -> Fix:
    """The cure of a stored generated column: a plain one that a trigger keeps."""
    statement, operation = migration.nth(number, AddColumn)
    table, column = operation.table, operation.column
    name, formula = code.quoted(column.name), column.computed or "NULL"
    add = f"ALTER TABLE {code.quoted(table)} ADD COLUMN {name} {column.type}"
    body = f"    NEW.{name} := {_of_new_row(migration, table, formula)};"
    made = trigger.create(table, column.name, body)
    gone = trigger.drop(table, column.name)
    expand = code.lines(revision.lock_timeout(migration), *map(code.execute, (add, *made)))
    key = backfill.key_of(migration, table)
    batches = backfill.phase(table, key or "id", f"{name} = {formula}", f"{name} IS NULL")

    def make(text: str) -> tuple[Edit, ...]:
        if key is None:
            raise FixError("the column cannot be filled by key")
        where = revision.place_of(migration, statement, ("add_column", column.name))
        changed = revision_source.replace(text, where, expand)
        if not revision_source.is_empty(text, "downgrade"):
            undo = code.lines(*map(code.execute, gone))
            changed = revision_source.prepend(changed, "downgrade", undo)
        return revision.chain(migration, changed, (batches,))

    return Fix(
        "A plain column that a trigger keeps, filled in batches",
        revision.outline(("this revision", expand), ("the next revision", batches.upgrade)),
        "unsafe",
        revision.attempt(migration, make),
        (
            Step(add, "expand", lock_timeout="5s"),
            Step(made[0], "expand"),
            Step(made[1], "expand", lock_timeout="5s"),
            Step(f"UPDATE {code.quoted(table)} SET {name} = {formula}", "backfill", True),
        ),
    )


def _of_new_row(migration: Migration, table: str, formula: str) -> str:
    found = migration.existing(table)
    for column in found.columns if found else ():
        name = re.escape(code.quoted(column.name))
        formula = re.sub(rf"(?<![\w.\"']){name}(?![\w\"'(])", f"NEW.{column.name}", formula)
    return formula


def _add_sql(operation: AddColumn, default: str | None) -> str:
    tail = f" DEFAULT {default} NOT NULL" if default else ""
    return (
        f"ALTER TABLE {code.quoted(operation.table)} "
        f"ADD COLUMN {code.quoted(operation.column.name)} {operation.column.type}{tail}"
    )
