"""A day, a month and a year become ranges, where each end is one moment."""

from __future__ import annotations

import pytest

from dbwright.core.query import Query
from dbwright.core.schema import Column, Schema, Table
from dbwright.core.target import Target
from dbwright.recipes.queries import times
from dbwright.recipes.queries.bare_column import Change
from dbwright.recipes.queries.comparisons import comparisons
from dbwright.recipes.queries.reading import Reading

COLUMNS = (
    Column("at", "timestamp with time zone"),
    Column("here", "timestamp without time zone"),
    Column("day", "date"),
)
SCHEMA = Schema("postgresql", (Table("t", COLUMNS),))


def change(condition: str, zone: str = "") -> Change | None:
    settings = {"TimeZone": zone} if zone else {}
    sql = f"select 1 from t where {condition}"
    query = Query(sql, SCHEMA, Target("postgresql", (15,)), settings=settings)
    reading = Reading(query)
    (block,) = reading.blocks
    several = list(times.years(query, reading, block))
    if several:
        return several[0]
    (comparison,) = comparisons(block)
    return times.ranged(query, reading, comparison)


def text(condition: str) -> str:
    found = change(condition)
    assert found is not None
    return " AND ".join(part.sql("postgres") for part in found.parts)


@pytest.mark.parametrize(
    ("condition", "range_"),
    [
        ("here::date = '2024-02-29'", "here >= '2024-02-29' AND here < '2024-03-01'"),
        ("date(here) > '2024-12-31'", "here >= '2025-01-01'"),
        ("here::date <= date '2024-12-31'", "here < '2025-01-01'"),
        ("date_trunc('week', here) = '2024-06-10'", "here >= '2024-06-10' AND here < '2024-06-17'"),
        ("date_trunc('month', here) >= '2024-06-10'", "here >= '2024-07-01'"),
        ("date_trunc('quarter', here) < '2024-06-10'", "here < '2024-07-01'"),
        ("extract(year from day) = 2024", "day >= '2024-01-01' AND day < '2025-01-01'"),
        (
            "extract(month from here) = 12 and extract(year from here) = 2024",
            "here >= '2024-12-01' AND here < '2025-01-01'",
        ),
    ],
)
def test_a_cut_time_is_a_half_open_range(condition: str, range_: str) -> None:
    assert text(condition) == range_


@pytest.mark.parametrize(
    "condition",
    [
        "date_trunc('month', here) = '2024-06-10'",
        "here::date = '2024-06-10 10:00+02'",
        "extract(month from here) = 12",
        "date_trunc('hour', day) = '2024-06-10'",
        "(here at time zone 'UTC')::date = '2024-06-10'",
    ],
)
def test_what_is_no_range_is_left(condition: str) -> None:
    assert change(condition) is None


def test_midnight_that_comes_twice_ends_no_range() -> None:
    """In Havana clocks go back from one o'clock to midnight."""
    assert change("at::date = '2024-11-02'", "America/Havana") is None
    found = change("at::date = '2024-11-04'", "America/Havana")
    assert found is not None
    assert found.conditions


def test_a_zone_that_is_not_known_is_left_to_the_run() -> None:
    found = change("at::date = '2024-11-02'")
    assert found is not None
    assert not found.conditions


def test_a_zone_with_a_name_is_read_by_it() -> None:
    condition = "(at at time zone 'Europe/Berlin')::date = '2024-03-31'"
    assert text(condition).startswith("at >= CAST('2024-03-31' AS TIMESTAMP) AT TIME ZONE")
