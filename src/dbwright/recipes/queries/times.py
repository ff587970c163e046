"""Comparisons of a time that is cut to a day, a month or a year, as ranges of the bare column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from dbwright.core.query import Query
from dbwright.recipes.queries import calendar
from dbwright.recipes.queries.bare_column import Change, change
from dbwright.recipes.queries.comparisons import (
    Comparison,
    both,
    comparisons,
    family,
    integer,
    only_column,
    string,
)
from dbwright.recipes.queries.reading import Block, Reading, Reference

_DATES = (exp.Date, exp.TsOrDsToDate)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Cut:
    """A column cut to a unit, in the zone of a name, of the session ("") or in none (None)."""

    found: Reference
    unit: str
    zone: str | None


def ranged(query: Query, reading: Reading, comparison: Comparison) -> Change | None:
    """Gives the range that a comparison of a cut time comes to; None where it is not certain."""
    inner, unit = _unit(comparison.side)
    cut = _cut(query, reading, inner, unit)
    if cut is None:
        return None
    parts: list[exp.Expr] = []
    moments: list[calendar.Edges] = []
    for kind, value in comparison.bounds:
        known = calendar.moment(string(value))
        if known is None:
            return _of_a_day(comparison, cut) if query.target.dialect == "postgresql" else None
        found = calendar.edges(kind, known, cut.unit)
        if found is None:
            return None
        moments.append(found)
    for each in moments:
        parts += [
            kind(this=cut.found.node.copy(), expression=_spelled(calendar.literal(end), cut.zone))
            for kind, end in each.bounds
        ]
    conditions = _conditions(query, cut, moments)
    if conditions is None:
        return None
    return change(comparison, cut.found, parts, *conditions)


def of_plain_days(query: Query, reading: Reading, comparison: Comparison) -> Change | None:
    """Gives the range of a DATETIME that is compared with whole days, in MySQL and MariaDB.

    They do not cut a text with an hour to its day, nor has a TIMESTAMP one day in every zone.
    """
    found = only_column(reading, comparison.side)
    texts = [string(value) or "" for _, value in comparison.bounds]
    plain = all(_DAY.fullmatch(text) for text in texts)
    if found is None or not plain or family(query, found) not in ("timestamp", "date"):
        return None
    return ranged(query, reading, comparison)


def _cut(query: Query, reading: Reading, inner: exp.Expr | None, unit: str | None) -> Cut | None:
    if unit is None or inner is None:
        return None
    zone = None
    if isinstance(inner, exp.AtTimeZone):
        zone = string(inner.args.get("zone"))
        inner = inner.this.unnest()
        if zone is None:
            return None
    found = reading.reference(inner)
    if found is None:
        return None
    kind = family(query, found)
    if kind == "timestamptz":
        return Cut(found, unit, zone or "")
    fine = kind == "timestamp" or (kind == "date" and unit not in ("HOUR", "MINUTE", "SECOND"))
    return Cut(found, unit, None) if fine and zone is None else None


def _unit(side: exp.Expr) -> tuple[exp.Expr | None, str | None]:
    if isinstance(side, exp.Cast) and side.to.is_type("date"):
        inner = side.this.unnest()
        deeper, unit = _unit(inner)
        return (deeper, unit) if unit not in (None, "HOUR", "MINUTE") else (inner, "DAY")
    if isinstance(side, _DATES) and not side.args.get("zone"):
        return side.this.unnest(), "DAY"
    if isinstance(side, exp.TimestampTrunc) and not side.args.get("zone"):
        unit = str(side.args["unit"].name or side.args["unit"].this).upper()
        return side.this.unnest(), unit if unit in calendar.UNITS else None
    return None, None


def _spelled(text: str, zone: str | None) -> exp.Expr:
    literal = exp.Literal.string(text)
    if not zone:
        return literal
    return exp.AtTimeZone(this=exp.cast(literal, "timestamp"), zone=exp.Literal.string(zone))


def _conditions(
    query: Query, cut: Cut, moments: Sequence[calendar.Edges]
) -> tuple[str, ...] | None:
    """Why the rows are the same; empty where only a run can tell, None where they may not be."""
    if cut.zone is None:
        return (f"{cut.found.key} is a {cut.found.column.type}",)
    name = cut.zone or query.settings.get("TimeZone")
    if name is None:
        return ()
    if not all(each.are_moments(name) for each in moments):
        return None
    return (f"each end of the range is one moment in {name}",)


def _of_a_day(comparison: Comparison, cut: Cut) -> Change | None:
    """The range of a day that is not written out: today's, or a parameter's."""
    if cut.unit != "DAY" or cut.zone:
        return None
    cast = not isinstance(comparison.side, exp.TimestampTrunc)
    parts: list[exp.Expr] = []
    for kind, value in comparison.bounds:
        parameter = isinstance(value, (exp.Placeholder, exp.Parameter)) and cast
        if not parameter and not _is_day(value):
            return None
        day = exp.cast(value.copy(), "date") if parameter else value.copy()
        after = exp.Add(this=day.copy(), expression=exp.Literal.number(1))
        column = cut.found.node
        if kind in (exp.GTE, exp.EQ, exp.LT):
            part = exp.LT if kind is exp.LT else exp.GTE
            parts.append(part(this=column.copy(), expression=day.copy()))
        if kind in (exp.GT, exp.LTE, exp.EQ):
            part = exp.GTE if kind is exp.GT else exp.LT
            parts.append(part(this=column.copy(), expression=after))
    why = (f"{cut.found.key} is a {cut.found.column.type}",) if cut.zone is None else ()
    return change(comparison, cut.found, parts, *why)


def _is_day(node: exp.Expr) -> bool:
    """Whether an expression is a date: today, so many days from it, or what is cast to one."""
    node = node.unnest()
    if isinstance(node, (exp.Add, exp.Sub)):
        return _is_day(node.this) and integer(node.expression) is not None
    dated = isinstance(node, exp.Cast) and node.to.is_type("date")
    return dated or isinstance(node, exp.CurrentDate)


def listed_days(query: Query, reading: Reading, comparison: Comparison) -> Change | None:
    """Gives `x::date IN (day, …)` as one range for each day."""
    node = comparison.node
    if not isinstance(node, exp.In) or not node.expressions or len(node.expressions) > 31:
        return None
    arms: list[exp.Expr] = []
    found: Change | None = None
    for each in node.expressions:
        one = Comparison(node, comparison.side, ((exp.EQ, each),))
        found = ranged(query, reading, one)
        if found is None:
            return None
        arms.append(both(*found.parts))
    if found is None:
        return None
    whole = exp.paren(exp.or_(*arms, copy=False), copy=False) if len(arms) > 1 else arms[0]
    return change(comparison, found.found, [whole], *found.conditions)


def years(query: Query, reading: Reading, block: Block) -> Iterator[Change]:
    """Gives `extract(year FROM column) = …`, with the month beside it, as a range."""
    asked: dict[str, dict[str, tuple[exp.Expr, int]]] = {}
    cuts: dict[str, Cut] = {}
    for each in comparisons(block):
        side = each.side
        value = integer(each.bounds[0][1]) if each.is_equality else None
        part, inner = _part(side)
        if inner is None or value is None:
            continue
        cut = _cut(query, reading, inner.unnest(), "YEAR")
        if part in ("YEAR", "MONTH") and cut is not None:
            name = inner.sql()
            cuts[name] = cut
            asked.setdefault(name, {}).setdefault(part, (each.node, value))
    for name, parts in asked.items():
        if "YEAR" in parts:
            found = _of_years(query, cuts[name], parts)
            if found is not None:
                yield found


def _part(side: exp.Expr) -> tuple[str, exp.Expr | None]:
    """Gives which part of a time an expression is, and of what: extract(year FROM x), year(x)."""
    if isinstance(side, exp.Extract):
        return str(side.this.name or side.this.this).upper(), side.expression
    if isinstance(side, (exp.Year, exp.Month)):
        inner = side.this
        plain = isinstance(inner, exp.TsOrDsToDate) and not inner.args.get("format")
        return type(side).__name__.upper(), inner.this if plain else inner
    return "", None


def _of_years(query: Query, cut: Cut, parts: dict[str, tuple[exp.Expr, int]]) -> Change | None:
    unit = "MONTH" if "MONTH" in parts else "YEAR"
    month = parts["MONTH"][1] if unit == "MONTH" else 1
    first = calendar.moment(f"{parts['YEAR'][1]:04}-{month:02}-01")
    if first is None:
        return None
    found = calendar.edges(exp.EQ, first, unit)
    conditions = _conditions(query, cut, [found]) if found is not None else None
    if found is None or conditions is None:
        return None
    made = tuple(
        kind(this=cut.found.node.copy(), expression=_spelled(calendar.literal(end), cut.zone))
        for kind, end in found.bounds
    )
    (first_node, *others) = (node for node, _ in parts.values())
    pairs = ((first_node, both(*made)), *((node, exp.true()) for node in others))
    return Change(cut.found, first_node.this.unnest(), pairs, made, conditions)
