"""From a schema to what is drawn of it: keys marked, cardinalities read from its constraints."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.mapping import Mapping
from dbwright.core.schema import Column, ForeignKey, Schema, Table
from dbwright.render.diagram.values import Box, Diagram, Edge, Line, Mark


def diagram_of(
    schema: Schema, mapping: Mapping | None = None, keys: frozenset[str] | None = None
) -> Diagram:
    """Gives the diagram of a schema, or of those of its tables that `keys` holds.

    Partitions stand for the table that they are cut from, so they are drawn when named only.
    A mapping adds the names of the classes.
    """
    whole = [table for table in schema.tables if table.kind != "partition"]
    tables = whole if keys is None else [t for t in schema.tables if t.key in keys]
    drawn = {table.key for table in tables}
    edges = [edge for table in tables for edge in _edges(table) if edge.parent in drawn]
    boxes = tuple(_box(table, mapping) for table in tables)
    return Diagram(boxes, tuple(edges), left_out=max(len(whole) - len(tables), 0))


def _box(table: Table, mapping: Mapping | None) -> Box:
    mappers = mapping.mappers_of(table.key) if mapping else ()
    return Box(
        key=table.key,
        schema=table.schema,
        kind=table.kind,
        lines=tuple(_line(table, column) for column in table.columns),
        model=", ".join(mapper.name for mapper in mappers),
        association=_is_association(table),
        comment=table.comment or "",
    )


def _line(table: Table, column: Column) -> Line:
    key = table.primary_key
    in_key = key is not None and column.name in key.columns
    referring = [found for found in table.foreign_keys if column.name in found.columns]
    marks: list[Mark] = ["PK"] if in_key else []
    marks += ["FK"] if referring else []
    unique = [names for names in _uniques(table) if column.name in names]
    alone = any(len(names) == 1 for names in unique)
    marks += ["UK"] if alone else []
    others = [] if alone else [name for names in unique[:1] for name in names]
    note = f"unique with {', '.join(n for n in others if n != column.name)}" if others else ""
    refers = tuple(dict.fromkeys(found.referred for found in referring))
    return Line(column.name, column.type, column.nullable, tuple(marks), refers, note)


def _uniques(table: Table) -> Iterator[tuple[str, ...]]:
    """The sets of columns that are unique for every row, the primary key apart."""
    key = set(table.primary_key.columns) if table.primary_key else set()
    return (names for names in table.unique_sets() if set(names) != key)


def _edges(table: Table) -> Iterator[Edge]:
    key = set(table.primary_key.columns) if table.primary_key else set()
    for found in table.foreign_keys:
        yield Edge(
            child=table.key,
            parent=found.referred,
            columns=found.columns,
            referred=found.referred_columns,
            optional=_may_be_null(table, found),
            single=table.has_unique_over(found.columns),
            identifies=set(found.columns) <= key,
            on_delete=found.on_delete,
        )


def _may_be_null(table: Table, found: ForeignKey) -> bool:
    columns = [table.column(name) for name in found.columns]
    return any(column is not None and column.nullable for column in columns)


def _is_association(table: Table) -> bool:
    """Whether the key consists of two foreign keys or more: rows only join other tables' rows."""
    key = set(table.primary_key.columns) if table.primary_key else set()
    inside = [set(found.columns) for found in table.foreign_keys if set(found.columns) <= key]
    return len(inside) >= 2 and set().union(*inside) == key
