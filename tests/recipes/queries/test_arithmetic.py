"""Arithmetic on a column is solved for it as PostgreSQL computes: held against every small case."""

from __future__ import annotations

import itertools
import operator

import pytest
from sqlglot import exp

from dbwright.core.query import Query
from dbwright.core.schema import Column, Schema, Table
from dbwright.core.target import Target
from dbwright.recipes.queries.arithmetic import solved
from dbwright.recipes.queries.comparisons import comparisons, integer
from dbwright.recipes.queries.reading import Reading

COLUMNS = (
    Column("x", "integer"),
    Column("at", "timestamp with time zone"),
    Column("here", "timestamp without time zone"),
)
SCHEMA = Schema("postgresql", (Table("t", COLUMNS),))
SIGNS = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
MEANS = {
    exp.EQ: operator.eq,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
}


def answer(condition: str) -> object:
    query = Query(f"select 1 from t where {condition}", SCHEMA, Target("postgresql", (15,)))
    reading = Reading(query)
    (block,) = reading.blocks
    (comparison,) = comparisons(block)
    return solved(query, reading, comparison)


def divided(x: int, n: int) -> int:
    """Towards zero, as PostgreSQL divides whole numbers."""
    return abs(x) // abs(n) * (1 if x * n >= 0 else -1)


FORMS = {
    "x / {n}": divided,
    "x + {n}": operator.add,
    "x - {n}": operator.sub,
    "{n} - x": lambda x, n: n - x,
    "x * {n}": operator.mul,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_solution_keeps_the_same_numbers(form: str) -> None:
    solutions = 0
    for n, k, sign in itertools.product((-7, -2, 1, 3, 10), range(-4, 5), SIGNS):
        found = answer(f"{form.format(n=n if n > 0 else f'({n})')} {sign} {k}")
        if found is None:
            continue
        solutions += 1
        for x in range(-60, 61):
            wanted = SIGNS[sign](FORMS[form](x, n), k)
            kept = all(MEANS[kind](x, integer(value)) for kind, value in found.bounds)  # type: ignore[attr-defined]
            assert kept == wanted, (form, n, sign, k, x)
    assert solutions > 100


@pytest.mark.parametrize(
    "condition",
    ["x / 0 = 1", "x / -1 = 1", "x * 0 = 0", "x * 2 = 3", "x / 2.0 > 1", "7 / x = 1", "x + x = 4"],
)
def test_what_has_no_whole_solution_is_left(condition: str) -> None:
    assert answer(condition) is None


def test_a_bound_beyond_the_type_is_left() -> None:
    assert answer(f"x / 100 >= {2**62}") is None


@pytest.mark.parametrize(
    ("condition", "same"),
    [
        ("now() - at < interval '1 hour'", True),
        ("at + interval '1 hour' > now()", True),
        ("at + interval '1 day' > now()", False),
        ("here + interval '1 day' > timestamp '2024-03-31'", True),
        ("timestamp '2024-03-31' - at < interval '1 hour'", False),
        ("now() - here < interval '1 hour'", False),
    ],
)
def test_an_interval_is_moved_where_no_clock_stretches_it(condition: str, same: bool) -> None:
    found = answer(condition)
    assert found is not None
    assert (not found.changes) == same  # type: ignore[attr-defined]


def test_a_month_has_no_length() -> None:
    assert answer("at + interval '1 month' > now()") is None
