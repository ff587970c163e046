"""Values around constants: what is near, what matches, what turns."""

from __future__ import annotations

import json

import pytest

from dbwright.scratch.adversarial import documents, moments, numbers, texts
from dbwright.scratch.adversarial.known import Known
from dbwright.scratch.adversarial.pools import pool
from dbwright.scratch.rows_types import Shape

INTEGER, NUMERIC = Shape("integer"), Shape("numeric", length=10, scale=2)
TEXT, STAMP, ZONED = Shape("text"), Shape("timestamp"), Shape("timestamptz")


def near(shape: Shape, *constants: tuple[str, str]) -> list[str]:
    several = [Known(text, family, ("x",), 1) for text, family in constants]
    return pool(shape, several, several, "postgresql").near


@pytest.mark.parametrize("value", ["400", "399", "401", "450", "499", "500", "-99", "-100"])
def test_division_by_a_constant_turns_at_its_multiples(value: str) -> None:
    assert value in near(INTEGER, ("100", "integer"), ("4", "integer"))


def test_numbers_keep_the_scale_of_their_column() -> None:
    found = near(NUMERIC, ("10", "integer"))
    assert {"10.00", "10.01", "9.99", "9.50", "10.50", "-10.00"} <= set(found)
    assert all(len(text.partition(".")[2]) == 2 for text in found)
    assert "1000000000" not in numbers.plain(NUMERIC)


@pytest.mark.parametrize(
    "value",
    [
        "2024-03-01 00:00:00",
        "2024-03-02 00:00:00",
        "2024-03-01 23:59:59.999999",
        "2024-02-29 23:59:59.999999",
        "2024-03-01 12:00:00",
        "2024-03-31 00:00:00",
    ],
)
def test_day_ends_at_its_last_microsecond(value: str) -> None:
    assert value in near(STAMP, ("2024-03-01", "date"))


def test_named_zone_brings_its_own_midnight() -> None:
    found = near(ZONED, ("2024-10-27", "text"), ("Europe/Berlin", "text"))
    assert "2024-10-27 00:00:00 Europe/Berlin" in found
    assert "2024-10-28 00:00:00 Europe/Berlin" in found


def test_month_and_year_as_numbers_are_moments() -> None:
    assert "2024-02-29 12:00:00" in near(STAMP, ("2", "integer"))
    assert "2024-12-31 12:00:00" in near(STAMP, ("2024", "integer"))
    assert moments.moment_of(Known("2024-02", "text")) is not None
    assert moments.moment_of(Known("2024", "integer")) is None


def test_pattern_has_texts_that_match_and_texts_that_just_do_not() -> None:
    found = texts.near(TEXT, [Known("ab%", "text")])
    assert [text for text in found if text.startswith("ab")][:2] == ["ab", "abx"]
    assert {"AB", "xabx", "a-b", "a"} <= set(found)
    escaped = texts.near(TEXT, [Known("10\\%%", "text")])
    assert {"10%", "10%x"} <= set(escaped)
    assert texts.near(Shape("varchar", length=2), [Known("ab%", "text")])[0] == "ab"


def test_text_has_its_cases_blanks_and_neighbors() -> None:
    found = texts.near(TEXT, [Known("Ada", "text")])
    assert found[0] == "Ada"
    assert {"ada", "ADA", "Ada ", " Ada", "Adax", "Ad", "Adb"} <= set(found)


def test_documents_differ_by_null_type_and_depth() -> None:
    group = [Known("mode", "text", (), 1), Known("1", "text", (), 1)]
    found = [json.loads(text) for text in documents.near(group)]
    for wanted in ({"mode": "1"}, {"mode": 1}, {"mode": None}, {"mode": ["1"]}, {}):
        assert wanted in found
    deeper = documents.near([Known('{"net": {"dhcp": true}}', "text")])
    assert json.dumps({"net": {"dhcp": True, "more": 1}}) in deeper


def test_arrays_hold_null_repetition_and_another_order() -> None:
    found = near(Shape("array", item=INTEGER), ("{1,2}", "array"))
    assert {"{1,2}", '{"2","1"}', '{"1","1"}', '{"1",NULL}'} <= set(found)


def test_ranges_open_empty_and_touching_the_constant() -> None:
    several = [Known("5", "integer", ("x",), 1)]
    made = pool(Shape("range", item=INTEGER), several, several, "postgresql")
    assert {"[5,5]", "(,5)", "[5,)", "[4,5)", "[5,6)"} <= set(made.near)
    assert "empty" in made.edges
