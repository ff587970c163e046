"""Values aimed at what the CHECK constraints of a column ask for."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from dbwright.scratch import rows_pattern, rows_values
from dbwright.scratch.rows_checks import Hint
from dbwright.scratch.rows_types import Shape
from dbwright.scratch.rows_values import FLAVORS, Wish

_NUMBERS = ("smallint", "integer", "bigint", "numeric", "float")
_TEXTS = ("text", "varchar", "char")
_MOMENTS = ("timestamp", "timestamptz")


def aimed(shape: Shape, wish: Wish, hint: Hint | None) -> Any:
    """Gives a value of the shape that the hint admits, or the nearest that was found."""
    if hint is None:
        return rows_values.value(shape, wish)
    if hint.choices:
        return _choice(shape, wish, hint)
    found = None
    for flavor in (wish.flavor, *FLAVORS):
        found = _fitted(shape, replace(wish, flavor=flavor), hint)
        if found not in hint.excluded:
            return found
    return found


def _choice(shape: Shape, wish: Wish, hint: Hint) -> Any:
    choices = [item for item in hint.choices or () if item not in hint.excluded]
    choices = choices or list(hint.choices or ())
    return coerced(choices[wish.n % len(choices)], shape)


def _fitted(shape: Shape, wish: Wish, hint: Hint) -> Any:
    if shape.family in _TEXTS:
        return _text(shape, wish, hint)
    found = rows_values.value(shape, wish)
    if shape.family in (*_NUMBERS, *_MOMENTS, "date", "time", "interval"):
        return _within(found, shape, wish, hint)
    return found


def _text(shape: Shape, wish: Wish, hint: Hint) -> str:
    longest = min((n for n in (shape.length, hint.longest) if n is not None), default=None)
    if hint.patterns:
        least = hint.shortest or 0
        found = rows_pattern.matching(hint.patterns[0], wish.rng, least, longest) or ""
    elif hint.likes:
        found = rows_pattern.like(hint.likes[0])
        found = f"{found}{wish.n}" if wish.unique and hint.likes[0].endswith("%") else found
    else:
        size = replace(shape, length=longest) if longest is not None else shape
        found = str(rows_values.value(size, wish))
        if hint.shortest and len(found) < hint.shortest:
            found = found + "abcdefghij"[wish.n % 10] * (hint.shortest - len(found))
    if hint.lower:
        return found.lower()
    return found.upper() if hint.upper else found


def _within(found: Any, shape: Shape, wish: Wish, hint: Hint) -> Any:
    """Moves a value between the bounds, to an edge for the flavors that ask for it."""
    step = step_of(shape)
    low, high = coerced(hint.low, shape), coerced(hint.high, shape)
    try:
        low = low + step if low is not None and hint.low_open else low
        high = high - step if high is not None and hint.high_open else high
        if low is not None and wish.flavor == "small" and not wish.unique:
            return _rounded(low, shape, math.ceil)
        if high is not None and wish.flavor == "large" and not wish.unique:
            return _rounded(high, shape, math.floor)
        if low is not None and found < low:
            found = low + (wish.n % 50) * step
            found = low if high is not None and found > high else found
        if high is not None and found > high:
            found = high - (wish.n % 50) * step
            found = high if low is not None and found < low else found
    except (TypeError, OverflowError):
        return found
    return _rounded(found, shape, math.floor)


def _rounded(found: Any, shape: Shape, towards: Any) -> Any:
    whole = shape.family in ("smallint", "integer", "bigint")
    return int(towards(found)) if whole and not isinstance(found, int) else found


def step_of(shape: Shape) -> Any:
    """Gives the smallest sensible difference between two values of the shape."""
    if shape.family == "numeric":
        return Decimal(1).scaleb(-(shape.scale or (0 if shape.length else 2)))
    if shape.family == "float":
        return 0.5
    if shape.family in _MOMENTS or shape.family == "interval":
        return timedelta(hours=1)
    return timedelta(days=1) if shape.family == "date" else 1


def coerced(item: Any, shape: Shape) -> Any:
    """Gives a constraint's literal as a value of the shape; what cannot be is left as it is."""
    try:
        if shape.family == "numeric" and isinstance(item, (int, str, float)):
            return Decimal(str(item))
        if shape.family in ("smallint", "integer", "bigint") and isinstance(item, (str, Decimal)):
            return int(item) if Decimal(item) == int(Decimal(item)) else Decimal(item)
        if shape.family == "float" and isinstance(item, (str, Decimal, int)):
            return float(item)
        return _moment(item, shape)
    except (ValueError, InvalidOperation):
        return item


def _moment(item: Any, shape: Shape) -> Any:
    if shape.family == "date":
        if isinstance(item, datetime):
            return item.date()
        return date.fromisoformat(item) if isinstance(item, str) else item
    if shape.family == "time":
        return time.fromisoformat(item) if isinstance(item, str) else item
    if shape.family in _MOMENTS:
        if isinstance(item, str):
            item = datetime.fromisoformat(item)
        if isinstance(item, date) and not isinstance(item, datetime):
            item = datetime(item.year, item.month, item.day)
        if isinstance(item, datetime):
            zone = UTC if shape.family == "timestamptz" else None
            return item if item.tzinfo and zone else item.replace(tzinfo=zone)
    return item
