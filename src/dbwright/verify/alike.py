"""Types of SQLite that mean the same: batch mode makes `INTEGER` of what was `int`."""

from __future__ import annotations

from dataclasses import replace

from dbwright.core.schema import Column, Schema, Table
from dbwright.dialects.sqlite import types


def as_before(before: Schema, after: Schema) -> Schema:
    """Gives the schema after with each type spelled as before where SQLite keeps values alike."""
    old = {table.key: table for table in before.tables}

    def table(found: Table) -> Table:
        known = old.get(found.key)
        if known is None:
            return found
        return replace(found, columns=tuple(_column(known, item) for item in found.columns))

    return replace(after, tables=tuple(table(found) for found in after.tables))


def _column(known: Table, found: Column) -> Column:
    was = known.column(found.name)
    if was is None or _meaning(was.type) != _meaning(found.type):
        return found
    return replace(found, type=was.type)


def _meaning(text: str) -> tuple[str, str]:
    """The affinity, and the length or precision as it is written."""
    return types.affinity(text), text.partition("(")[2]
