"""Other words for a day, a month or a year of a time, as one rule knows them."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

_KINDS = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BEGINNING = re.compile(r"(\d{4})-(?:(\d{2})(?:-(\d{2}))?-?)?%")
_FORMS = {
    "%Y-%m-%d": re.compile(r"(\d{4})-(\d{2})-(\d{2})"),
    "%Y%m%d": re.compile(r"(\d{4})(\d{2})(\d{2})"),
    "%Y-%m": re.compile(r"(\d{4})-(\d{2})"),
    "%Y%m": re.compile(r"(\d{4})(\d{2})"),
    "%Y": re.compile(r"(\d{4})"),
}
_UNITS = {2: "MONTH", 1: "YEAR"}


def _written(node: exp.Expr) -> exp.Expr | None:
    """to_char(x, 'YYYY-MM-DD') = '2024-05-01' as x::date, 'YYYY-MM' as date_trunc('month', x)."""
    if not isinstance(node, _KINDS):
        return None
    held, value = node.this.unnest(), node.expression.unnest()
    if not isinstance(held, exp.TimeToStr) or not isinstance(value, exp.Literal):
        return None
    form = _FORMS.get(held.args["format"].name)
    found = form.fullmatch(value.name) if form is not None else None
    return _of_parts(type(node), held.this, found.groups()) if found is not None else None


def _of_parts(kind: type[exp.Expr], inner: exp.Expr, parts: tuple[str, ...]) -> exp.Expr:
    """A comparison of the day, the month or the year of a time."""
    day = exp.Literal.string("-".join([*parts, "01", "01"][:3]))
    if len(parts) == 3:
        return kind(this=exp.cast(inner.copy(), "date"), expression=exp.cast(day, "date"))
    made = exp.TimestampTrunc(this=inner.copy(), unit=exp.var(_UNITS[len(parts)]))
    return kind(this=made, expression=day)


def _begins(node: exp.Expr) -> exp.Expr | None:
    """`x::text LIKE '2024-05-01%'` as x::date, of a month or a year as date_trunc()."""
    if not isinstance(node, exp.Like) or not isinstance(node.expression, exp.Literal):
        return None
    held = node.this.unnest()
    if not isinstance(held, exp.Cast) or not held.to.is_type(*exp.DataType.TEXT_TYPES):
        return None
    found = _BEGINNING.fullmatch(node.expression.name)
    if found is None:
        return None
    parts = tuple(each for each in found.groups() if each is not None)
    return _of_parts(exp.EQ, held.this, parts)


def _day_of_a_zone(node: exp.Expr) -> exp.Expr | None:
    """`(x AT TIME ZONE z)::date = day` as date_trunc('day', x AT TIME ZONE z) = day."""
    if not isinstance(node, _KINDS):
        return None
    held, value = node.this.unnest(), node.expression.unnest()
    if isinstance(value, exp.Cast):
        value = value.this.unnest()
    if not isinstance(held, exp.Cast) or not held.to.is_type("date"):
        return None
    inner = held.this.unnest()
    text = value.name if isinstance(value, exp.Literal) and value.is_string else ""
    if not isinstance(inner, exp.AtTimeZone) or not _DAY.fullmatch(text):
        return None
    made = exp.TimestampTrunc(this=inner.copy(), unit=exp.var("DAY"))
    return type(node)(this=made, expression=exp.cast(exp.Literal.string(text), "timestamp"))


FORMS: tuple[Callable[[exp.Expr], exp.Expr | None], ...] = (_written, _begins, _day_of_a_zone)
