"""Constants of a statement that stand for whole numbers or texts of another type."""

from __future__ import annotations

import decimal
import math
import re

from sqlglot import exp

from dbwright.recipes.queries.comparisons import Kind, number

_NUMBERS = ("decimal", "double", "float")
_EXACT = 2**53
"""Above it a double is several whole numbers at once."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def broken(node: exp.Expr) -> tuple[decimal.Decimal, bool] | None:
    """Gives the value of a numeric constant, and whether it is a float; None for others.

    A cast with a precision is none: it rounds. A whole number without a cast is no fraction.
    """
    floating = False
    if isinstance(node, exp.Cast):
        if not node.to.is_type(*_NUMBERS) or node.to.expressions:
            return None
        floating = not node.to.is_type("decimal")
        node = node.this.unnest()
        text = str(node.this) if isinstance(node, exp.Literal) else ""
    else:
        text = str(node.this) if isinstance(node, exp.Literal) and not node.is_string else ""
        if not re.search(r"[.eE]", text):
            return None
    try:
        value = decimal.Decimal(text)
    except decimal.InvalidOperation:
        return None
    if not value.is_finite() or (floating and abs(value) >= _EXACT):
        return None
    return value, floating


def whole_bound(kind: Kind, value: decimal.Decimal, largest: int) -> exp.Expr | None:
    """Gives the whole number that bounds the same whole numbers as a broken one.

    None for an equality that is never true, and for a bound beyond the type's values.
    """
    if kind is exp.EQ and value != value.to_integral_value():
        return None
    up = kind in (exp.GTE, exp.LT)
    found = math.ceil(value) if up else math.floor(value)
    return number(found) if abs(found) <= largest else None


def as_printed(text: str, family: str) -> exp.Expr | None:
    """Gives the constant whose text is given, as its type prints it and in no other way."""
    if family == "integer" and re.fullmatch(r"0|-?[1-9][0-9]*", text):
        return number(int(text))
    if family == "uuid" and _UUID.fullmatch(text):
        return exp.Literal.string(text)
    return None
