"""Typical literals for a statement's parameters, from the statistics of what they meet."""

from __future__ import annotations

from typing import Any

import psycopg

from dbwright.dialects.postgresql.access import accesses, partition_roots
from dbwright.dialects.postgresql.parameters import Values, literals, places, types

_PLAIN = {
    "text": "'a'",
    "character varying": "'a'",
    "integer": "1",
    "bigint": "1",
    "smallint": "1",
    "numeric": "1",
    "double precision": "1",
    "boolean": "true",
    "date": "current_date",
    "timestamp without time zone": "localtimestamp",
    "timestamp with time zone": "now()",
    "uuid": "'00000000-0000-0000-0000-000000000000'",
}
"""What a parameter is given that meets no column alone, as `lower(email) = $1`."""


def typical(
    connection: psycopg.Connection[Any], sql: str, kind: str = "typical"
) -> tuple[tuple[int, str], ...]:
    """Gives a literal for each parameter by its number; none where one has no such value.

    With `kind` they are the "common" or the "rare" values.

    Raises psycopg.Error for a statement that the server refuses.
    """
    if not places(sql):
        return ()
    found = accesses(connection, sql, partition_roots(connection))
    values = literals(connection, sql, found, Values(connection))[kind]
    of_type = types(connection, sql)
    known = {
        number: text if text is not None else _plain(of_type[number - 1])
        for number, text in values.items()
    }
    if None in known.values():
        return ()
    return tuple((number, str(text)) for number, text in known.items())


def _plain(type_: str) -> str | None:
    literal = _PLAIN.get(type_)
    return f"{literal}::{type_}" if literal else None
