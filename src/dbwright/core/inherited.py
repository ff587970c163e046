"""What a partition or child table has of its parent: told there, and not once for each child."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.core.compare import Difference
from dbwright.core.schema import Schema, Table

_MARKED_AS = {
    "primary key": "constraint",
    "unique": "constraint",
    "foreign key": "constraint",
    "check": "constraint",
    "exclude": "constraint",
    "index": "index",
    "trigger": "trigger",
}


def own(differences: Sequence[Difference], before: Schema, after: Schema) -> Iterator[Difference]:
    """Gives the differences of two schemas without those that a table has from its parent.

    Neither are the columns of a view told: its definition is.
    """
    told = {_subject(each, each.table or "") for each in differences}
    for each in differences:
        sides = [schema.table(each.table) for schema in (before, after) if each.table]
        tables = [table for table in sides if table is not None]
        if each.object == "column" and all("view" in table.kind for table in tables):
            continue  # they follow from its definition
        if not any(_from_parent(each, table, told) for table in tables):
            yield each


def parents(table: Table) -> tuple[str, ...]:
    """Gives the keys of the tables whose partition or child a table is."""
    found = table.info.get("parents", ())
    return tuple(map(str, found)) if isinstance(found, list | tuple) else ()


def inherited(table: Table, kind: str, name: str) -> bool:
    """Whether a table has a part because its parent has it; `kind` is a Difference's."""
    marks = table.info.get("inherited", ())
    return isinstance(marks, list | tuple) and f"{_MARKED_AS.get(kind, kind)} {name}" in marks


def is_partition(each: Difference, *schemas: Schema) -> bool:
    """Whether a difference is a partition that only one side has."""
    if each.object != "table" or each.kind == "changed":
        return False
    tables = (schema.table(each.name) for schema in schemas)
    return any(table is not None and table.kind == "partition" for table in tables)


def _from_parent(each: Difference, table: Table, told: set[tuple[object, ...]]) -> bool:
    if each.object == "table":
        return False
    if each.object == "column":
        above = (_subject(each, parent) for parent in parents(table))
        return inherited(table, "column", each.name) and any(found in told for found in above)
    names = (each.before, each.after) if each.aspect == "name" else (each.name,)
    return any(inherited(table, each.object, name) for name in names if name)


def _subject(each: Difference, table: str) -> tuple[object, ...]:
    return (each.kind, each.object, table, each.name, each.aspect, each.before, each.after)
