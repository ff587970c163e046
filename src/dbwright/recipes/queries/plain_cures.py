"""Conditions on a bare column in place of CASE, COALESCE, IS TRUE or IS NOT DISTINCT FROM.

They are true for the same rows: in a filter what is NULL counts as false.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from dbwright.recipes.queries.comparisons import TURNED
from dbwright.recipes.queries.plain_conditions import (
    are_two,
    arm_of,
    bare,
    joined,
    negated,
    null_of,
    plain,
    truth,
    valued,
)

Apart = Callable[[exp.Expr, exp.Expr, exp.Expr], bool]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INFINITY = ("infinity", "-infinity")


def cured(node: exp.Expr, apart: Apart | None = None) -> exp.Expr | None:
    """Gives a condition on the bare column in place of CASE, COALESCE or IS NOT DISTINCT FROM.

    It is true for the same rows; None for one that is none of them. `apart` says whether two
    constants are different values of the type of an expression, where their text does not.
    """
    turned = plain(node)
    found = next((made for form in _CURES if (made := form(turned)) is not None), None)
    if found is None and apart is not None:
        found = _without_default(turned, apart)
    return plain(found) if found is not None else None


def _case(node: exp.Expr) -> exp.Expr | None:
    """`CASE WHEN c THEN 1 ELSE 0 END = 1` as `c`."""
    found = arm_of(node)
    if found is None or not isinstance(node, exp.EQ):
        return None
    asked, yes, no = found
    if yes == node.expression and are_two(no, node.expression):
        return bare(asked).copy()
    return None


def _case_alone(node: exp.Expr) -> exp.Expr | None:
    """`CASE WHEN c THEN true ELSE d END` as `c OR d`, with false as `d AND c IS NOT TRUE`."""
    if not isinstance(node, exp.Case) or len(node.args["ifs"]) != 1 or node.this is not None:
        return None
    (arm,) = node.args["ifs"]
    value, otherwise = arm.args["true"], node.args.get("default") or exp.false()
    if not isinstance(value, exp.Boolean):
        return None
    if value.this:
        idle = isinstance(otherwise, exp.Boolean) and not otherwise.this
        return arm.this.copy() if idle else joined(exp.Or, [arm.this.copy(), otherwise.copy()])
    if null_of(arm.this) is None:
        return None
    return joined(exp.And, [negated(arm.this), otherwise.copy()])


def _is_true(node: exp.Expr) -> exp.Expr | None:
    """`(condition) IS TRUE` as the condition."""
    return truth(node) if isinstance(node, exp.Is) else None


def _distinct_from(node: exp.Expr) -> exp.Expr | None:
    """`x IS NOT DISTINCT FROM value` as an equality."""
    if not isinstance(node, exp.NullSafeEQ):
        return None
    for one, other in ((node.this, node.expression), (node.expression, node.this)):
        value = valued(other)
        if isinstance(value, (exp.Literal, exp.Boolean)):
            return exp.EQ(this=one.copy(), expression=other.copy())
    return None


def _default(node: exp.Expr) -> exp.Expr | None:
    """`coalesce(x, d) > v` with what d answers: `x > v`, or `x > v OR x IS NULL`."""
    if type(node) not in TURNED or not isinstance(node.this.unnest(), exp.Coalesce):
        return None
    held = node.this.unnest()
    if len(held.expressions) != 1 or not isinstance(bare(held.this), exp.Column):
        return None
    answer = _answer(type(node), held.expressions[0], node.expression)
    if answer is None:
        return None
    without = type(node)(this=held.this.copy(), expression=node.expression.copy())
    if not answer:
        return without
    return joined(exp.Or, [without, exp.Is(this=held.this.copy(), expression=exp.Null())])


def _without_default(node: exp.Expr, apart: Apart) -> exp.Expr | None:
    """`coalesce(x, d) = v` and `IN (v, …)` as a condition on x, where d is none of the values."""
    held = node.this.unnest() if isinstance(node, (exp.EQ, exp.In)) else None
    if not isinstance(held, exp.Coalesce) or len(held.expressions) != 1:
        return None
    wanted = node.expressions if isinstance(node, exp.In) else [node.expression]
    default = held.expressions[0]
    if not wanted or not all(apart(held.this, default, each) for each in wanted):
        return None
    made = node.copy()
    made.set("this", held.this.copy())
    return made


def _answer(kind: type[exp.Expr], default: exp.Expr, value: exp.Expr) -> bool | None:
    """Whether a default is in the relation to a value; None where the text does not tell."""
    one, other = valued(default), valued(value)
    if not isinstance(one, exp.Literal) or not isinstance(other, exp.Literal):
        return None
    if not one.is_string and not other.is_string:
        left, right = float(one.name), float(other.name)
    elif _days(one.name) is not None and _days(other.name) is not None:
        left, right = _days(one.name) or 0.0, _days(other.name) or 0.0
    elif one.name.lower() in _INFINITY and other.name.lower() not in _INFINITY:
        left, right = (1.0 if one.name.lower() == "infinity" else -1.0), 0.0
    else:
        return None
    answers: dict[type[exp.Expr], bool] = {
        exp.EQ: left == right, exp.GT: left > right, exp.GTE: left >= right,
        exp.LT: left < right, exp.LTE: left <= right,
    }  # fmt: skip
    return answers[kind]


def _days(text: str) -> float | None:
    """A day as a number that grows with it."""
    return float(text.replace("-", "")) if _DAY.fullmatch(text) else None


_CURES = (_case, _default, _distinct_from, _is_true, _case_alone)
