"""What keeps the values of a column right: limits, lengths, codes, what must never be."""

from __future__ import annotations

from dbwright.core.brief import BriefAttribute, Scalar
from dbwright.core.claim import ProbeValue
from dbwright.core.identifiers import string_literal
from dbwright.recipes.design import names
from dbwright.recipes.design.parts import Check, Column, Plan, Table

_FIRST_OUT = {">": 0, ">=": -1, "<=": 1, "<": 0}
_FIRST_IN = {">": 1, ">=": 0, "<=": 0, "<": -1}
_NUMBERS = ("integer", "decimal", "money", "percent", "float", "latitude", "longitude")


def code(name: str, length: int, database: str, *, upper: bool) -> Check:
    """Gives the check of a code of so many letters."""
    column = names.quoted(name, database)
    sql = f"length({column}) = {length}"
    good, bad = "EUR"[:length] if length == 3 else "DE", "E"
    if upper:
        sql += f" AND {column} = upper({column})"
    return Check(f"{name}_code", sql, ({name: bad},), ({name: good},))


def add(plan: Plan, table: Table, column: Column, attribute: BriefAttribute) -> None:
    """Adds the checks of the values of a column."""
    kind = attribute.type
    if attribute.encrypted or kind in ("password", "token"):
        return
    if kind in ("currency", "country"):
        length = 3 if kind == "currency" else 2
        table.checks.append(code(column.name, length, plan.database, upper=True))
    limits = bounds(attribute)
    if kind in _NUMBERS:
        _value_check(plan, table, column, limits, attribute)
    elif kind in ("string", "text", "slug", "phone", "url"):
        _length_check(plan, table, column, limits)
    if attribute.never:
        _never_check(plan, table, column, attribute)


def bounds(attribute: BriefAttribute) -> list[tuple[str, float]]:
    """Gives the limits of an attribute, with those that its type brings."""
    low, high = attribute.minimum, attribute.maximum
    between = {"percent": 100.0, "latitude": 90.0, "longitude": 180.0}.get(attribute.type)
    if between is not None:
        if low is None and attribute.above is None:
            low = 0.0 if attribute.type == "percent" else -between
        if high is None and attribute.below is None:
            high = between
    found = [(">", attribute.above), (">=", low), ("<=", high), ("<", attribute.below)]
    return [(sign, value) for sign, value in found if value is not None]


def _value_check(
    plan: Plan,
    table: Table,
    column: Column,
    bounds: list[tuple[str, float]],
    attribute: BriefAttribute,
) -> None:
    if not bounds:
        return
    name = names.quoted(column.name, plan.database)
    sql = " AND ".join(f"{name} {sign} {number(value)}" for sign, value in bounds)
    low = next((pair for pair in bounds if pair[0] in (">", ">=")), None)
    high = next((pair for pair in bounds if pair[0] in ("<", "<=")), None)
    if low and high and (low[0], high[0]) == (">=", "<="):
        sql = f"{name} BETWEEN {number(low[1])} AND {number(high[1])}"
    step = _step(attribute)
    refuses = [{column.name: _outside(pair, step)} for pair in (low, high) if pair]
    accepts = [
        {column.name: value}
        for pair in (low, high)
        if pair and (value := _inside(pair, step)) not in attribute.never
    ]
    table.checks.append(
        Check(_bound_name(column.name, low, high), sql, tuple(refuses), tuple(accepts))
    )


def _bound_name(name: str, low: tuple[str, float] | None, high: tuple[str, float] | None) -> str:
    if low and not high and low[1] == 0:
        return f"{name}_positive" if low[0] == ">" else f"{name}_not_negative"
    return f"{name}_in_range" if low and high else f"{name}_{'minimum' if low else 'maximum'}"


def _step(attribute: BriefAttribute) -> float:
    if attribute.type == "integer":
        return 1
    scale = attribute.scale if attribute.scale is not None else 2
    return 1 if scale == 0 else 10.0**-scale


def _outside(bound: tuple[str, float], step: float) -> ProbeValue:
    sign, value = bound
    moved = {">": value, ">=": value - step, "<": value, "<=": value + step}[sign]
    return _value(moved)


def _inside(bound: tuple[str, float], step: float) -> ProbeValue:
    sign, value = bound
    moved = {">": value + step, ">=": value, "<": value - step, "<=": value}[sign]
    return _value(moved)


def _value(value: float) -> ProbeValue:
    found = round(value, 8)
    return int(found) if found == int(found) else found


def number(value: float) -> str:
    """Gives a number as it stands in SQL."""
    return str(int(value)) if value == int(value) else repr(value)


def _length_check(
    plan: Plan, table: Table, column: Column, bounds: list[tuple[str, float]]
) -> None:
    kept = [(sign, value) for sign, value in bounds if column.sql == "Text" or sign in (">", ">=")]
    if not kept:
        return
    name = names.quoted(column.name, plan.database)
    sql = " AND ".join(f"length({name}) {sign} {number(value)}" for sign, value in kept)
    low = next((pair for pair in kept if pair[0] in (">", ">=")), None)
    high = next((pair for pair in kept if pair[0] in ("<", "<=")), None)
    refuses: list[dict[str, ProbeValue]] = []
    accepts: list[dict[str, ProbeValue]] = []
    for pair in (low, high):
        if pair:
            refuses.append({column.name: "x" * max(0, int(pair[1] + _FIRST_OUT[pair[0]]))})
            accepts.append({column.name: "x" * int(pair[1] + _FIRST_IN[pair[0]])})
    table.checks.append(Check(f"{column.name}_length", sql, tuple(refuses), tuple(accepts)))


def _never_check(plan: Plan, table: Table, column: Column, attribute: BriefAttribute) -> None:
    name = names.quoted(column.name, plan.database)
    values = [scalar_sql(value, plan.database) for value in attribute.never]
    sql = f"{name} <> {values[0]}" if len(values) == 1 else f"{name} NOT IN ({', '.join(values)})"
    ending = "not_zero" if values == ["0"] else "never"
    refuses = tuple({column.name: _as_probe(value)} for value in attribute.never)
    accepts = ({column.name: _allowed(attribute)},)
    table.checks.append(Check(f"{column.name}_{ending}", sql, refuses, accepts))


def _as_probe(value: Scalar) -> ProbeValue:
    return _value(value) if isinstance(value, float) else value


def _allowed(attribute: BriefAttribute) -> ProbeValue:
    """A value within the limits that is none of those that must not be."""
    limits, step = bounds(attribute), _step(attribute)
    if attribute.type in _NUMBERS:
        start = next((_inside(pair, step) for pair in limits), 1)
        assert isinstance(start, int | float)
        away = -step if limits and limits[0][0] in ("<", "<=") else step
        count = len(attribute.never) + 1
        tries: list[ProbeValue] = [_value(start + away * number) for number in range(count)]
    else:
        least = next((int(v) + (sign == ">") for sign, v in limits if sign in (">", ">=")), 1)
        tries = [letter * max(least, 1) for letter in "abcdefghijklmnopqrstuvwxyz"]
    return next(value for value in tries if value not in attribute.never)


def scalar_sql(value: Scalar | None, database: str) -> str:
    """Gives a value of a condition as it stands in SQL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(float(value))
    return string_literal(str(value))
