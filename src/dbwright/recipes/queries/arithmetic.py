"""Comparisons of arithmetic on a column, solved for the column.

Division of whole numbers drops the rest, towards zero, so that each bound of the quotient is one
bound of the column: q >= k is x >= k * n for k > 0, and x > (k - 1) * n for the others.
https://www.postgresql.org/docs/current/functions-math.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from dbwright.core.query import Query
from dbwright.recipes.queries.comparisons import (
    LARGEST,
    TURNED,
    Comparison,
    Kind,
    family,
    integer,
    number,
)
from dbwright.recipes.queries.reading import Reading, Reference

Bound = tuple[Kind, exp.Expr]
_LARGEST = LARGEST["bigint"]
_HOURS = {"HOUR": 1.0, "MINUTE": 1 / 60, "SECOND": 1 / 3600}
_TIMES = (exp.CurrentTimestamp, exp.CurrentDate)


@dataclass(frozen=True, slots=True)
class Solved:
    """A comparison as bounds of the bare column, and why it is the same.

    `changes` says what rows are others, where it is not.
    """

    found: Reference
    bounds: tuple[Bound, ...]
    conditions: tuple[str, ...]
    changes: str = ""


def solved(query: Query, reading: Reading, comparison: Comparison) -> Solved | None:
    """Gives a comparison of a column with arithmetic solved for the column; None where it is not.

    Silent where a solution is no whole number, or lies outside of the type's values.
    """
    side = comparison.side
    if isinstance(side, exp.Neg):
        return _of_negative(query, reading, comparison, side)
    if not isinstance(side, (exp.Add, exp.Sub, exp.Mul, exp.Div)):
        return None
    if isinstance(side, exp.Div) and query.target.dialect in ("mysql", "mariadb"):
        return None  # what is left of a division is kept there, to some decimals
    left, right = side.this.unnest(), side.expression.unnest()
    found = reading.reference(left) or reading.reference(right)
    if found is None or (left.find(exp.Column) and right.find(exp.Column)):
        return None
    kind = family(query, found)
    constant = right if found.node is left else left
    if kind == "integer":
        return _of_integers(query, comparison, found, side, integer(constant))
    if kind in ("timestamp", "timestamptz", "date") and query.target.dialect == "postgresql":
        return _of_times(comparison, found, side, constant, kind)
    return None


def _of_negative(
    query: Query, reading: Reading, comparison: Comparison, side: exp.Neg
) -> Solved | None:
    """`-column < value` turned round."""
    found = reading.reference(side.this.unnest())
    values = [integer(value) for _, value in comparison.bounds]
    if found is None or family(query, found) != "integer" or not values or None in values:
        return None
    bounds = tuple(
        (TURNED[kind], number(-(integer(value) or 0))) for kind, value in comparison.bounds
    )
    return Solved(found, bounds, (f"{found.key} is a whole number",))


def _of_integers(
    query: Query, comparison: Comparison, found: Reference, side: exp.Expr, n: int | None
) -> Solved | None:
    first = found.node is side.this.unnest()
    bounds: list[tuple[Kind, int]] = []
    for kind, value in comparison.bounds:
        k = integer(value)
        if n is None or k is None:
            return None
        bounds += _whole(side, first, n, kind, k)
    if not bounds or any(abs(value) > _LARGEST for _, value in bounds):
        return None
    if query.target.dialect != "postgresql":
        return Solved(found, tuple((kind, number(value)) for kind, value in bounds), ())
    condition = f"{found.key} is {found.column.type}, and so are the numbers"
    if isinstance(side, exp.Div):
        condition += f", and division by {n} drops the rest"
    return Solved(found, tuple((kind, number(value)) for kind, value in bounds), (condition,))


def _whole(side: exp.Expr, first: bool, n: int, kind: Kind, k: int) -> Iterator[tuple[Kind, int]]:
    if isinstance(side, exp.Add):
        yield kind, k - n
    elif isinstance(side, exp.Sub):
        yield (kind, k + n) if first else (TURNED[kind], n - k)
    elif isinstance(side, exp.Mul) and n != 0:
        yield from _multiplied(n, kind, k)
    elif isinstance(side, exp.Div) and first and n not in (0, -1):
        yield from _divided(n, kind, k)


def _multiplied(n: int, kind: Kind, k: int) -> Iterator[tuple[Kind, int]]:
    if n < 0:
        n, k, kind = -n, -k, TURNED[kind]
    if kind is exp.EQ and k % n:
        return
    rounded_up = kind in (exp.GTE, exp.LT)
    yield kind, -(-k // n) if rounded_up else k // n


def _divided(n: int, kind: Kind, k: int) -> Iterator[tuple[Kind, int]]:
    if n < 0:
        n, k, kind = -n, -k, TURNED[kind]

    def least(quotient: int) -> int:
        return quotient * n if quotient > 0 else (quotient - 1) * n + 1

    if kind in (exp.GTE, exp.EQ):
        yield exp.GTE, least(k)
    if kind is exp.GT:
        yield exp.GTE, least(k + 1)
    if kind in (exp.LTE, exp.EQ):
        yield exp.LT, least(k + 1)
    if kind is exp.LT:
        yield exp.LT, least(k)


def _of_times(
    comparison: Comparison, found: Reference, side: exp.Expr, constant: exp.Expr, kind: str
) -> Solved | None:
    first = found.node is side.this.unnest()
    if isinstance(constant, exp.Interval):
        if isinstance(side, exp.Sub) and not first:
            return None
        return _moved(comparison, found, side, constant, kind)
    days = integer(constant)
    if kind == "date" and days is not None and (first or isinstance(side, exp.Add)):
        return _of_days(comparison, found, side, days)
    if isinstance(side, exp.Sub) and _is_time(constant):
        return _apart(comparison, found, constant, kind, first)
    return None


def _of_days(comparison: Comparison, found: Reference, side: exp.Expr, days: int) -> Solved | None:
    """`column + 30 < day`, with the days on the other side."""
    back = exp.Sub if isinstance(side, exp.Add) == (days >= 0) else exp.Add
    bounds: list[Bound] = []
    for each, value in comparison.bounds:
        literal = isinstance(value, exp.Literal) and value.is_string
        if not literal and not _is_zoneless(value):
            return None
        day = exp.cast(value.copy(), "date") if literal else value.copy()
        bounds.append((each, back(this=day, expression=number(abs(days)))))
    if any(value.find(exp.Cast) and not _is_dated(value.this) for _, value in bounds):
        return None
    return Solved(found, tuple(bounds), (f"{found.key} is a date, and days are whole",))


def _is_dated(node: exp.Expr) -> bool:
    return isinstance(node, exp.CurrentDate) or (
        isinstance(node, exp.Cast) and bool(node.to.is_type("date"))
    )


def _moved(
    comparison: Comparison, found: Reference, side: exp.Expr, step: exp.Interval, kind: str
) -> Solved | None:
    """`column + interval < value`, with the interval on the other side."""
    size = _hours(step)
    if size is None or kind == "date" or any(not _is_time(v) for _, v in comparison.bounds):
        return None
    back = exp.Sub if isinstance(side, exp.Add) else exp.Add
    bounds = tuple(
        (each, back(this=value.copy(), expression=step.copy())) for each, value in comparison.bounds
    )
    alike = all(_is_zoneless(value) == (kind == "timestamp") for _, value in comparison.bounds)
    if alike and (kind == "timestamp" or not _is_days(step)):
        return Solved(found, bounds, (f"{step.sql('postgres').lower()} is always as long",))
    changes = "rows within an hour of the bound may be others when the clock changed meanwhile"
    return Solved(found, bounds, (), changes)


def _apart(
    comparison: Comparison, found: Reference, moment: exp.Expr, kind: str, first: bool
) -> Solved | None:
    """`moment - column < interval`: hours are compared, a day is 24 of them."""
    if kind == "date":
        return _days_apart(comparison, found, moment, first)
    bounds: list[Bound] = []
    for each, value in comparison.bounds:
        size = _hours(value) if isinstance(value, exp.Interval) else None
        if size is None or (not float(size).is_integer() and _is_days(value)):
            return None
        step = _in_hours(value, size)
        if first:
            bounds.append((each, exp.Add(this=moment.copy(), expression=step)))
        else:
            bounds.append((TURNED[each], exp.Sub(this=moment.copy(), expression=step)))
    why = "a difference of two times is compared in hours, a day being 24 of them"
    alike = _is_zoneless(moment) == (kind == "timestamp")
    changes = "" if alike else "one time has a zone and the other none: an hour when clocks change"
    return Solved(found, tuple(bounds), (why,) if alike else (), changes)


def _days_apart(
    comparison: Comparison, found: Reference, moment: exp.Expr, first: bool
) -> Solved | None:
    is_date = isinstance(moment, exp.CurrentDate) or (
        isinstance(moment, exp.Cast) and moment.to.is_type("date")
    )
    bounds: list[Bound] = []
    for each, value in comparison.bounds:
        days = integer(value)
        if days is None or not is_date:
            return None
        way = exp.Add if (days >= 0) == first else exp.Sub
        kind = each if first else TURNED[each]
        bounds.append((kind, way(this=moment.copy(), expression=number(abs(days)))))
    return Solved(found, tuple(bounds), (f"{found.key} is a date: a difference is whole days",))


def _is_time(node: exp.Expr) -> bool:
    node = node.unnest()
    if isinstance(node, (exp.Add, exp.Sub)) and isinstance(node.expression, exp.Interval):
        return _is_time(node.this)
    return isinstance(node, _TIMES) or (
        isinstance(node, exp.Cast) and node.to.is_type("timestamp", "timestamptz", "date")
    )


def _is_zoneless(node: exp.Expr) -> bool:
    node = node.unnest()
    if isinstance(node, (exp.Add, exp.Sub)) and isinstance(node.expression, exp.Interval):
        return _is_zoneless(node.this)
    return isinstance(node, exp.CurrentDate) or (
        isinstance(node, exp.Cast) and node.to.is_type("timestamp", "date")
    )


def _is_days(step: exp.Expr) -> bool:
    unit = step.args.get("unit")
    return isinstance(unit, exp.Var) and str(unit.this).upper() in ("DAY", "WEEK")


def _hours(step: exp.Interval) -> float | None:
    """How long an interval is; None for months, whose length is not one."""
    unit = step.args.get("unit")
    text = str(step.this.this) if isinstance(step.this, exp.Literal) else ""
    name = str(unit.this).upper() if isinstance(unit, exp.Var) else ""
    each = {**_HOURS, "DAY": 24.0, "WEEK": 168.0}.get(name.removesuffix("S"))
    return int(text) * each if each is not None and text.isdigit() else None


def _in_hours(step: exp.Expr, size: float) -> exp.Expr:
    """An interval of days as one of hours, which no change of the clock stretches."""
    if not _is_days(step):
        return step.copy()
    return exp.Interval(this=exp.Literal.string(f"{size:.0f}"), unit=exp.var("HOUR"))
