"""Literals for the placeholders of a statement of MySQL or MariaDB: values that the rows have."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from dbwright.core.query import Query
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.recipes.queries.asked import reading_of
from dbwright.recipes.queries.reading import Reading, Reference

_COMPARING = (exp.Predicate, exp.Binary)


def literal(connection: Any, schema: Schema, target: Target, sql: str) -> str:
    """Gives a statement with a literal for each placeholder: a value of the column beside it.

    Raises the driver's error.
    """
    from dbwright.dialects.mysql.placeholders import filled, named

    text, names = named(sql)
    if not names:
        return sql
    reading = reading_of(Query(text, schema, target))
    known = {name: _value(connection, reading, name) for name in names}
    connection.rollback()
    return filled(text, known)


def _value(connection: Any, reading: Reading, name: str) -> str:
    places = reading.root.find_all(exp.Placeholder) if reading.root is not None else ()
    for place in places:
        if place.name != name:
            continue
        if place.find_ancestor(exp.Limit, exp.Offset) is not None:
            return "0" if isinstance(place.parent, exp.Offset) else "20"
        beside = _beside(reading, place)
        if beside is not None:
            return _taken(connection, beside)
    return "1"


def _beside(reading: Reading, place: exp.Expr) -> Reference | None:
    """The column that a placeholder is held against."""
    condition = place.find_ancestor(*_COMPARING)
    for column in condition.find_all(exp.Column) if condition is not None else ():
        found = reading.reference(column)
        if found is not None:
            return found
    return None


def _taken(connection: Any, found: Reference) -> str:
    """One value of a column, as SQL; NULL where there is none."""
    from dbwright.dialects.mysql.quoting import quoted

    name, table = quoted(found.column.name), quoted(found.table.name)
    cursor = connection.cursor()
    cursor.execute(f"select quote({name}) from {table} where {name} is not null limit 1")
    row = cursor.fetchone()
    return str(row[0]) if row else "NULL"
