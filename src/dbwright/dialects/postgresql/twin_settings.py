"""The settings of a server that its planner reads."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from dbwright.dialects.postgresql.question import ask

_READ = """
    select name, setting from pg_settings
    where (category like 'Query Tuning%%' and name <> 'jit_provider'
           or name in ('work_mem', 'hash_mem_multiplier', 'max_parallel_workers_per_gather',
                       'parallel_leader_participation', 'effective_io_concurrency', 'jit',
                       'DateStyle', 'IntervalStyle', 'TimeZone', 'default_text_search_config',
                       'search_path', 'bytea_output', 'extra_float_digits', 'array_nulls',
                       'standard_conforming_strings', 'transform_null_equals'))
      and context in ('user', 'superuser')
    order by name
"""


def read(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Gives them by name, numbers in the unit that pg_settings has."""
    return {row.name: row.setting for row in ask(connection, _READ)}


def write(
    connection: psycopg.Connection[Any], database: str, settings: dict[str, str]
) -> list[str]:
    """Gives a database these settings, and returns the names that its server does not know."""
    unknown = []
    for name, value in settings.items():
        change = sql.SQL("alter database {} set {} = {}").format(
            sql.Identifier(database), sql.Identifier(name), sql.Literal(value)
        )
        if name in ("search_path", "DateStyle"):
            # a list of names, which in quotes would be one name
            text = f" set {name} to {value or chr(39) * 2}"
            change = sql.SQL("alter database {}").format(sql.Identifier(database)) + sql.SQL(text)
        try:
            connection.execute(change)
        except psycopg.Error:
            unknown.append(name)
    return unknown
