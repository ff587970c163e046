"""Which tables are drawn: the named ones, or those around one within a number of steps."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from dbwright.core.errors import UsageError
from dbwright.core.schema import Schema


def chosen(
    schema: Schema, tables: Sequence[str] = (), around: str | None = None, depth: int = 1
) -> frozenset[str] | None:
    """Gives the keys of the tables to draw; None where all of them are.

    `around` adds the tables that `depth` foreign keys, followed either way, lead to. A name that
    no table has raises UsageError with the nearest one.
    """
    if not tables and around is None:
        return None
    found = {_key(schema, name) for name in tables}
    if around is not None:
        found |= _within(schema, _key(schema, around), depth)
    return frozenset(found)


def _within(schema: Schema, start: str, depth: int) -> set[str]:
    found, edge = {start}, {start}
    for _ in range(depth):
        near = {child.key for key in edge for child, _ in schema.referring(key)}
        for key in edge:
            table = schema.table(key)
            near |= {each.referred for each in table.foreign_keys} if table else set()
        edge = {key for key in near - found if schema.table(key) is not None}
        found |= edge
    return found


def _key(schema: Schema, name: str) -> str:
    """The key of a table named with its schema, or without where one table only has the name."""
    if schema.table(name) is not None:
        return name
    same = [table.key for table in schema.tables if table.name == name]
    if len(same) == 1:
        return same[0]
    if same:
        raise UsageError(
            f"several schemas have a table {name!r}", way_out=f"Name one: {', '.join(same)}"
        )
    near = difflib.get_close_matches(name, [table.key for table in schema.tables], n=1, cutoff=0)
    raise UsageError(
        f"there is no table {name!r}{f'; the nearest is {near[0]!r}' if near else ''}",
        way_out="Tables are named as the database spells them, with their schema if they have one.",
    )
