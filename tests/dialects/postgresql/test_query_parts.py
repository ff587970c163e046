"""A SELECT taken apart: constants, conditions, sort keys, and the rank put behind its rows."""

from __future__ import annotations

import pytest

from dbwright.core.query_parts import SortKey
from dbwright.dialects.postgresql.query_parts import parts, ranked


def test_constants_stand_with_the_columns_beside_them() -> None:
    found = parts("select 1 from items i where i.cents / 100 > 4 and name like 'ab%'")
    beside = {each.sql: each.columns for each in found.constants if each.columns}
    assert beside == {"100": ("cents",), "4": ("cents",), "'ab%'": ("name",)}
    groups = {each.group for each in found.constants if each.sql in ("100", "4") and each.columns}
    assert len(groups) == 2  # of the division alone, and of the whole comparison


def test_condition_of_one_column_stands_without_its_table() -> None:
    found = parts("select 1 from items i, t where i.cents > 4 and i.cents < t.x and t.y = $1")
    assert found.conditions == (("cents", "cents > 4"),)


@pytest.mark.parametrize(
    ("sql", "keys"),
    [
        ("select a, b from t order by 2 desc", (SortKey("desc", position=2),)),
        ("select a as x from t order by x", (SortKey("asc", name="x"),)),
        ("select t.a from t order by t.a", (SortKey("asc", position=1),)),
        ("select a from t order by b nulls first", (SortKey("asc nulls first", added="b"),)),
        ("select distinct a from t order by lower(a)", (SortKey("asc"),)),
        ("select a from t union select b from u order by a", (SortKey("asc", name="a"),)),
    ],
)
def test_sort_keys(sql: str, keys: tuple[SortKey, ...]) -> None:
    found = parts(sql)
    assert found.ordered
    assert found.keys == keys


def test_rank_stands_behind_the_rows_and_hidden_keys_do_not_show() -> None:
    sql = "select id from orders order by total desc, id limit 3 offset 1"
    found = parts(sql)
    assert found.window == 1
    assert ranked(sql, found.keys, ("id",)) == (
        "with dbw (c1, c2) as (SELECT id, total FROM orders ORDER BY total DESC, id LIMIT 3 "
        "OFFSET 1) select c1, dense_rank() over (order by c2 desc, c1 asc) from dbw"
    )
    assert "LIMIT" not in (ranked(sql, found.keys, ("id",), whole=True) or "LIMIT")
    assert ranked("select distinct a from t order by lower(a)", (SortKey("asc"),), ("a",)) is None
    assert ranked("select a, a from t order by a", (SortKey("asc", name="a"),), ("a", "a")) is None


def test_limit_with_ties_and_by_parameter_leave_no_known_window() -> None:
    assert parts("select a from t order by a fetch first 2 rows with ties").window is None
    assert parts("select a from t limit 2 offset $1").window is None
    assert parts("select a from t limit $1").window == 0
    assert parts("select a from t").window is None
