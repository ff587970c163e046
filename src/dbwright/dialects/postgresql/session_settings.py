"""Settings of a session that say how a statement is planned and what it means."""

from __future__ import annotations

from typing import Any

import psycopg

from dbwright.dialects.postgresql.question import ask

_NAMES = (
    *("TimeZone", "work_mem", "hash_mem_multiplier", "jit", "plan_cache_mode"),
    *("join_collapse_limit", "from_collapse_limit", "random_page_cost", "effective_cache_size"),
    *("default_statistics_target", "geqo_threshold", "jit_above_cost", "lc_collate"),
)
_QUESTION = """
    select name, coalesce(setting || coalesce(unit, ''), '') as setting
    from pg_settings where name = any(%(names)s)
"""


def read(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Gives them by their names, a number with the unit that the server counts in: 4096kB."""
    return {row.name: row.setting for row in ask(connection, _QUESTION, names=list(_NAMES))}
