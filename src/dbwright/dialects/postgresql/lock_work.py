"""What spares a statement the work under its lock: facts of the table before it."""

from __future__ import annotations

import re

from dbwright.core import operation as op
from dbwright.core.schema import Check, Column, Table
from dbwright.core.target import Target
from dbwright.dialects.postgresql import types, volatility


def fills_rows(operation: op.AddColumn) -> bool | None:
    """Whether each row gets a value of its own, so that the table is copied.

    A constant or stable default is stored once, in the catalog [11].
    """
    column = operation.column
    if column.identity or (column.computed and column.stored):
        return True
    return volatility.is_volatile(column.default) if column.default else False


def retyped(
    operation: op.AlterType, table: Table, column: Column, target: Target
) -> tuple[bool | None, bool]:
    """Give whether a new type copies the table (None: not known), and whether rows are read."""
    rewrites = types.rewrites(column.type, operation.type, target)
    if operation.using and not _is_plain_cast(operation.using, operation.column, operation.type):
        rewrites = True
    # A check on the column is checked anew; an index is built anew when its order changes.
    reordered = operation.collation != column.collation and _is_indexed(table, operation.column)
    changed = column.type != types.canonical(operation.type)
    rechecked = changed and _is_checked(table, operation.column)
    return rewrites, rewrites is not False or reordered or rechecked


def _is_plain_cast(using: str, column: str, new: str) -> bool:
    name, _, cast = using.replace('"', "").partition("::")
    if "::" in cast:  # by way of another type: text, to get from one enum to another
        return False
    return name.strip() == column and (not cast or types.canonical(cast) == types.canonical(new))


def _is_indexed(table: Table, column: str) -> bool:
    keys = [table.primary_key, *table.uniques, *table.indexes]
    return any(column in key.columns for key in keys if key)


def _is_checked(table: Table, column: str) -> bool:
    return any(column in check.columns for check in table.checks)


def proves_not_null(check: Check, column: str) -> bool:
    """Whether a validated check already keeps NULL out of a column, alone or under AND."""
    name = re.escape(column)
    wanted = re.compile(rf'\(*"?{name}"?\)* IS NOT NULL\)*', re.IGNORECASE)
    parts = re.split(r"\s+AND\s+", check.expression, flags=re.IGNORECASE)
    return check.validated and any(wanted.fullmatch(part.strip()) for part in parts)


def may_hold_null(table: Table, index: str) -> bool:
    """Whether a column of an index may hold NULL."""
    columns = {name for each in table.indexes if each.name == index for name in each.columns}
    return any(column.nullable for column in table.columns if column.name in columns)
