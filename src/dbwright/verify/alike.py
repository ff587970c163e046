"""What means the same in SQLite: types (batch mode makes `INTEGER` of `int`), space in triggers."""

from __future__ import annotations

from dataclasses import replace

from dbwright.core.schema import Column, Schema, Table, Trigger
from dbwright.dialects.sqlite import types
from dbwright.dialects.sqlite.reader import tokens


def as_before(before: Schema, after: Schema) -> Schema:
    """Gives the schema after with each type spelled as before where SQLite keeps values alike."""
    old = {table.key: table for table in before.tables}

    def table(found: Table) -> Table:
        known = old.get(found.key)
        if known is None:
            return found
        columns = tuple(_column(known, item) for item in found.columns)
        triggers = tuple(_trigger(known, item) for item in found.triggers)
        return replace(found, columns=columns, triggers=triggers)

    return replace(after, tables=tuple(table(found) for found in after.tables))


def _column(known: Table, found: Column) -> Column:
    was = known.column(found.name)
    if was is None or _meaning(was.type) != _meaning(found.type):
        return found
    return replace(found, type=was.type)


def _trigger(known: Table, found: Trigger) -> Trigger:
    """The trigger as before where only the space between its words differs."""
    words = [token.text for token in tokens(found.definition)]
    for was in known.triggers:
        if was.name == found.name and [item.text for item in tokens(was.definition)] == words:
            return was
    return found


def _meaning(text: str) -> tuple[str, str]:
    """The affinity, and the length or precision as it is written."""
    return types.affinity(text), text.partition("(")[2]
