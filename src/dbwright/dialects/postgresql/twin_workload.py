"""The statements that a PostgreSQL server has counted, from pg_stat_statements."""

from __future__ import annotations

import itertools
from typing import Any

import psycopg

from dbwright.core.plan import Workload, WorkloadStatement
from dbwright.dialects.postgresql.names import quoted
from dbwright.dialects.postgresql.question import ask
from dbwright.dialects.postgresql.statements import is_planned

MOST = 10_000
"""How many statements are kept, those that took the most time first."""
_READ_MOST = 2 * MOST
"""How many are read: some set a variable or make a table, and have no plan."""

_WHERE = """
    select n.nspname as schema from pg_extension e
    join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements'
"""
_HIDDEN = "<insufficient privilege>"

_READ = """
    select s.query, sum(s.calls)::bigint as calls, sum(s.total_exec_time)::float8 as milliseconds,
           count(*) over () as there
    from {place} s
    where s.dbid = (select oid from pg_database where datname = current_database())
    group by s.query order by 3 desc limit %(most)s
"""


def place(connection: psycopg.Connection[Any]) -> str | None:
    """Gives pg_stat_statements with its schema, None where it is not there."""
    found = ask(connection, _WHERE)
    return f"{quoted(found[0].schema)}.pg_stat_statements" if found else None


def read(connection: psycopg.Connection[Any]) -> tuple[Workload, tuple[str, ...]]:
    """Gives the statements by their time, and a sentence for what could not be read of them."""
    found = place(connection)
    if found is None:
        return Workload(), (
            "statements: the extension pg_stat_statements is not there; "
            "name a log or a file of SQL instead",
        )
    question = _READ.format(place=found)
    try:
        with connection.transaction():
            rows = ask(connection, question, most=_READ_MOST)
    except psycopg.Error as error:
        return Workload(), (f"statements: {str(error).strip().splitlines()[0]}",)
    hidden = sum(row.calls for row in rows if row.query == _HIDDEN)
    planned = (
        WorkloadStatement(row.query, row.calls, row.milliseconds)
        for row in rows
        if row.query != _HIDDEN and is_planned(row.query)
    )
    statements = tuple(itertools.islice(planned, MOST))
    told = []
    if hidden:
        told.append(
            f"statements of other roles ({hidden:,} calls): grant the role pg_read_all_stats"
        )
    if len(statements) == MOST or (rows and rows[0].there > len(rows)):
        told.append(
            f"statements beyond the {len(statements):,} that took the most time, of "
            f"{rows[0].there:,} that the server has counted"
        )
    return Workload(statements), tuple(told)
