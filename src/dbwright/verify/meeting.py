"""Rows that meet the constraints to come: so that a rehearsal sees past a refusal.

Generated rows know nothing of a constraint that the revision is about to add, and a real table
often meets it. The refusal is kept as a fact of its own; everything else that the revision does
is watched on rows that meet what it asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright import dialects
from dbwright.core.identifiers import string_literal
from dbwright.core.schema import Check, Column, Schema, Table, qualified

CONSTRAINT_REFUSALS = ("23502", "23503", "23505", "23514", "23P01")


def meeting(before: Schema, after: Schema) -> Schema:
    """Gives the schema before with the constraints of the one after that its columns can meet."""
    tables = tuple(_table(table, after, before) for table in before.tables)
    return replace(before, tables=tables)


def _table(table: Table, after: Schema, before: Schema) -> Table:
    found = after.table(table.key)
    if found is None:
        return table
    names = {column.name for column in table.columns}
    added = {column.name for column in found.columns} - names
    keys = tuple(fk for fk in found.foreign_keys if set(fk.columns) <= names)
    return replace(
        table,
        columns=tuple(_column(column, found) for column in table.columns),
        primary_key=table.primary_key
        or (found.primary_key if _holds(names, found.primary_key) else None),
        uniques=(*table.uniques, *(u for u in found.uniques if _new(u, table.uniques, names))),
        foreign_keys=(
            *table.foreign_keys,
            *(fk for fk in keys if fk not in table.foreign_keys and before.table(fk.referred)),
        ),
        checks=(
            *table.checks,
            *_bounds(table, found),
            *_labels(table, found, before, after),
            *(
                check
                for check in found.checks
                if check not in table.checks and not any(name in check.expression for name in added)
            ),
        ),
        indexes=(
            *table.indexes,
            *(
                index
                for index in found.indexes
                if index.unique and index not in table.indexes and set(index.columns) <= names
            ),
        ),
    )


def within_former_bounds(before: Schema, after: Schema) -> Schema:
    """Gives the schema after with the bound of each partition that was detached.

    Nothing is sent to a detached partition any more, so that rows outside of its bound are none
    that a deploy would write.
    """

    def kept(table: Table) -> Table:
        was = before.table(table.key)
        checks = _bounds(table, was) if was is not None else ()
        return replace(table, checks=(*table.checks, *checks))

    return replace(after, tables=tuple(map(kept, after.tables)))


def with_new_labels(before: Schema, after: Schema) -> dict[str, int]:
    """Gives the tables with columns of an enumerated type that has more labels after, and how many.

    Rows written under the new schema have them.
    """
    found: dict[str, int] = {}
    for table in after.tables:
        was = before.table(table.key)
        for column in table.columns:
            old = was.column(column.name) if was else None
            labels = _values(column, after)
            if old is not None and set(labels) - set(_values(old, before)):
                found[table.key] = max(len(labels), found.get(table.key, 0))
    return found


def _labels(table: Table, found: Table, before: Schema, after: Schema) -> Iterator[Check]:
    """What the columns that get an enumerated type of fewer labels, or get one, must hold."""
    quote = dialects.get(before.dialect).quoting.quoted
    for column in table.columns:
        new = found.column(column.name)
        wanted = _values(new, after) if new else ()
        now = _values(column, before)
        kept = [label for label in wanted if label in now] if now else list(wanted)
        if kept and (not now or set(now) - set(kept)):
            listed = ", ".join(map(string_literal, kept))
            yield Check(f"{quote(column.name)} in ({listed})", columns=(column.name,))


def _values(column: Column, schema: Schema) -> tuple[str, ...]:
    """The labels of a column's type, none where it is no enumerated one."""
    name = column.type.replace('"', "")
    for item in schema.enums:
        if name == qualified(item.name, item.schema) or name == item.name:
            return item.values
    return ()


def _bounds(table: Table, after: Table) -> tuple[Check, ...]:
    """What a table that becomes a partition asks of its rows."""
    bound = after.info.get("bound_check")
    if bound is None or table.kind == "partition":
        return ()
    return (Check(str(bound)),)


def _column(column: Column, after: Table) -> Column:
    found = after.column(column.name)
    if found is None or found.nullable:
        return column
    return replace(column, nullable=False)


def _holds(names: set[str], key: object) -> bool:
    return key is not None and set(getattr(key, "columns", ())) <= names


def _new(unique: object, known: tuple[object, ...], names: set[str]) -> bool:
    return unique not in known and _holds(names, unique)
