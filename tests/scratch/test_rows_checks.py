"""CHECK constraints read as hints, in the spellings of both databases."""

from __future__ import annotations

import random
import re
from datetime import date
from decimal import Decimal

import pytest

from dbwright.scratch.rows_checks import Branch, condition
from dbwright.scratch.rows_pattern import matching


def _one(expression: str, dialect: str = "postgresql") -> Branch:
    (branch,) = condition(expression, dialect).branches
    return branch


def test_bounds_are_read_through_casts_and_parentheses() -> None:
    hint = _one("((price > (0)::numeric) AND (price <= 99.5))").hints["price"]
    assert (hint.low, hint.low_open, hint.high, hint.high_open) == (0, True, Decimal("99.5"), False)


def test_lists_are_read_as_the_server_prints_them() -> None:
    text = "((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))"
    assert _one(text).hints["s"].choices == ("a", "b")
    assert _one("s in ('a', 'b')", "sqlite").hints["s"].choices == ("a", "b")
    assert _one("NOT (s IN ('a', 'b'))").hints["s"].excluded == ("a", "b")


def test_dates_keep_their_type() -> None:
    assert _one("(d >= '2024-01-01'::date)").hints["d"].low == date(2024, 1, 1)


def test_alternatives_become_branches_and_contradictions_none() -> None:
    found = condition("(kind = 'a' OR (kind = 'b' AND size > 3))", "postgresql").branches
    assert [branch.hints["kind"].choices for branch in found] == [("a",), ("b",)]
    assert len(condition("(a IS NULL) = (b IS NULL)", "postgresql").branches) == 2
    assert len(condition("num_nonnulls(a, b, c) = 1", "postgresql").branches) == 3


def test_negation_is_pushed_down() -> None:
    assert _one("NOT (x < 5)").hints["x"].low == 5
    assert _one("NOT (x IS NULL)").hints["x"].null is False


def test_columns_compared_are_pairs() -> None:
    assert _one("(starts < ends)").pairs == (("starts", "<", "ends"),)


def test_what_cannot_be_read_is_one_branch_without_hints() -> None:
    assert condition("some thing ((", "postgresql").branches == (Branch(),)
    assert _one("satisfies_hash_partition('16389'::oid, 3, 0, id)").hints == {}


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z]+$",
        r"^\d{3}-\d{4}$",
        "^(GB|DE)[0-9]{2}$",
        "^[^@]+@[^@]+$",
        "[[:alpha:]]{2,}",
        "a.b?c*",
    ],
)
def test_string_is_made_that_the_pattern_matches(pattern: str) -> None:
    rng = random.Random(3)
    plain = pattern.replace("[:alpha:]", "a-zA-Z")
    assert all(re.search(plain, matching(pattern, rng) or "no") for _ in range(20))


def test_string_is_of_the_length_asked_for() -> None:
    assert len(matching("^[0-9a-f]+$", random.Random(0), 64, 64) or "") == 64
    assert matching("^[0-9a-f]{8}$", random.Random(0), 64, 64) is None
