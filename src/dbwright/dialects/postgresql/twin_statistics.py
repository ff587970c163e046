"""Sizes and statistics of a PostgreSQL database, read as an ordinary role may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from dbwright.core.statistics import (
    ColumnStatistics,
    CommonValues,
    ExtendedStatistics,
    IndexActivity,
    RelationSize,
    Statistics,
    TableActivity,
)
from dbwright.dialects.postgresql.inventory_queries import own
from dbwright.dialects.postgresql.question import Row, ask

_SIZES = own(
    "pg_class",
    "c.oid",
    """
    select n.nspname as schema, c.relname as name, c.relkind::text as kind,
           -- a standby has the unlogged tables without their files
           case when c.relpersistence = 'u' and pg_is_in_recovery() then c.relpages
                when c.relkind in ('r', 'i', 'm')
                then pg_relation_size(c.oid) / current_setting('block_size')::int else 0 end
               as pages,
           case when c.reltoastrelid = 0 or c.relkind not in ('r', 'm')
                     or (c.relpersistence = 'u' and pg_is_in_recovery()) then 0
                else coalesce(pg_relation_size(c.reltoastrelid), 0)
                     / current_setting('block_size')::int end as toast_pages,
           c.relpages as known_pages, c.reltuples::float8 as rows,
           c.relallvisible as visible_pages, t.relname as table, m.amname as method
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_index i on i.indexrelid = c.oid
    left join pg_class t on t.oid = i.indrelid
    left join pg_am m on m.oid = c.relam and c.relkind in ('i', 'I')
    where c.relkind in ('r', 'p', 'i', 'm') and {own} order by c.oid
    """,
)

_VALUES = """
    null_frac, avg_width, n_distinct, most_common_vals::text as common,
    most_common_freqs::float8[] as frequencies, histogram_bounds::text as histogram,
    correlation::float8, most_common_elems::text as elements,
    most_common_elem_freqs::float8[] as element_frequencies,
    elem_count_histogram::float8[] as element_counts
"""
_RANGES = """, range_length_histogram::text as lengths, range_empty_frac::float8 as empty,
    range_bounds_histogram::text as bounds"""
_NO_RANGES = ", null as lengths, null::float8 as empty, null as bounds"

_COLUMNS = """
    select n.nspname as schema, s.tablename as relation, s.attname as column, s.inherited, {values}
    from pg_stats s join pg_namespace n on n.nspname = s.schemaname
    where {schemas}
    order by s.schemaname, s.tablename, s.attname
"""

_EXTENDED = """
    select statistics_schemaname as schema, statistics_name as name, {inherited} as inherited,
           (select s.stxkeys::int[] from pg_statistic_ext s
            join pg_namespace n on n.oid = s.stxnamespace
            where n.nspname = statistics_schemaname and s.stxname = statistics_name) as keys,
           n_distinct::text, dependencies::text, most_common_vals::text[] as common,
           most_common_val_nulls as nulls,
           most_common_freqs::float8[] as frequencies,
           most_common_base_freqs::float8[] as base_frequencies
    from pg_stats_ext order by 1, 2, 3
"""

_EXPRESSIONS = """
    select statistics_schemaname as schema, statistics_name as name, {inherited} as inherited,
           expr as column, {values}
    from pg_stats_ext_exprs order by 1, 2, 3
"""

_TABLES = """
    select schemaname as schema, relname as name, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del,
           coalesce(seq_scan, 0) as seq_scan, n_mod_since_analyze as changed, n_dead_tup as dead,
           greatest(last_analyze, last_autoanalyze)::text as analyzed,
           greatest(last_vacuum, last_autovacuum)::text as vacuumed
    from pg_stat_user_tables order by relid
"""
_INDEXES = """
    select schemaname as schema, indexrelname as name, coalesce(idx_scan, 0) as scans
    from pg_stat_user_indexes order by indexrelid
"""
_SINCE = """
    select coalesce(stats_reset, pg_postmaster_start_time())::text as since
    from pg_stat_database where datname = current_database()
"""


def read(connection: psycopg.Connection[Any]) -> Statistics:
    """Gives what the role may read: pg_stats holds only columns that it may select."""
    version = connection.info.server_version // 10000
    values = _VALUES + (_RANGES if version >= 17 else _NO_RANGES)
    schemas = "n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')"
    question = _COLUMNS.format(values=values, schemas=schemas)
    columns = [_column(row, row.relation) for row in ask(connection, question)]
    return Statistics(
        relations=tuple(_sizes(connection)),
        columns=tuple(columns),
        extended=tuple(_extended(connection, version)),
        tables=tuple(
            TableActivity(
                row.schema, row.name, row.n_tup_ins, row.n_tup_upd, row.n_tup_hot_upd,
                row.n_tup_del, row.seq_scan, row.changed, row.dead, row.analyzed, row.vacuumed,
            )
            for row in ask(connection, _TABLES)
        ),
        indexes=tuple(IndexActivity(*row) for row in ask(connection, _INDEXES)),
        counted_since=next((row.since for row in ask(connection, _SINCE)), None),
    )  # fmt: skip


def _column(row: Row, relation: str) -> ColumnStatistics:
    return ColumnStatistics(
        row.schema,
        relation,
        row.column,
        row.inherited,
        row.null_frac,
        row.avg_width,
        row.n_distinct,
        row.common,
        _numbers(row.frequencies),
        row.histogram,
        row.correlation,
        row.elements,
        _numbers(row.element_frequencies),
        _numbers(row.element_counts),
        row.lengths,
        row.empty,
        row.bounds,
    )


def _numbers(values: list[float] | None) -> tuple[float, ...] | None:
    return tuple(values) if values is not None else None


def _extended(connection: psycopg.Connection[Any], version: int) -> Iterator[ExtendedStatistics]:
    inherited = "inherited" if version >= 15 else "false"
    expressions: dict[tuple[str, str, bool], list[ColumnStatistics]] = {}
    if version >= 14:
        # pg_stats_ext_exprs has no ranges
        question = _EXPRESSIONS.format(inherited=inherited, values=_VALUES + _NO_RANGES)
        for row in ask(connection, question):
            found = expressions.setdefault((row.schema, row.name, row.inherited), [])
            found.append(_column(row, row.name))
    for row in ask(connection, _EXTENDED.format(inherited=inherited)):
        yield ExtendedStatistics(
            row.schema,
            row.name,
            row.inherited,
            tuple(row.keys),
            row.n_distinct,
            row.dependencies,
            _common(row),
            tuple(expressions.get((row.schema, row.name, row.inherited), ())),
        )


def _common(row: Row) -> CommonValues | None:
    if row.common is None:
        return None
    values = tuple(
        tuple(None if null else value for value, null in zip(values, nulls, strict=True))
        for values, nulls in zip(row.common, row.nulls, strict=True)
    )
    return CommonValues(values, tuple(row.frequencies), tuple(row.base_frequencies))


def _sizes(connection: psycopg.Connection[Any]) -> Iterator[RelationSize]:
    for row in ask(connection, _SIZES):
        yield RelationSize(
            row.schema,
            row.name,
            row.kind,
            row.pages,
            row.known_pages,
            row.rows,
            row.visible_pages,
            row.table,
            row.method,
            toast_pages=row.toast_pages,
        )
