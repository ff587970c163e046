"""Numbers, texts and lists of EXPLAIN's data, whatever a document made of them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from dbwright.core.errors import PlanError

Values = dict[str, Any]


def values(found: Any) -> Values:
    """Gives a copy of an object of the data; anything else is a PlanError."""
    if not isinstance(found, Mapping):
        raise PlanError(f"where the plan has an object there is {outline(found)}")
    return {str(key): value for key, value in found.items()}


def outline(found: Any) -> str:
    """Gives a value as one line, at most 60 letters of it."""
    text = found if isinstance(found, str) else json.dumps(found, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


def number(found: Any) -> float | None:
    """Gives a number, None for none; a PlanError for what is not one."""
    if found is None:
        return None
    try:
        value = float(found)
    except (TypeError, ValueError, OverflowError) as error:
        raise PlanError(f"where the plan has a number there is {outline(found)}") from error
    if not math.isfinite(value):
        raise PlanError(f"where the plan has a number there is {outline(found)}")
    return value


def whole(found: Any) -> int | None:
    """Gives a whole number; see `number`."""
    value = number(found)
    if value is None:
        return None
    return found if isinstance(found, int) and not isinstance(found, bool) else int(value)


def texts(found: Any) -> tuple[str, ...]:
    """Gives a list of texts; one alone is a list of one."""
    if found is None:
        return ()
    listed = found if isinstance(found, list) else [found]
    return tuple(each if isinstance(each, str) else outline(each) for each in listed)
