"""NULLs that stand in a column which is to be NOT NULL: looked for, and filled in front of it."""

from __future__ import annotations

from dbwright import dialects
from dbwright.core.finding import Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import AddColumn, Data, SetNotNull
from dbwright.core.schema import Column
from dbwright.recipes import backfill, new_column, not_null


def may_be_met(migration: Migration, number: int) -> bool:
    """Whether a row may hold NULL where that operation wants none: nobody has written it before."""
    _, operation = migration.nth(number, SetNotNull)
    table, column = operation.table, operation.column
    if not migration.stood_before(table) or migration.rows.get(table) == 0:
        return False
    found = _column(migration, number, table, column)
    if found is None or not found.nullable or found.computed:
        return False
    if is_written(migration, number, table, column):
        return False
    return not not_null.is_checked(migration, number, table, column)


def is_written(migration: Migration, number: int, table: str, column: str) -> bool:
    """Whether an UPDATE, of an earlier revision or before that operation, has set the column."""
    return f"{table}.{column}" in migration.written or any(
        isinstance(each, Data) and each.table == table and column in each.columns
        for _, each in list(migration.operations())[:number]
    )


def _column(migration: Migration, number: int, table: str, name: str) -> Column | None:
    """Gives the column of before the revision, or as the revision has added it by then.

    None where its rows are given a value as it is added.
    """
    for _, each in list(migration.operations())[:number]:
        if isinstance(each, AddColumn) and (each.table, each.column.name) == (table, name):
            return None if each.column.generates_itself else each.column
    before = migration.existing(table)
    return before.column(name) if before else None


def filled_first(migration: Migration, number: int) -> Fix:
    """The cure of NOT NULL over NULLs where an ALTER is no transaction: batches in front of it."""
    statement, operation = migration.nth(number, SetNotNull)
    table, column = operation.table, operation.column
    found = _column(migration, number, table, column)
    kind = dialects.get(migration.target.dialect).types.family(found.type) if found else ""
    value, key = new_column.NEUTRAL.get(kind), backfill.key_of(migration, table)
    loop = backfill.loop(table, key or "id", f"{column} = {value or '…'}", f"{column} IS NULL")
    title = f"Fill the rows that have NULL in {column} first, in batches"
    why = "nothing stands for NULL" if value is None else None
    return backfill.before_change(migration, statement, (table, column, key), loop, title, why)
