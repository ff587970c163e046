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
# since 16
_RENAMED = {"force_parallel_mode": "debug_parallel_query"}
_RENAMED |= {new: old for old, new in _RENAMED.items()}


def read(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Gives them by name, numbers in the unit that pg_settings has."""
    return {row.name: row.setting for row in ask(connection, _READ)}


def write(
    connection: psycopg.Connection[Any], database: str, settings: dict[str, str]
) -> list[str]:
    """Gives the connected database these settings, and returns the names that it does not take."""
    refused = []
    there = {row.name for row in ask(connection, "select name from pg_settings")}
    for given, value in settings.items():
        name = given if given in there else _RENAMED.get(given, given)
        keep = sql.SQL("alter database {} set {} from current").format(
            sql.Identifier(database), sql.Identifier(name)
        )
        try:
            ask(connection, "select set_config(%(name)s, %(value)s, false)", name=name, value=value)
            connection.execute(keep)
        except psycopg.Error:
            refused.append(given)
    return refused
