"""Which changes of a type of MySQL values may not fit, and what becomes of those."""

from __future__ import annotations

import pytest

from dbwright.recipes.narrow_mysql import narrowing

KEPT = [
    ("varchar(20)", "varchar(40)"),
    ("varchar(20)", "text"),
    ("char(9)", "varchar(9)"),
    ("text", "longtext"),
    ("int", "bigint"),
    ("int unsigned", "bigint"),
    ("int(11)", "int"),
    ("decimal(10,2)", "decimal(12,3)"),
    ("datetime", "datetime(6)"),
    ("enum('a','b')", "enum('b','c','a')"),
    ("json", "text"),
]
NARROWER = [
    ("varchar(200)", "varchar(20)", "refused", "left({}, 20)"),
    ("text", "varchar(20)", "refused", "left({}, 20)"),
    ("longtext", "text", "refused", None),
    ("bigint", "int", "refused", None),
    ("int", "int unsigned", "refused", None),
    ("int unsigned", "int", "refused", None),
    ("decimal(10,2)", "decimal(6,2)", "refused", None),
    ("decimal(10,2)", "decimal(10,1)", "cut", "round({}, 1)"),
    ("double", "int", "cut", "round({}, 0)"),
    ("datetime", "date", "cut", "date({})"),
    ("enum('a','b')", "enum('a')", "refused", None),
]


@pytest.mark.parametrize(("old", "new"), KEPT)
def test_a_type_that_holds_as_much_is_not_narrower(old: str, new: str) -> None:
    assert narrowing(old, new) is None


@pytest.mark.parametrize(("old", "new", "outcome", "fitting"), NARROWER)
def test_values_are_refused_or_cut(old: str, new: str, outcome: str, fitting: str | None) -> None:
    found = narrowing(old, new)
    assert found is not None
    assert (found.outcome, found.fitting) == (outcome, fitting)
