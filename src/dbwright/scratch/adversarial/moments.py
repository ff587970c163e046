"""Dates and times around constants: ends of days and months, and hours that clocks skip."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dbwright.scratch.adversarial.known import Known, grouped, interleaved
from dbwright.scratch.rows_types import Shape

MOMENTS = ("timestamp", "timestamptz", "date")
ANCHOR = datetime(2024, 3, 1)
"""The moment that others are put so far from as a query's interval says."""
_LEAST = timedelta(microseconds=1)
_YEARS = range(1900, 2101)
_PLAIN = (
    "2024-01-31 12:00:00",
    "2024-03-31 02:30:00",
    "2024-10-27 02:30:00",
    "2024-03-10 02:30:00",
    "2024-11-03 01:30:00",
    "2023-12-31 23:59:59.999999",
    "2024-02-29 00:00:00",
    "2024-03-01 00:00:00",
)
_ZONED = ("2024-10-27 00:30:00+00", "2024-10-27 01:30:00+00", "2024-03-10 23:00:00+00")


def near(shape: Shape, beside: Sequence[Known]) -> list[str]:
    """Gives moments at which comparisons with these constants turn, the nearest first."""
    zones = list(dict.fromkeys(known.text for known in beside if is_zone(known.text)))
    found = []
    for group in grouped(beside):
        moments = [moment for moment in map(moment_of, group) if moment is not None]
        days = [int(k.number) for k in group if k.number is not None and k.number % 1 == 0]
        texts = interleaved(list(_around(each, shape, zones)) for each in moments)
        texts += [
            _text(each + timedelta(days=count), shape)
            for each in moments
            for number in days
            if abs(number) < 10_000
            for count in (-number, -number - 1, -number + 1, number)
        ]
        if not moments:
            texts += [_text(each, shape) for number in days for each in _of_number(number)]
            texts += [_text(each, shape) for number in days for each in _apart(number)]
        found.append(texts)
    return interleaved(found)


def plain(shape: Shape) -> list[str]:
    """Gives a few moments that are always good to have: month's ends, changes of clocks."""
    found = [_text(datetime.fromisoformat(text), shape) for text in _PLAIN]
    return [*found, *(_ZONED if shape.family == "timestamptz" else ())]


def edges(shape: Shape, dialect: str) -> list[str]:
    """Gives the ends of time."""
    ends = ["infinity", "-infinity"] if dialect == "postgresql" else []
    return [*ends, "1970-01-01"]


def moment_of(known: Known) -> datetime | None:
    """Gives the constant as a moment; `2024` as text and `2024-03` are the first of theirs."""
    text = known.text.strip()
    if known.family in ("integer", "numeric") or not text[:4].isdigit():
        return None
    if len(text) == 7 and text[4] == "-":
        text += "-01"
    elif len(text) == 4:
        text += "-01-01"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def is_zone(text: str) -> bool:
    """Whether a text is the name of a time zone with a place.

    >>> is_zone("Europe/Berlin"), is_zone("a/b")
    (True, False)
    """
    if "/" not in text:
        return False
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _around(moment: datetime, shape: Shape, zones: Sequence[str]) -> Iterator[str]:
    zone = moment.tzinfo
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    yield _text(moment, shape)
    if shape.family == "date":
        for count in (1, -1, 2, 7):
            yield _text(day + timedelta(days=count), shape)
        yield from (_text(each, shape) for each in _of_month(day))
        return
    bare = moment.replace(tzinfo=None)
    for by in (timedelta(days=1), _LEAST, timedelta(hours=12)):
        yield _text(moment + by, shape)
    yield _text(day + timedelta(days=1) - _LEAST, shape)
    yield _text(moment - _LEAST, shape)
    yield from _in_zones(day, shape, zones)
    if zone is not None:
        yield _text(bare, shape)
    for by in (timedelta(days=-1), timedelta(hours=23), timedelta(hours=25), timedelta(seconds=1)):
        yield _text(moment + by, shape)
    for hours in (1, 2, 3, 23):
        yield _text(day + timedelta(hours=hours, minutes=30), shape)
    yield from (_text(each, shape) for each in _of_month(day))


def _in_zones(day: datetime, shape: Shape, zones: Sequence[str]) -> Iterator[str]:
    if shape.family != "timestamptz":
        return
    for zone in dict.fromkeys((*zones, "UTC")):
        for hours in (0, 24, 23, 25, 12, 1, -1):
            # hours on the clock of the zone, and on a clock that does not change with it
            yield f"{(day + timedelta(hours=hours)).isoformat(' ')} {zone}"
            if hours in (0, 24):
                around = day + timedelta(hours=hours)
                yield f"{(around - _LEAST).isoformat(' ')} {zone}"
                yield f"{(around + timedelta(minutes=30)).isoformat(' ')} {zone}"
                yield f"{(around - timedelta(minutes=30)).isoformat(' ')} {zone}"


def _of_month(day: datetime) -> Iterator[datetime]:
    first = day.replace(day=1)
    last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    yield from (last + timedelta(days=1), last, first)
    yield from (last + timedelta(days=1) - _LEAST, last + timedelta(hours=12))
    yield from (day.replace(month=12, day=31, hour=12), day.replace(month=1, day=1))
    if day.year < 9999:
        yield day.replace(year=day.year + 1, month=1, day=1)


def _of_number(number: int) -> Iterator[datetime]:
    """Gives moments in a year or a month of that number."""
    if number in _YEARS:
        start = datetime(number, 1, 1)
        end = datetime(number + 1, 1, 1)
        yield from (start, end, end - _LEAST, start - _LEAST, end - timedelta(hours=12))
    elif 1 <= number <= 12:
        last = calendar.monthrange(2024, number)[1]
        yield datetime(2023, number, 15, 12)
        yield datetime(2024, number, last, 12)
        yield datetime(2024, number, 1)
        yield datetime(2024, number, last) + timedelta(days=1)


def _apart(number: int) -> Iterator[datetime]:
    """Gives moments so many days, hours or seconds apart, for the difference of two columns."""
    yield ANCHOR
    if abs(number) < 10_000:
        for count in (number, number + 1, number - 1):
            yield ANCHOR + timedelta(days=count)
    if abs(number) < 10**8:
        for span in (timedelta(seconds=number), timedelta(hours=number % 10_000)):
            yield ANCHOR + span
            yield ANCHOR + span + timedelta(seconds=1)


def _text(moment: datetime | date, shape: Shape) -> str:
    if shape.family == "date":
        return moment.date().isoformat() if isinstance(moment, datetime) else str(moment)
    if isinstance(moment, datetime) and shape.family == "timestamp":
        moment = moment.replace(tzinfo=None)
    return moment.isoformat(" ") if isinstance(moment, datetime) else str(moment)
