"""What the size of a candidate depends on, asked of the twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from dbwright.core.candidate import Candidate
from dbwright.core.identifiers import spelled
from dbwright.dialects.postgresql import explain, gin_size, index_size
from dbwright.dialects.postgresql.gin_size import Keys
from dbwright.dialects.postgresql.index_size import KeyWidth
from dbwright.dialects.postgresql.index_statistics import IndexStatistics
from dbwright.dialects.postgresql.question import Row, ask

_INDEX = """
    select x.relname as name, a.attname, t.typlen as length, t.typalign::text as align,
           a.attnum <= i.indnkeyatts as key, k.attname as column,
           not (t.typname in ('numeric', 'float4', 'float8', 'jsonb')
                or t.typtype in ('d', 'c') or t.typlen = -1 and t.typcategory not in ('S', 'B'))
               as folds,
           o.opcname::text as opclass, s.avg_width, s.null_frac, s.n_distinct,
           s.most_common_freqs::float8[] as common
    from pg_index i
    join pg_class x on x.oid = i.indexrelid
    join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = x.oid and a.attnum > 0
    join pg_type t on t.oid = a.atttypid
    left join pg_attribute k on k.attrelid = c.oid and k.attnum = i.indkey[a.attnum - 1]
     and k.attnum > 0
    left join pg_opclass o on a.attnum <= i.indnkeyatts and o.oid = i.indclass[a.attnum - 1]
    left join pg_stats s on s.schemaname = n.nspname and s.inherited = (c.relkind = 'p')
     and (s.tablename = c.relname and s.attname = k.attname
          or k.attname is null and s.tablename = x.relname and s.attname = a.attname)
    where x.relname = any(%(names)s) order by x.oid, a.attnum
"""
_ALIGN = {"c": 1, "s": 2, "i": 4, "d": 8}
_HEADER = 3
"""What a short value takes less on a page than by itself."""
_GUESSED = 16.0
"""Bytes of an expression's value of a type without a fixed length."""


@dataclass(frozen=True, slots=True)
class Size:
    """What an index will take: pages, and how many rows it holds."""

    pages: int
    rows: float
    key_bytes: float


def sizes(
    connection: psycopg.Connection[Any],
    candidates: Sequence[Candidate],
    tables: Mapping[tuple[str, str], tuple[float, int]],
    statistics: IndexStatistics,
) -> dict[str, Size]:
    """Gives the size of each candidate by its name; they are there, empty.

    `tables` has the rows and pages of each table by schema and name.
    """
    rows = ask(connection, _INDEX, names=[each.name for each in candidates])
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    shares: dict[tuple[str, str, str], float] = {}
    found = {}
    for each in candidates:
        all_rows, pages = tables.get((each.schema, each.table), (0.0, 0))
        count = all_rows * _share(connection, each, all_rows, shares)
        columns = by_name.get(each.name, [])
        if each.method == "gin" and columns:
            keys = statistics.gin(each, columns[0].opclass, count)
            found[each.name] = Size(_gin(keys, count, pages), count, 8)
        else:
            found[each.name] = _size(each, columns, count, all_rows, pages)
    return found


def _share(
    connection: psycopg.Connection[Any],
    each: Candidate,
    rows: float,
    known: dict[tuple[str, str, str], float],
) -> float:
    if each.where is None or rows < 1:
        return 1.0
    key = (each.schema, each.table, each.where)
    if key not in known:
        table = f"{spelled(each.schema)}.{spelled(each.table)}"
        found = explain.plan(connection, f"select 1 from {table} where {each.where}")
        known[key] = min(1.0, found.rows / rows)
    return known[key]


def _size(each: Candidate, columns: list[Row], rows: float, of: float, pages: int) -> Size:
    keys = [_width(row, of) for row in columns if row.key]
    carried = [_width(row, of) for row in columns if not row.key]
    wide = sum(key.bytes for key in keys)
    if each.method == "hash":
        return Size(index_size.hash_pages(rows), rows, 8)
    if each.method == "brin":
        return Size(index_size.brin_pages(pages, wide), rows, wide)
    if each.method == "gist":
        return Size(index_size.gist_pages(rows, wide), rows, wide)
    return Size(index_size.btree_pages(rows, keys, carried), rows, wide)


def _gin(keys: Sequence[Keys], rows: float, pages: int) -> int:
    """Gives the pages of a GIN index; where nothing is known, of four keys a row, each in ten."""
    return gin_size.pages(keys or [Keys(rows * 0.4, 10.0, _GUESSED)], pages)


def _width(row: Row, rows: float) -> KeyWidth:
    fixed = float(row.length) if row.length > 0 else None
    bytes_ = fixed or row.avg_width or _GUESSED
    if fixed is None and row.column is None and bytes_ < 127:
        bytes_ = max(1.0, bytes_ - _HEADER)
    align = 1 if fixed is None and bytes_ < 127 else _ALIGN.get(row.align, 4)
    distinct = row.n_distinct if row.n_distinct is not None else -0.5
    distinct = -distinct * rows if distinct < 0 else distinct
    return KeyWidth(
        bytes_, align, row.null_frac or 0.0, max(1.0, distinct), row.folds, tuple(row.common or ())
    )
