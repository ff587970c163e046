"""Conditions of a WHERE, in sqlglot's trees: whether they name rows, or ask for a kind of them.

The same as `dialects/postgresql/conditions.py`, for the databases whose grammar sqlglot reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlglot import expressions as exp

_ONE_SIDED = (exp.LT, exp.LTE, exp.GT, exp.GTE)
_ALL_BUT = (exp.NEQ, exp.NullSafeNEQ)


def open_ended(condition: Any) -> bool:
    """Whether nothing in a condition says how many rows meet it.

    It asks for NULLs, for all on one side of a value, for all but some, or joins another table. A
    value, a list, a pattern, two bounds of one column and a subquery name rows.
    """
    found = condition.unnest()
    if isinstance(found, exp.Or):
        return any(map(open_ended, found.flatten()))
    if isinstance(found, exp.And):
        asked = [part for part in found.flatten() if not trivially_true(part)]
        return all(map(open_ended, asked)) and not _has_two_bounds(asked)
    return not found.find(exp.Query) and (_is_null_test(found) or _compares_openly(found))


def compared(condition: Any) -> tuple[str, ...]:
    """The columns that an open-ended condition holds against a value, or wants to be there."""
    return tuple(dict.fromkeys(_compared(condition)))


def trivially_true(condition: Any) -> bool:
    """Whether a condition is met by every row: `1 = 1`, `true`."""
    if isinstance(condition, exp.Paren):
        return trivially_true(condition.this)
    if isinstance(condition, exp.EQ):
        both = (condition.this, condition.expression)
        return all(isinstance(side, exp.Literal) for side in both) and both[0] == both[1]
    if isinstance(condition, exp.Literal):
        return not condition.is_string and condition.name not in ("0", "0.0")
    return isinstance(condition, exp.Boolean) and bool(condition.this)


def _compared(condition: Any) -> Iterator[str]:
    for found in condition.find_all(exp.Not, *_ONE_SIDED, *_ALL_BUT):
        inner = found.this.unnest() if isinstance(found, exp.Not) else found
        if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
            yield from _columns(inner)
        elif _compares_openly(found):
            sides = (_columns(inner.this), _columns(inner.expression))
            if not all(sides):
                yield from (*sides[0], *sides[1])


def _is_null_test(found: Any) -> bool:
    inner = found.this.unnest() if isinstance(found, exp.Not) else found
    return isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null)


def _compares_openly(found: Any) -> bool:
    if isinstance(found, exp.Not):
        return isinstance(found.this.unnest(), exp.In)
    return isinstance(found, (*_ONE_SIDED, *_ALL_BUT)) or _joins(found)


def _joins(found: Any) -> bool:
    """Whether two columns of two tables are held against each other."""
    if not isinstance(found, exp.EQ):
        return False
    sides = [side for side in (found.this, found.expression) if isinstance(side, exp.Column)]
    owners = {side.table for side in sides}
    return len(sides) == 2 and len(owners) == 2 and "" not in owners


def _has_two_bounds(parts: list[Any]) -> bool:
    bounds = (part.unnest() for part in parts)
    sides = Counter(_columns(part) for part in bounds if isinstance(part, _ONE_SIDED))
    return any(count > 1 for count in sides.values())


def _columns(tree: Any) -> tuple[str, ...]:
    return tuple(column.name for column in tree.find_all(exp.Column)) if tree else ()
