"""What a column's type admits, read from its text and, where that says too little, the server."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from dbwright import dialects
from dbwright.core.schema import Schema

_SIZE = re.compile(r"\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\)")
_RANGES = {
    "int4range": "integer",
    "int8range": "bigint",
    "numrange": "numeric",
    "daterange": "date",
    "tsrange": "timestamp",
    "tstzrange": "timestamptz",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The values of a type: its family, its size, its labels, the type of its items.

    `name` is the type's text without size. `checks` are the conditions of a domain, about VALUE;
    `fields` the types of a composite.
    """

    family: str
    name: str = ""
    length: int | None = None
    scale: int | None = None
    labels: tuple[str, ...] = ()
    item: Shape | None = None
    checks: tuple[str, ...] = ()
    not_null: bool = False
    fields: tuple[Shape, ...] = ()


def shapes(connection: Any, schema: Schema, extra: Iterable[str] = ()) -> dict[str, Shape]:
    """Gives the shape of every column type of the schema, by the type's text."""
    texts = {column.type for table in schema.tables for column in table.columns} | set(extra)
    types = dialects.get(schema.dialect).types
    family = types.family
    labels = {name: enum.values for enum in schema.enums for name in _spellings(enum.name)}
    labels |= {f"{enum.schema}.{enum.name}": enum.values for enum in schema.enums if enum.schema}
    found = {text: _shape(text, family, labels) for text in texts}
    if hasattr(types, "limits"):
        found = {text: _limited(text, shape, types) for text, shape in found.items()}
    unknown = {text for text, shape in found.items() if _leaf(shape).family == "other"}
    if unknown and isinstance(connection, psycopg.Connection):
        for text in unknown:
            leaf = _from_server(connection, _leaf_text(text), family, labels)
            found[text] = _with_leaf(found[text], leaf) if leaf else found[text]
    return found


def _limited(text: str, shape: Shape, types: Any) -> Shape:
    """Gives the shape with what the type's own text says of its values: labels, a range."""
    labels = types.labels(text)
    if labels:
        return Shape("enum", text, labels=labels)
    return replace(shape, checks=shape.checks + types.limits(text))


def _spellings(name: str) -> tuple[str, str]:
    return name, '"' + name.replace('"', '""') + '"'


def _leaf_text(text: str) -> str:
    return text.rstrip("[]") if text.endswith("]") else text


def _leaf(shape: Shape) -> Shape:
    return _leaf(shape.item) if shape.item and shape.family == "array" else shape


def _with_leaf(shape: Shape, leaf: Shape) -> Shape:
    if shape.family == "array" and shape.item:
        return replace(shape, item=_with_leaf(shape.item, leaf))
    return leaf


def _shape(text: str, family: Any, labels: dict[str, tuple[str, ...]]) -> Shape:
    if text.endswith("[]"):
        return Shape("array", text, item=_shape(text[:-2], family, labels))
    if text in labels:
        return Shape("enum", text, labels=labels[text])
    size = _SIZE.search(text)
    name = _SIZE.sub("", text).strip()
    kind = family(text)
    if kind == "enum":
        kind = "other"
    length = int(size[1]) if size else (1 if kind == "char" else None)
    scale = int(size[2]) if size and size[2] else None
    item = Shape(_RANGES.get(name, "other")) if kind == "range" else None
    return Shape(kind, name, length, scale, item=item)


def _from_server(
    connection: psycopg.Connection, text: str, family: Any, labels: dict[str, tuple[str, ...]]
) -> Shape | None:
    """Gives the shape of a domain, enum, range or composite as the server's catalog has it."""
    row = connection.execute(
        """
        select t.oid, t.typtype, t.typnotnull, t.typrelid,
          format_type(t.typbasetype, t.typtypmod),
          (select format_type(r.rngsubtype, null) from pg_range r where r.rngtypid = t.oid),
          array(select e.enumlabel::text from pg_enum e where e.enumtypid = t.oid
                order by e.enumsortorder),
          array(select pg_get_constraintdef(c.oid) from pg_constraint c where c.contypid = t.oid)
        from pg_type t where t.oid = to_regtype(%s)
    """,
        [text],
    ).fetchone()
    if row is None:
        return None
    _, kind, not_null, relation, base, subtype, values, checks = row
    if kind == "e":
        return Shape("enum", text, labels=tuple(values))
    if kind == "r":
        return Shape("range", text, item=_shape(subtype, family, labels))
    if kind == "c":
        return Shape("composite", text, fields=_fields(connection, relation, family, labels))
    if kind != "d":
        return None
    shape = _shape(base, family, labels)
    if _leaf(shape).family == "other":
        inner = _from_server(connection, _leaf_text(base), family, labels)
        shape = _with_leaf(shape, inner) if inner else shape
    own = tuple(check.removeprefix("CHECK ").removesuffix(" NOT VALID") for check in checks)
    return replace(shape, checks=shape.checks + own, not_null=shape.not_null or not_null)


def _fields(
    connection: psycopg.Connection, relation: int, family: Any, labels: dict[str, tuple[str, ...]]
) -> tuple[Shape, ...]:
    rows = connection.execute(
        """
        select format_type(atttypid, atttypmod) from pg_attribute
        where attrelid = %s and attnum > 0 and not attisdropped order by attnum
    """,
        [relation],
    ).fetchall()
    return tuple(_shape(text, family, labels) for (text,) in rows)
