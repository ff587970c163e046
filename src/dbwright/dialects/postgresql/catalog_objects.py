"""What PostgreSQL's catalog has beside tables and enums: sequences, functions, policies, …"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import psycopg

from dbwright.core.schema import NamedObject
from dbwright.dialects.postgresql import catalog_queries, names
from dbwright.dialects.postgresql.question import Row, ask

_VOLATILITY: Mapping[str, Literal["immutable", "stable", "volatile"]] = {
    "i": "immutable",
    "s": "stable",
    "v": "volatile",
}
_COMMANDS = {"*": "all", "r": "select", "a": "insert", "w": "update", "d": "delete"}


def read(connection: psycopg.Connection[Any], tables: Mapping[int, str]) -> tuple[NamedObject, ...]:
    """Give the objects, in the order of kind, schema and name; `tables` maps oids to keys."""
    found = [
        *_sequences(connection),
        *_functions(connection),
        *_types(connection),
        *_extensions(connection),
        *_policies(connection, tables),
    ]
    return tuple(sorted(found, key=lambda each: (each.kind, each.schema or "", each.name)))


def _sequences(connection: psycopg.Connection[Any]) -> Iterator[NamedObject]:
    for row in ask(connection, catalog_queries.SEQUENCES):
        yield _object(row, row.relname, "sequence", row.definition)


def _functions(connection: psycopg.Connection[Any]) -> Iterator[NamedObject]:
    for row in ask(connection, catalog_queries.FUNCTIONS):
        yield NamedObject(
            f"{row.proname}({row.arguments})",
            "function",
            row.definition,
            names.own_schema(row.nspname),
            _VOLATILITY[row.provolatile],
            row.proretset,
        )


def _types(connection: psycopg.Connection[Any]) -> Iterator[NamedObject]:
    for row in ask(connection, catalog_queries.TYPES):
        if row.typtype == "d":
            yield _object(row, row.typname, "domain", _domain(row))
        else:
            definition = f"range of {row.subtype}" if row.typtype == "r" else f"({row.fields})"
            yield _object(row, row.typname, "type", definition)


def _domain(row: Row) -> str:
    default = f"default {row.typdefault}" if row.typdefault else None
    not_null = "not null" if row.typnotnull else None
    return " ".join(filter(None, [row.base, default, not_null, row.checks]))


def _extensions(connection: psycopg.Connection[Any]) -> Iterator[NamedObject]:
    for row in ask(connection, catalog_queries.EXTENSIONS):
        yield NamedObject(row.extname, "extension")


def _policies(
    connection: psycopg.Connection[Any], tables: Mapping[int, str]
) -> Iterator[NamedObject]:
    for row in ask(connection, catalog_queries.POLICIES, relations=list(tables)):
        parts = [
            "permissive" if row.polpermissive else "restrictive",
            f"for {_COMMANDS[row.polcmd]}",
            f"using ({row.condition})" if row.condition else None,
            f"with check ({row.with_check})" if row.with_check else None,
        ]
        name = f"{row.polname} on {tables[row.relation]}"
        yield NamedObject(name, "policy", " ".join(filter(None, parts)))


def _object(
    row: Row, name: str, kind: Literal["sequence", "function", "domain", "type"], definition: str
) -> NamedObject:
    return NamedObject(name, kind, definition, names.own_schema(row.nspname))
