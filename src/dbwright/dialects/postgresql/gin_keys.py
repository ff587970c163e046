"""The keys that a GIN index would have of a column or an expression, as its statistics show them.

The operator classes' own functions cannot be called; each question here gives what they extract.
https://www.postgresql.org/docs/current/gin.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import psycopg

from dbwright.dialects.postgresql.gin_size import Keys, Seen, keys_of
from dbwright.dialects.postgresql.question import ask
from dbwright.dialects.postgresql.value_samples import Sample

_COUNT = """
    select family, count(*) as times, sum(w) as share, avg(bytes) as bytes, min(n) as place
    from (select distinct n, w, family, key, bytes from k) d group by family, key
    order by family, key
"""
_TREE = """
    , tree (n, w, path, step, v) as (
        select n, w, '', null::text, v::jsonb from x
        union all
        select t.n, t.w, t.path || coalesce('/' || e.step, '[]'), e.step, e.v
        from tree t cross join lateral (
            select key, value from jsonb_each(case jsonb_typeof(t.v) when 'object' then t.v end)
            union all
            select null, value
            from jsonb_array_elements(case jsonb_typeof(t.v) when 'array' then t.v end)
        ) e (step, v)
    ), leaves as (select n, w, path, coalesce(v #>> '{}', 'null') as key from tree
                  where jsonb_typeof(v) not in ('object', 'array'))
"""
_EXTRACTED = {
    "array_ops": """
        , k as (select n, w, '' as family, e::text as key, pg_column_size(e) as bytes
                from x cross join lateral unnest(v) e where e is not null)
    """,
    "tsvector_ops": """
        , k as (select n, w, '' as family, lexeme as key, octet_length(lexeme) + 1 as bytes
                from x cross join lateral unnest(v))
    """,
    "gin_trgm_ops": """
        , k as (select n, w, '' as family, e as key, 4 as bytes
                from x cross join lateral unnest(show_trgm(v)) e)
    """,
    "jsonb_path_ops": _TREE + ", k as (select n, w, path as family, key, 4 as bytes from leaves)",
    "jsonb_ops": _TREE
    + """
        , k as (select n, w, path as family, key, least(octet_length(key), 125) + 2 as bytes
                from leaves
                union all
                select n, w, 'keys', step, octet_length(step) + 2 from tree where step is not null)
    """,
}
_FULL = 1_000
"""A list of so many elements, or a multiple, was cut off there."""
_RANKS = 10_000_000
_ELEMENTS = """
    select s.most_common_elems::text::text[] as elements,
           s.most_common_elem_freqs::float8[] as frequencies,
           s.elem_count_histogram::float8[] as counts, s.avg_width
    from pg_stats s where s.schemaname = %(schema)s and s.tablename = %(table)s
     and s.attname = %(column)s order by s.inherited desc limit 1
"""
_LEXEME = 9
"""What a text-search vector takes for a lexeme with a position, beside its letters."""


def of_sample(
    connection: psycopg.Connection[Any],
    found: Sample,
    expression: str,
    opclass: str,
    rows: float,
) -> list[Keys]:
    """Gives the keys of a table of so many rows; none for an operator class unknown here."""
    extracted = _EXTRACTED.get(opclass)
    if extracted is None:
        return []
    try:
        several = found.ask(connection, expression, extracted + _COUNT)
    except psycopg.Error:
        return []
    seen = [
        Seen(each.family, each.times, each.share, float(each.bytes), each.place) for each in several
    ]
    return list(keys_of(seen, rows))


def of_elements(
    connection: psycopg.Connection[Any], schema: str, table: str, column: str, rows: float
) -> list[Keys]:
    """Gives the keys of an array or a text-search vector: its most common elements and the rest.

    Where the list is full, the rest goes on as its last half falls (Zipf), until the elements of
    an average row are told.
    """
    found = ask(connection, _ELEMENTS, schema=schema, table=table, column=column)
    if not found or not found[0].elements:
        return []
    elements = found[0].elements
    shares = found[0].frequencies[: len(elements)]
    ordered = sorted(zip(shares, elements, strict=True), reverse=True)
    known = [Keys(1, share * rows, len(text.encode()) + 1) for share, text in ordered]
    wide = sum(each.bytes * each.rows for each in known) / sum(each.rows for each in known)
    a_row = found[0].counts[-1] if found[0].counts else found[0].avg_width / (wide + _LEXEME)
    left = a_row * rows - sum(each.rows for each in known)
    return [*known, *_rest([each.rows for each in known], left, wide)]


def _rest(counts: list[float], left: float, bytes_: float) -> Iterator[Keys]:
    size = len(counts)
    if size % _FULL or counts[-1] < 1:
        return
    slope = math.log2(counts[size // 2] / counts[-1])
    rank = float(size)
    while rank < _RANKS and left >= 1:
        middle = max(1.0, counts[-1] * (rank * 1.5 / size) ** -slope)
        yield Keys(min(rank, left / middle), middle, bytes_)
        left -= rank * middle
        rank *= 2
