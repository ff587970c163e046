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
from dbwright.dialects.postgresql.index_size import KeyWidth, Spread
from dbwright.dialects.postgresql.index_statistics import IndexStatistics
from dbwright.dialects.postgresql.joint_statistics import JointStatistics
from dbwright.dialects.postgresql.question import Row, ask

_INDEX = """
    select x.relname as name, n.nspname as schema, c.relname as table, a.attname,
           t.typlen as length, t.typalign::text as align,
           a.attnum <= i.indnkeyatts as key, k.attname as column,
           not (t.typname in ('numeric', 'float4', 'float8', 'jsonb')
                or t.typtype in ('d', 'c') or t.typlen = -1 and t.typcategory not in ('S', 'B'))
               as folds,
           o.opcname::text as opclass, c.relkind = 'p' as whole
    from pg_index i
    join pg_class x on x.oid = i.indexrelid
    join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = x.oid and a.attnum > 0
    join pg_type t on t.oid = a.atttypid
    left join pg_attribute k on k.attrelid = c.oid and k.attnum = i.indkey[a.attnum - 1]
     and k.attnum > 0
    left join pg_opclass o on a.attnum <= i.indnkeyatts and o.oid = i.indclass[a.attnum - 1]
    where x.relname = any(%(names)s) order by x.oid, a.attnum
"""
# Joined to the indexes in one question, each of their columns would be held against every row.
_STATISTICS = """
    select schemaname as schema, tablename as table, attname as column, inherited,
           avg_width, null_frac, n_distinct, most_common_freqs::float8[] as common
    from pg_stats where tablename = any(%(names)s)
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


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of an index, and what statistics say of its values, None where there are none."""

    index: Row
    known: Row | None

    @property
    def null_share(self) -> float:
        return (self.known.null_frac if self.known else None) or 0.0


def sizes(
    connection: psycopg.Connection[Any],
    candidates: Sequence[Candidate],
    tables: Mapping[tuple[str, str], tuple[float, int]],
    statistics: IndexStatistics,
) -> dict[str, Size]:
    """Gives the size of each candidate by its name; they are there, empty.

    `tables` has the rows and pages of each table by schema and name.
    """
    by_name = _columns(connection, [each.name for each in candidates])
    shares: dict[tuple[str, str, str], float] = {}
    joint = JointStatistics(connection)
    found = {}
    for each in candidates:
        all_rows, pages = tables.get((each.schema, each.table), (0.0, 0))
        count = all_rows * _share(connection, each, all_rows, shares)
        columns = by_name.get(each.name, [])
        if each.method == "gin" and columns:
            keys = statistics.gin(each, columns[0].index.opclass, count)
            found[each.name] = Size(_gin(keys, count, pages), count, 8)
        else:
            spreads = _spreads(joint, each, [one for one in columns if one.index.key], all_rows)
            found[each.name] = _size(each, columns, spreads, count, pages)
    return found


def _columns(connection: psycopg.Connection[Any], names: list[str]) -> dict[str, list[_Column]]:
    rows = ask(connection, _INDEX, names=names)
    asked = {row.table for row in rows} | {row.name for row in rows if row.column is None}
    known = {
        (each.schema, each.table, each.column, each.inherited): each
        for each in ask(connection, _STATISTICS, names=sorted(asked))
    }
    found: dict[str, list[_Column]] = {}
    for row in rows:
        place = (row.name, row.attname) if row.column is None else (row.table, row.column)
        column = _Column(row, known.get((row.schema, *place, row.whole)))
        found.setdefault(row.name, []).append(column)
    return found


def _spreads(
    joint: JointStatistics, each: Candidate, keys: Sequence[_Column], rows: float
) -> list[Spread]:
    """Gives how the keys' values are spread: what is known of some together goes before."""
    together = joint.of(each.schema, each.table, [one.index.column for one in keys])
    known = {column for columns in together for column in columns}
    alone = [_spread(one, rows) for one in keys if one.index.column not in known]
    return [*together.values(), *alone]


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


def _size(
    each: Candidate, columns: list[_Column], spreads: list[Spread], rows: float, pages: int
) -> Size:
    keys = [_width(one) for one in columns if one.index.key]
    carried = [_width(one) for one in columns if not one.index.key]
    wide = sum(key.bytes for key in keys)
    if each.method == "hash":
        return Size(index_size.hash_pages(rows), rows, 8)
    if each.method == "brin":
        return Size(index_size.brin_pages(pages, wide), rows, wide)
    if each.method == "gist":
        return Size(index_size.gist_pages(rows, wide), rows, wide)
    return Size(index_size.btree_pages(rows, keys, spreads, carried), rows, wide)


def _gin(keys: Sequence[Keys], rows: float, pages: int) -> int:
    """Gives the pages of a GIN index; where nothing is known, of four keys a row, each in ten."""
    return gin_size.pages(keys or [Keys(rows * 0.4, 10.0, _GUESSED)], pages)


def _width(each: _Column) -> KeyWidth:
    row = each.index
    fixed = float(row.length) if row.length > 0 else None
    bytes_ = fixed or (each.known.avg_width if each.known else None) or _GUESSED
    if fixed is None and row.column is None and bytes_ < 127:
        bytes_ = max(1.0, bytes_ - _HEADER)
    align = 1 if fixed is None and bytes_ < 127 else _ALIGN.get(row.align, 4)
    return KeyWidth(bytes_, align, each.null_share, row.folds)


def _spread(each: _Column, rows: float) -> Spread:
    known = each.known
    distinct = known.n_distinct if known and known.n_distinct is not None else -0.5
    distinct = -distinct * rows if distinct < 0 else distinct
    common = tuple(known.common or ()) if known else ()
    return Spread(max(1.0, distinct), each.null_share, common)
