"""How many rows and bytes each table has, as PostgreSQL estimates them."""

from __future__ import annotations

from typing import Any

import psycopg

from dbwright.dialects.postgresql import names
from dbwright.dialects.postgresql.question import ask

_SIZES = """
    select n.nspname, c.relname, c.reltuples::float8 as rows, pg_table_size(c.oid) as bytes
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
      and n.nspname not like 'pg\\_%%'
"""


def rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Give the estimated rows of each table that was ever analyzed, by its key."""
    # to ask for the size of a table waits for the lock that a migration holds on it
    found = ask(connection, _SIZES.replace("pg_table_size(c.oid)", "c.relpages"))
    # reltuples is -1 [14], or 0 with no page, where nothing is known.
    known = (row for row in found if row.rows > 0 or (row.rows == 0 and row.bytes > 0))
    return {names.key(row.relname, row.nspname): int(row.rows) for row in known}


def sizes(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Give the bytes of each table with its TOAST, without its indexes, by its key."""
    return {names.key(row.relname, row.nspname): int(row.bytes) for row in ask(connection, _SIZES)}
