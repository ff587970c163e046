"""Conditions that a period, kept in two columns, contains a value or overlaps another period.

A row whose end lies before its start has no range, and meets no such condition on a value: CASE
leaves it out, so that neither the query nor the index fails on it. NULL is left out alike; a range
would take it for endless. https://www.postgresql.org/docs/current/rangetypes.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dbwright.core.query import Query
from dbwright.recipes.queries import calendar, tree
from dbwright.recipes.queries.comparisons import TURNED, Kind, family, integer, string
from dbwright.recipes.queries.reading import Block, Reading, Reference

RANGES = {
    "date": ("daterange", "date"),
    "timestamp": ("tsrange", "timestamp"),
    "timestamptz": ("tstzrange", "timestamptz"),
    "integer": ("numrange", "numeric"),
    "numeric": ("numrange", "numeric"),
}
_ABOVE, _BELOW = (exp.GT, exp.GTE), (exp.LT, exp.LTE)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two conditions: a column, how it is held, and against what."""

    node: exp.Expr
    found: Reference
    kind: Kind
    value: exp.Expr


@dataclass(frozen=True, slots=True)
class Period:
    """A condition on a period: its range as an index holds it, and the condition on that.

    `changes` says what rows are others, where some may be.
    """

    first: Side
    last: Side
    range: exp.Expr
    condition: exp.Expr
    conditions: tuple[str, ...]
    changes: str = ""


def periods(query: Query, reading: Reading, block: Block) -> Iterator[Period]:
    """Gives the pairs of conditions of a block that are one about a period."""
    sides = list(_sides(query, reading, block))
    used: set[int] = set()
    for first in sides:
        for last in sides:
            if first.kind not in _BELOW or last.kind not in _ABOVE:
                continue
            if {id(first.node), id(last.node)} & used:
                continue
            if first.found.source is not last.found.source or first.found.key == last.found.key:
                continue
            made = _period(query, reading, first, last)
            if made is not None:
                used |= {id(first.node), id(last.node)}
                yield made


def _sides(query: Query, reading: Reading, block: Block) -> Iterator[Side]:
    for node in block.conditions():
        if isinstance(node, exp.Between):
            pairs = [
                (node.args["low"], exp.LTE, node.this),
                (node.args["high"], exp.GTE, node.this),
            ]
        elif type(node) in (*_ABOVE, *_BELOW):
            kind: Kind = type(node)
            pairs = [
                (node.this, kind, node.expression),
                (node.expression, TURNED[kind], node.this),
            ]
        else:
            continue
        for column, kind, value in pairs:
            found = reading.reference(column.unnest())
            others = reading.references(value)
            if found is None or others is None or value.find(exp.Query):
                continue
            if family(query, found) in RANGES and all(o.source is not found.source for o in others):
                yield Side(node, found, kind, value.unnest())


def _period(query: Query, reading: Reading, first: Side, last: Side) -> Period | None:
    kind = family(query, first.found)
    if kind != family(query, last.found):
        return None
    name, subtype = RANGES[kind]
    start, end = first.found.node, last.found.node
    low, high = _typed(query, reading, last.value, kind), _typed(query, reading, first.value, kind)
    if low is None or high is None:
        return None
    if low.sql() == high.sql():
        bounds = ("[" if first.kind is exp.LTE else "(") + ("]" if last.kind is exp.GTE else ")")
        held = _range(name, subtype, kind, start, end, bounds, _is_ordered(first.found, last.found))
        condition = exp.ArrayContainsAll(this=held, expression=low)
        why = "a row whose end lies before its start meets neither form"
        return Period(first, last, held, condition, (why,))
    open_ = first.kind is exp.LT or last.kind is exp.GT
    if open_ and kind == "date":
        return None  # days are counted: the days between two neighbors are none
    bounds = ("[" if last.kind is exp.GTE else "(") + ("]" if first.kind is exp.LTE else ")")
    held = _range(name, subtype, kind, start, end, "[]", _is_ordered(first.found, last.found))
    ends = (reading.reference(last.value), reading.reference(first.value))
    known = _is_before(low, high, strictly=open_)
    if ends[0] is not None and ends[1] is not None:
        known = not open_ and ends[0].source is ends[1].source and _is_ordered(ends[0], ends[1])
    other = _range(name, subtype, kind, low, high, bounds, known)
    overlaps = exp.ArrayOverlaps(this=held, expression=other)
    if known and _is_ordered(first.found, last.found):
        why = f"{first.found.key} is never behind {last.found.key}, nor the other start its end"
        return Period(first, last, held, overlaps, (why,))
    changes = "a row whose end lies before its start overlaps nothing any longer"
    return Period(first, last, held, overlaps, (), changes)


def _range(
    name: str, subtype: str, kind: str, start: exp.Expr, end: exp.Expr, bounds: str, ordered: bool
) -> exp.Expr:
    ends = [start.copy(), end.copy()]
    if kind == "integer":
        ends = [exp.cast(each, subtype) for each in ends]
    made = exp.Anonymous(this=name, expressions=[*ends, exp.Literal.string(bounds)])
    if ordered:
        return made
    inside = exp.LTE(this=start.copy(), expression=end.copy())
    return exp.Case(ifs=[exp.If(this=inside, true=made)])


def _typed(query: Query, reading: Reading, value: exp.Expr, kind: str) -> exp.Expr | None:
    """A value as the range's own type; None where a cast could change it."""
    subtype = RANGES[kind][1]
    found = reading.reference(value)
    if found is not None:
        same = family(query, found) == kind
        return (
            (exp.cast(value.copy(), subtype) if kind == "integer" else value.copy())
            if same
            else None
        )
    if not tree.is_constant(value):
        return None
    if kind in ("integer", "numeric"):
        return exp.cast(value.copy(), subtype) if integer(value) is not None else None
    if isinstance(value, exp.Cast):
        return value.copy() if value.to.is_type(subtype) else None
    if isinstance(value, exp.Literal) and value.is_string:
        return exp.cast(value.copy(), subtype)
    now = isinstance(value, exp.CurrentTimestamp) and kind == "timestamptz"
    today = isinstance(value, exp.CurrentDate) and kind == "date"
    return value.copy() if now or today else None


def _is_before(low: exp.Expr, high: exp.Expr, *, strictly: bool) -> bool:
    """Whether a period's start is certain to be before its end."""
    if not low.find(exp.Column) and not high.find(exp.Column):
        ends = [calendar.moment(string(each)) for each in (low, high)]
        if ends[0] is not None and ends[1] is not None:
            return ends[0] < ends[1] or (ends[0] == ends[1] and not strictly)
    return False


def _is_ordered(first: Reference, last: Reference) -> bool:
    """Whether a CHECK keeps a period's start before its end, and neither is NULL."""
    known = not first.column.nullable and not last.column.nullable
    known = known and not first.source.optional
    return known and any(
        _orders(each.expression, first.column.name, last.column.name)
        for each in first.table.checks
        if each.validated
    )


def _orders(check: str, start: str, end: str) -> bool:
    try:
        found = sqlglot.parse_one(check, dialect="postgres")
    except SqlglotError:
        return False
    wanted = {
        (exp.LT, start, end),
        (exp.LTE, start, end),
        (exp.GT, end, start),
        (exp.GTE, end, start),
    }
    return any(
        (type(each), each.this.name, each.expression.name) in wanted
        for each in tree.conjuncts(found)
        if isinstance(each, (*_ABOVE, *_BELOW))
        and isinstance(each.this, exp.Column)
        and isinstance(each.expression, exp.Column)
    )
