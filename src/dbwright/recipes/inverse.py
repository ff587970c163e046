"""Downgrades: the Alembic code that takes an upgrade back, last change first."""

from __future__ import annotations

import functools
import textwrap

from dbwright.core.errors import FixError
from dbwright.core.finding import Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    AddCheck,
    AddColumn,
    AddEnumValue,
    AddExclude,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    AlterType,
    CreateEnum,
    CreateIndex,
    CreateTable,
    CreateView,
    Data,
    DropConstraint,
    DropDefault,
    DropNotNull,
    LockTable,
    Maintain,
    Operation,
    Other,
    Reindex,
    RenameColumn,
    RenameTable,
    Select,
    SetDefault,
    SetNotNull,
    SetParameter,
    ValidateConstraint,
)
from dbwright.recipes import code, constraints, index, revision, revision_source, unique

NOTHING = (Data, LockTable, Maintain, Reindex, Select, SetParameter, ValidateConstraint)
"""Operations that leave nothing in the schema to take back."""


FOR_GOOD = (AddEnumValue, Other)
"""Operations that PostgreSQL cannot take back, or whose effect is not described."""


def subject_of(operation: Operation) -> str | None:
    """The table or type that the operation is about."""
    if isinstance(operation, CreateTable):
        return operation.table.key
    return getattr(operation, "table", None) or getattr(operation, "name", None)


def write(migration: Migration) -> Fix:
    """The cure of a downgrade that does nothing or fails: one made from the upgrade."""
    try:
        found = body(migration)
    except FixError as error:
        return Fix("Say why there is no way back", f'raise NotImplementedError("{error.message}")')
    return Fix(
        "Take the changes back, the last one first",
        f"def downgrade() -> None:\n{textwrap.indent(found, '    ')}",
        "unsafe",
        revision.attempt(
            migration,
            lambda text: revision.edited(
                migration, revision_source.set_body(text, "downgrade", found)
            ),
        ),
    )


def refuse(migration: Migration, name: str) -> Fix:
    """The cure of a downgrade that takes too much: it stops, until its condition is right."""
    table = name.partition(".")[0]
    sent = [
        f"# {' '.join(statement.sql.split())}"
        for statement, operation in migration.downgrade_operations()
        if getattr(operation, "table", None) == table
    ]
    stop = f"raise NotImplementedError({code.literal(f'going back would lose rows of {table}')})"
    return Fix(
        "Narrow it to what the upgrade has added; until then let it stop",
        "\n".join(
            [*sent, "# with a WHERE that only the upgrade's own rows meet; until then:", stop]
        ),
        "unsafe",
        revision.attempt(
            migration,
            lambda text: revision.edited(
                migration, revision_source.set_body(text, "downgrade", stop)
            ),
        ),
    )


def stop(migration: Migration, why: str) -> Fix:
    """The cure of a downgrade that rows stop half-way: it says so before it changes anything."""
    raised = f"raise NotImplementedError({code.literal(why)})"
    return Fix(
        "Say at once why there is no way back",
        f"def downgrade() -> None:\n    {raised}",
        "unsafe",
        revision.attempt(
            migration,
            lambda text: revision.edited(
                migration, revision_source.set_body(text, "downgrade", raised)
            ),
        ),
    )


def body(migration: Migration) -> str:
    """Gives the downgrade that takes the upgrade back; FixError where a part cannot be."""
    lines = [_line(migration, operation) for _, operation in migration.operations()]
    found = [line for line in reversed(lines) if line]
    if not found:
        raise FixError("the upgrade leaves nothing to take back")
    return "\n".join(found)


@functools.singledispatch
def inverse(operation: object, migration: Migration) -> str:
    """Gives the code that takes one operation back; FixError where there is none."""
    raise FixError(f"{type(operation).__name__} has no inverse that can be written from it alone")


def _line(migration: Migration, operation: Operation) -> str:
    if isinstance(operation, NOTHING) or (isinstance(operation, Other) and not operation.unknown):
        return ""
    return inverse(operation, migration)


@inverse.register
def _(operation: CreateTable, migration: Migration) -> str:
    return f"op.drop_table({_named(operation.table.key)})"


@inverse.register
def _(operation: AddColumn, migration: Migration) -> str:
    if not migration.stood_before(operation.table):
        return ""
    table, schema = _parts(operation.table)
    return f"op.drop_column({table}, {code.literal(operation.column.name)}{schema})"


@inverse.register
def _(operation: CreateIndex, migration: Migration) -> str:
    if not migration.stood_before(operation.table):
        return ""
    if operation.concurrently:
        return code.autocommit(index.drop_call(operation.index.name, operation.table))
    table, schema = _parts(operation.table)
    return f"op.drop_index({code.literal(operation.index.name)}, table_name={table}{schema})"


@inverse.register
def _(operation: AddForeignKey, migration: Migration) -> str:
    name = constraints.key_name(operation.table, operation.foreign_key)
    return _drop(migration, operation.table, name, "foreignkey")


@inverse.register
def _(operation: AddCheck, migration: Migration) -> str:
    name = constraints.check_name(operation.table, operation.check)
    return _drop(migration, operation.table, name, "check")


@inverse.register
def _(operation: AddUnique, migration: Migration) -> str:
    found = operation.unique
    name = unique.name_of(operation.table, found.columns, found.name, "key")
    return _drop(migration, operation.table, name, "unique")


@inverse.register
def _(operation: AddPrimaryKey, migration: Migration) -> str:
    name = unique.name_of(operation.table, (), operation.primary_key.name, "pkey")
    return _drop(migration, operation.table, name, "primary")


@inverse.register
def _(operation: AddExclude, migration: Migration) -> str:
    return _drop(migration, operation.table, operation.exclude.name, "")


@inverse.register
def _(operation: DropConstraint, migration: Migration) -> str:
    table = migration.existing(operation.table)
    for key in table.foreign_keys if table else ():
        if key.name == operation.name:
            return code.execute(constraints.key_sql(operation.table, key))
    for item in table.checks if table else ():
        if item.name == operation.name:
            return code.execute(constraints.check_sql(operation.table, item))
    raise FixError(f"{operation.name} is not known well enough to be added again")


@inverse.register
def _(operation: RenameTable, migration: Migration) -> str:
    table, schema = _parts(operation.table)
    new = code.literal(operation.to.rpartition(".")[2])
    return f"op.rename_table({new}, {table}{schema})"


@inverse.register
def _(operation: RenameColumn, migration: Migration) -> str:
    old = code.literal(operation.column)
    return _alter(operation.table, operation.to, f"new_column_name={old}")


@inverse.register
def _(operation: SetNotNull, migration: Migration) -> str:
    return _alter(operation.table, operation.column, "nullable=True")


@inverse.register
def _(operation: DropNotNull, migration: Migration) -> str:
    raise FixError("rows may hold NULL by then; the downgrade needs a value for them")


@inverse.register
def _(operation: SetDefault, migration: Migration) -> str:
    return _default(operation.table, operation.column, migration)


@inverse.register
def _(operation: DropDefault, migration: Migration) -> str:
    return _default(operation.table, operation.column, migration)


@inverse.register
def _(operation: AlterType, migration: Migration) -> str:
    table = migration.existing(operation.table)
    column = table.column(operation.column) if table else None
    if column is None:
        raise FixError("the old type is not known")
    name = code.quoted(operation.column)
    return code.execute(
        f"ALTER TABLE {code.quoted(operation.table)} ALTER COLUMN {name} "
        f"TYPE {column.type} USING {name}::{column.type}"
    )


@inverse.register
def _(operation: CreateEnum, migration: Migration) -> str:
    return code.execute(f"DROP TYPE {code.quoted(operation.name)}")


@inverse.register
def _(operation: CreateView, migration: Migration) -> str:
    if operation.replace:
        raise FixError("the view that was replaced is not known")
    kind = "MATERIALIZED VIEW" if operation.materialized else "VIEW"
    return code.execute(f"DROP {kind} {code.quoted(operation.name)}")


def _drop(migration: Migration, table: str, name: str, kind: str) -> str:
    if not migration.stood_before(table):
        return ""
    bare, schema = _parts(table)
    kind = f", type_={code.literal(kind)}" if kind else ""
    return f"op.drop_constraint({code.literal(name)}, {bare}{kind}{schema})"


def _default(table: str, column: str, migration: Migration) -> str:
    before = migration.existing(table)
    found = before.column(column) if before else None
    if before is None or found is None:
        raise FixError("the old default is not known")
    old = f"sa.text({code.literal(found.default)})" if found.default else "None"
    return _alter(table, column, f"server_default={old}")


def _alter(table: str, column: str, argument: str) -> str:
    bare, schema = _parts(table)
    return f"op.alter_column({bare}, {code.literal(column)}, {argument}{schema})"


def _parts(key: str) -> tuple[str, str]:
    schema, _, name = key.rpartition(".")
    return code.literal(name), f", schema={code.literal(schema)}" if schema else ""


def _named(key: str) -> str:
    return "".join(_parts(key))
