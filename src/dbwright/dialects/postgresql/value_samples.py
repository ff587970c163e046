"""Samples of a table's values without its rows: the values that its statistics hold.

The bounds of a histogram are values of rows at equal distances, the most common values have their
frequencies. What an expression gives for these is a sample of what it gives for the rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
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
           min(of::text) as of_text, pg_typeof(v)::text as type
    from x group by v order by v
"""
_NUMBER = {
    "smallint": "v",
    "integer": "v",
    "bigint": "v",
    "date": "v - date '2000-01-01'",
    "timestamp without time zone": "extract(epoch from v) * 1000000",
    "timestamp with time zone": "extract(epoch from v) * 1000000",
}
"""Types that have only so many values between two, and how these are numbered."""
_DENSE = 2.0
"""With so many places for each value, or fewer, there is one in each place."""
_NUMBERS = "select distinct round(({number})::numeric)::text as n from x where v is not null"


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
    places = _places(connection, found, expression, given[0].type)
    distinct = _distinct(found, given, rows, places)
    often = sorted((e for e in given if e.times > 1 or e.weight > 0.02), key=lambda e: -e.weight)
    often = often[:_MOST_COMMON] if len(often) < len(given) or distinct > len(given) else given
    rare = [each for each in given if each not in often]
    return ColumnStatistics(
        "", "", "", False, null, round(width), distinct,
        _array(often) if often else None,
        tuple(each.weight for each in often) if often else None,
        _array(rare) if len(rare) > 1 else None,
    )  # fmt: skip


def _places(
    connection: psycopg.Connection[Any], found: Sample, expression: str, type_: str
) -> float:
    """Gives how many values there can be between the least and the greatest, at steps as theirs.

    Days, hours and numbers have so many; for other types it is infinite.
    """
    if type_ not in _NUMBER:
        return math.inf
    try:
        rows = found.ask(connection, expression, _NUMBERS.format(number=_NUMBER[type_]))
        numbers = sorted(int(row.n) for row in rows)
    except (psycopg.Error, ValueError):  # there are infinite dates
        return math.inf
    step = math.gcd(*(other - one for one, other in pairwise(numbers)))
    return (numbers[-1] - numbers[0]) / step + 1 if step else 1.0


def _distinct(found: Sample, given: list[Row], rows: float, places: float) -> float:
    """Gives how many values the expression has, as pg_stats.n_distinct spells it.

    Where it has another value for each of the column's, it has as many, if there are places for
    them. Else by ANALYZE's estimator (Haas and Stokes, 1998: n d / (n - f1 + f1 n / N)).
    """
    nulls = 1.0 - sum(float(each.weight) for each in given)
    population = max(1.0, rows * (1.0 - nulls))
    if all(each.times == 1 for each in given):
        most = _most(found, given, rows)
        if places < most or (places > _DENSE * most and _may_repeat(given)):
            return places if places < most else math.sqrt(len(given) * most)
        return -most / max(rows, most) if found.distinct < 0 else most
    once = sum(int(each.times == 1) for each in given)
    seen = sum(int(each.times) for each in given)
    estimate = seen * len(given) / (seen - once + once * seen / max(population, seen))
    return float(min(estimate, places))


def _most(found: Sample, given: Sequence[Row], rows: float) -> float:
    """Gives how many values there are if each of the column's gives another one, or none.

    A common value of the column stands for itself, a bound of its histogram for many.
    """
    own = -found.distinct * rows if found.distinct < 0 else found.distinct
    common = len(found.values) - found.bounds
    rare = sum(each.place > common for each in given)
    others = max(0.0, own - common) * rare / max(1, found.bounds)
    return float(max(len(given), len(given) - rare + others))


def _may_repeat(given: Sequence[Row]) -> bool:
    """Whether values were made shorter and kept their order, as a prefix does.

    Nobody knows how many there are then, and a number in between is taken. A value taken from
    JSON is not shorter than what differs there from row to row.
    """
    shorter = _varying([e.text for e in given]) < _SHORTER * _varying([e.of_text for e in given])
    return shorter and in_order([each.place for each in given])


def _varying(texts: Sequence[str]) -> float:
    """Gives the length of texts without what all begin and end with.

    >>> _varying(['{"n": 17}', '{"n": 18}', '{"n": 209}'])
    2.3333333333333335
    """
    head = _alike(texts)
    tail = _alike([each[head:][::-1] for each in texts])
    return sum(len(each) - head - tail for each in texts) / len(texts)


def _alike(texts: Sequence[str]) -> int:
    letters = zip(*texts, strict=False)
    return sum(1 for _ in takewhile(lambda several: len(set(several)) == 1, letters))


def in_order(places: Sequence[int]) -> bool:
    """Whether values, the places given in the values' order, were met in their order or against it.

    Such a sample is spread over the values and meets none twice, however few there are.
    """
    up = sum(one < other for one, other in pairwise(places))
    return max(up, len(places) - 1 - up) >= _ORDERED * (len(places) - 1)


def _array(rows: list[Row]) -> str:
    quoted = (each.text.replace("\\", "\\\\").replace('"', '\\"') for each in rows)
    return "{" + ",".join(f'"{each}"' for each in quoted) + "}"
