"""Days, months and years as half-open ranges of the times in them.

A range has the rows of its days only where each of its ends is one moment: where clocks are set
back over an end, or forward, local times before and after it change places.
https://www.postgresql.org/docs/current/datetime-invalid-input.html
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass

from sqlglot import exp

from dbwright.recipes.queries.comparisons import Kind

_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_FIXED = {
    "SECOND": dt.timedelta(seconds=1),
    "MINUTE": dt.timedelta(minutes=1),
    "HOUR": dt.timedelta(hours=1),
    "DAY": dt.timedelta(days=1),
    "WEEK": dt.timedelta(weeks=1),
}
UNITS = {*_MONTHS, *_FIXED}


@dataclass(frozen=True, slots=True)
class Edges:
    """Bounds of the bare column that a comparison of a time cut to a unit comes to."""

    bounds: tuple[tuple[Kind, dt.datetime], ...]

    def are_moments(self, zone: str | None) -> bool:
        """Whether each end is one moment in a zone; False where the zone is not known."""
        return zone is not None and all(is_moment(each, zone) for _, each in self.bounds)


def moment(text: str | None) -> dt.datetime | None:
    """Gives a time without a zone from its ISO form, or None.

    >>> moment("2024-06-15"), moment("2024-06-15 10:00+02")
    (datetime.datetime(2024, 6, 15, 0, 0), None)
    """
    if text is None or len(text) < len("2024-06-15"):
        return None
    try:
        found = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo is None and 1 < found.year < 9999 else None


def start(found: dt.datetime, unit: str) -> dt.datetime:
    """Gives the beginning of the unit that a time is in.

    >>> start(moment("2024-06-15 10:00"), "QUARTER")
    datetime.datetime(2024, 4, 1, 0, 0)
    """
    day = found.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit in _MONTHS:
        size = _MONTHS[unit]
        return day.replace(day=1, month=(found.month - 1) // size * size + 1)
    if unit == "WEEK":
        return day - dt.timedelta(days=day.weekday())
    whole = _FIXED[unit]
    return day + (found - day) // whole * whole


def after(found: dt.datetime, unit: str) -> dt.datetime:
    """Gives the beginning of the next unit after a beginning."""
    if unit not in _MONTHS:
        return found + _FIXED[unit]
    months = found.year * 12 + found.month - 1 + _MONTHS[unit]
    return found.replace(year=months // 12, month=months % 12 + 1)


def edges(kind: Kind, value: dt.datetime, unit: str) -> Edges | None:
    """Gives the bounds that `cut(column, unit) kind value` comes to.

    None for an equality that is never true.
    """
    first = start(value, unit)
    last = after(first, unit)
    if kind is exp.EQ:
        bounds = ((exp.GTE, first), (exp.LT, last)) if value == first else None
        return Edges(bounds) if bounds else None
    if kind is exp.GTE:
        return Edges(((exp.GTE, first if value == first else last),))
    if kind is exp.GT:
        return Edges(((exp.GTE, last),))
    if kind is exp.LT:
        return Edges(((exp.LT, first if value == first else last),))
    return Edges(((exp.LT, last),))


def is_moment(local: dt.datetime, zone: str) -> bool:
    """Whether a local time is one moment: clocks neither skip it nor come to it twice.

    >>> is_moment(dt.datetime(2024, 3, 31, 2, 30), "Europe/Berlin")
    False
    """
    try:
        known = zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    sides = {local.replace(tzinfo=known, fold=fold).utcoffset() for fold in (0, 1)}
    return len(sides) == 1


def literal(value: dt.datetime) -> str:
    """Gives a time in its shortest ISO form.

    >>> literal(dt.datetime(2024, 3, 31)), literal(dt.datetime(2024, 3, 31, 2))
    ('2024-03-31', '2024-03-31 02:00:00')
    """
    midnight = value.time() == dt.time()
    return value.date().isoformat() if midnight else value.isoformat(sep=" ")
