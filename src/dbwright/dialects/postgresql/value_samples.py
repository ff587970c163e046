"""Samples of a table's values without its rows: the values that its statistics hold.

The bounds of a histogram are values of rows at equal distances, the most common values have their
frequencies. What an expression gives for these is a sample of what it gives for the rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import psycopg

from dbwright.core.identifiers import spelled
from dbwright.core.statistics import ColumnStatistics
from dbwright.dialects.postgresql import grammar
from dbwright.dialects.postgresql.question import Row, ask

_LEAST = 10
"""From so many values on a sample says something."""
_MOST_COMMON = 100
_SHORTER = 0.8
_ORDERED = 0.95
_STATISTICS = """
    select s.null_frac, s.n_distinct, s.most_common_vals::text::text[] as common,
           s.most_common_freqs::float8[] as frequencies, s.histogram_bounds::text::text[] as bounds,
           format_type(a.atttypid, a.atttypmod) as type
    from pg_stats s
    join pg_namespace n on n.nspname = s.schemaname
    join pg_class c on c.relnamespace = n.oid and c.relname = s.tablename
    join pg_attribute a on a.attrelid = c.oid and a.attname = s.attname
    where s.schemaname = %(schema)s and s.tablename = %(table)s and s.attname = %(column)s
    order by s.inherited desc limit 1
"""
_VALUES = """
    with recursive s as (select v::{type} as {column}, w from unnest(%(values)s::text[],
                                                           %(weights)s::float8[]) as u (v, w)),
         x as (select ({expression}) as v, {column} as of, w, row_number() over () as n from s)
"""
_GROUPS = """
    select v::text as text, sum(w) as weight, count(*) as times,
           avg(pg_column_size(v))::float8 as bytes, min(n) as place,
           avg(pg_column_size(of))::float8 as of_bytes
    from x group by v order by v
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of one column, with the share of rows that each stands for.

    `null` is the share of rows without a value, `distinct` how many values the rows that are in
    no list of most common ones have, negative as a share of the rows, as pg_stats has it.
    """

    column: str
    type: str
    values: tuple[str, ...]
    weights: tuple[float, ...]
    null: float
    distinct: float
    bounds: int

    def ask(self, connection: psycopg.Connection[Any], expression: str, question: str) -> list[Row]:
        """Gives the answer to a question of `x (v, w, n)`: value, share and number of each.

        Raises psycopg.Error where the expression has none.
        """
        values = _VALUES.format(type=self.type, column=spelled(self.column), expression=expression)
        sql = (values + question).replace("%", "%%")
        for name in ("values", "weights"):
            sql = sql.replace(f"%%({name})s", f"%({name})s")
        return ask(connection, sql, values=list(self.values), weights=list(self.weights))


def sample(
    connection: psycopg.Connection[Any], schema: str, table: str, expression: str
) -> Sample | None:
    """Gives the values of the one column that an expression reads, None where there are too few."""
    read = columns(expression)
    if len(read) != 1:
        return None
    (column,) = read
    rows = ask(connection, _STATISTICS, schema=schema, table=table, column=column)
    if not rows:
        return None
    row = rows[0]
    common, bounds = row.common or [], row.bounds or []
    if len(common) + len(bounds) < _LEAST:
        return None
    rest = max(0.0, 1.0 - row.null_frac - sum(row.frequencies or []))
    weights = [*(row.frequencies or []), *(rest / len(bounds) for _ in bounds)]
    return Sample(
        column, row.type, (*common, *bounds), tuple(weights), row.null_frac, row.n_distinct,
        len(bounds),
    )  # fmt: skip


def columns(expression: str) -> set[str]:
    """Gives the names of the columns that an expression reads; none where it does not parse."""
    try:
        trees = grammar.parse(f"select {expression}")
    except grammar.Failure:
        return set()
    found = (each for tree in trees for each in grammar.all_of(tree, "ColumnRef"))
    return {each.fields[-1].string.sval for each in found}


def of_expression(
    connection: psycopg.Connection[Any], found: Sample, expression: str, rows: float
) -> ColumnStatistics | None:
    """Gives the statistics that ANALYZE would about give of an expression of a table's `rows`.

    The names of what they belong to are left empty. None where it has no value to show.
    """
    groups = found.ask(connection, expression, _GROUPS)
    given = [each for each in groups if each.text is not None]
    if not given:
        return None
    null = min(1.0, found.null + sum(each.weight for each in groups if each.text is None))
    whole = sum(each.weight for each in given)
    width = sum(each.bytes * each.weight for each in given) / max(whole, 1e-9)
    distinct = _distinct(found, given, rows, len(found.values))
    often = sorted((e for e in given if e.times > 1 or e.weight > 0.02), key=lambda e: -e.weight)
    often = often[:_MOST_COMMON] if len(often) < len(given) or distinct > len(given) else given
    rare = [each for each in given if each not in often]
    return ColumnStatistics(
        "", "", "", False, null, round(width), distinct,
        _array(often) if often else None,
        tuple(each.weight for each in often) if often else None,
        _array(rare) if len(rare) > 1 else None,
    )  # fmt: skip


def _distinct(found: Sample, given: list[Row], rows: float, size: int) -> float:
    """Gives how many values the expression has, as pg_stats.n_distinct spells it.

    Where it has another value for each of the column's, it has as many, unless it makes them
    shorter and keeps their order, as a prefix does: then nobody knows, and a number in between is
    taken. Else by ANALYZE's estimator (Haas and Stokes, 1998: n d / (n - f1 + f1 n / N)).
    """
    nulls = 1.0 - sum(float(each.weight) for each in given)
    population = max(1.0, rows * (1.0 - nulls))
    if all(each.times == 1 for each in given):
        own = -found.distinct * rows if found.distinct < 0 else found.distinct
        most = max(float(len(given)), own * len(given) / size)
        shorter = sum(each.bytes for each in given) < _SHORTER * sum(e.of_bytes for e in given)
        if shorter and in_order([each.place for each in given]):
            return math.sqrt(len(given) * most)
        return -most / max(rows, most) if found.distinct < 0 else most
    once = sum(int(each.times == 1) for each in given)
    seen = sum(int(each.times) for each in given)
    return float(seen * len(given) / (seen - once + once * seen / max(population, seen)))


def in_order(places: Sequence[int]) -> bool:
    """Whether values, the places given in the values' order, were met in their order or against it.

    Such a sample is spread over the values and meets none twice, however few there are.
    """
    up = sum(one < other for one, other in pairwise(places))
    return max(up, len(places) - 1 - up) >= _ORDERED * (len(places) - 1)


def _array(rows: list[Row]) -> str:
    quoted = (each.text.replace("\\", "\\\\").replace('"', '\\"') for each in rows)
    return "{" + ",".join(f'"{each}"' for each in quoted) + "}"
