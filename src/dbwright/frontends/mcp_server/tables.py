"""Tables as plain data: each in full, and in a line of an overview."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbwright.core.described import Described
    from dbwright.core.mapping import Mapper
    from dbwright.core.schema import Index, Schema, Table


def documents(found: Described) -> dict[str, Any]:
    """Gives every table in full, with what is known beside the schema."""
    mappers: dict[str, list[Mapper]] = {}
    for mapper in found.mapping.mappers if found.mapping else ():
        mappers.setdefault(mapper.table, []).append(mapper)
    referred = _referred(found.schema)
    return {
        "dialect": found.schema.dialect,
        "server": found.server,
        "tables": [
            {
                **_table(table),
                "rows": found.rows.get(table.key),
                "referred_by": referred.get(table.key, []),
                "models": [_model(mapper) for mapper in mappers.get(table.key, [])],
            }
            for table in found.schema.tables
        ],
        "enums": [{"name": e.name, "values": list(e.values)} for e in found.schema.enums],
        "unverified": [
            {"what": item.what, "why": item.why, "way_out": item.way_out}
            for item in found.unverified
        ],
    }


def lines(tables: list[dict[str, Any]], detail: int) -> list[dict[str, Any]]:
    """Gives a line for each table: 2 with rows, models and references, 1 without models, 0 bare."""
    return [dict(_line(table, detail)) for table in tables]


def _line(table: dict[str, Any], detail: int) -> Iterator[tuple[str, Any]]:
    yield "name", table["name"]
    yield "columns", len(table["columns"])
    if table["kind"] != "table":
        yield "kind", table["kind"]
    if table["rows"] is not None:
        yield "rows", table["rows"]
    refers = list(dict.fromkeys(key["table"] for key in table["foreign_keys"]))
    if detail and refers:
        yield "refers_to", refers
    if detail > 1 and table["models"]:
        yield "models", [model["name"] for model in table["models"]]


def _referred(schema: Schema) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table in schema.tables:
        for key in table.foreign_keys:
            found.setdefault(key.referred, []).append(f"{table.key} ({', '.join(key.columns)})")
    return found


def _said(**parts: Any) -> dict[str, Any]:
    """The parts that say something: what is None is left out."""
    return {name: value for name, value in parts.items() if value is not None}


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.key,
        "kind": table.kind,
        "comment": table.comment,
        "columns": [
            _said(
                name=column.name,
                type=column.type,
                nullable=column.nullable,
                default=column.default,
                identity=column.identity,
                computed=column.computed,
                comment=column.comment,
            )
            for column in table.columns
        ],
        "primary_key": list(table.primary_key.columns) if table.primary_key else [],
        "foreign_keys": [
            _said(
                name=key.name,
                columns=list(key.columns),
                table=key.referred,
                referred_columns=list(key.referred_columns),
                on_delete=key.on_delete,
                validated=None if key.validated else False,
            )
            for key in table.foreign_keys
        ],
        "uniques": [{"name": u.name, "columns": list(u.columns)} for u in table.uniques],
        "checks": [{"name": c.name, "expression": c.expression} for c in table.checks],
        "excludes": [{"name": e.name, "definition": e.definition} for e in table.excludes],
        "indexes": [_index(index) for index in table.indexes],
        "triggers": [{"name": t.name, "definition": t.definition} for t in table.triggers],
        "partition": table.partition,
        "row_security": table.row_security,
    }


def _index(index: Index) -> dict[str, Any]:
    return _said(
        name=index.name,
        keys=[(k.column or k.expression or "") + " desc" * k.descending for k in index.keys],
        unique=index.unique,
        method=index.method,
        where=index.predicate,
        include=list(index.include) or None,
        valid=None if index.valid else False,
    )


def _model(mapper: Mapper) -> dict[str, Any]:
    return {
        "name": mapper.name,
        "file": mapper.place.file if mapper.place else None,
        "line": mapper.place.line if mapper.place else None,
        "attributes": {a.name: a.column for a in mapper.attributes if a.name != a.column},
        "relationships": [
            {
                "name": each.name,
                "target": each.target,
                "direction": each.direction.lower(),
                "lazy": each.lazy,
                "cascade": list(each.cascade),
            }
            for each in mapper.relationships
        ],
    }
