"""Negations that the grammar spells in two ways are one statement, and no other is."""

from __future__ import annotations

import pytest

from dbwright.dialects.postgresql.grammar import negated_alike
from dbwright.recipes.queries import tree


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x not in (1, 2)", "not x in (1, 2)"),
        ("x not between 1 and 2", "not (x between 1 and 2)"),
        ("x is not true", "not (x is true)"),
        ("x not in (1) and not (y in (2))", "not x in (1) and y not in (2)"),
        (
            "x not in (select a from b where c not in (1))",
            "not x in (select a from b where not c in (1))",
        ),
    ],
)
def test_both_spellings_are_one_statement(one: str, other: str) -> None:
    found = negated_alike(f"select 1 from t where {one}")
    assert found == negated_alike(f"select 1 from t where {other}")
    assert found != negated_alike(f"select 1 from t where not ({one})")


@pytest.mark.parametrize("positive", ["x in (1)", "x between 1 and 2", "x is true", "x is unknown"])
def test_a_test_and_its_opposite_are_two(positive: str) -> None:
    assert negated_alike(f"select {positive}") != negated_alike(f"select not ({positive})")
    assert negated_alike(f"select not not ({positive})") != negated_alike(
        f"select not ({positive})"
    )


@pytest.mark.parametrize(
    "sql", ["x not in (1, 2)", "x not between 1 and 2", "round(avg(x), 2) > 1"]
)
def test_a_statement_that_holds_one_is_read(sql: str) -> None:
    assert tree.parse(f"select 1 from t having {sql}", "postgresql") is not None
