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


def settle(connection: psycopg.Connection[Any]) -> None:
    """Makes what a connection has written last and be counted, and ends its transaction.

    Else the counts follow within a second, [15] adding rows that were written before an ANALYZE to
    those since; and VACUUM marks no page as visible to all whose rows were committed by a
    transaction that is not on the disk yet (synchronous_commit off).
    https://www.postgresql.org/docs/current/monitoring-stats.html
    https://www.postgresql.org/docs/current/wal-async-commit.html
    """
    connection.execute("set local synchronous_commit = on")
    connection.execute("select txid_current()")
    if connection.info.server_version >= 150000:
        connection.execute("select pg_stat_force_next_flush()")
    connection.commit()


def gather(connection: psycopg.Connection[Any]) -> None:
    """Has the planner know what all tables hold; the caller commits."""
    connection.execute("analyze")
