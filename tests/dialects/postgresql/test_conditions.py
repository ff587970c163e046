"""Conditions that name rows, and those that rows may meet in any number."""

from __future__ import annotations

import pytest

from dbwright.core.operation import Data
from dbwright.dialects.postgresql import statements


def data(sql: str) -> Data:
    """The write in a statement."""
    (found,) = (item for item in statements.parse(sql) if isinstance(item, Data))
    return found


@pytest.mark.parametrize(
    "condition",
    [
        "note is null",
        "orders.note is not null",
        "placed < '2024-01-01'",
        "placed < now() - interval '90 days'",
        "status <> 'new'",
        "status is distinct from 'new'",
        "status not in ('new', 'paid')",
        "note is null or note = ''",
        "note is null and placed < '2024-01-01'",
        "true and note is null",
        "placed >= $1",
    ],
)
def test_a_condition_says_nothing_of_how_many(condition: str) -> None:
    found = data(f"update orders set note = 'x' where {condition}")
    assert (found.bounded, found.open_ended) == (True, True)


@pytest.mark.parametrize(
    "condition",
    [
        "id = 3",
        "status = 'new'",
        "note is null and status = 'new'",
        "id in (1, 2)",
        "id between 1 and 5000 and note is null",
        "id > 1 and id <= 5000 and note is null",
        "note like 'x%' and placed < '2024-01-01'",
        "id in (select id from orders where note is null limit 500)",
        "placed < (select max(placed) from orders)",
        "id not in (select order_id from items)",
        "active",
        "not (note = 'x')",
    ],
)
def test_a_condition_names_rows(condition: str) -> None:
    found = data(f"delete from orders where {condition}")
    assert (found.bounded, found.open_ended, found.compared) == (True, False, ())


def test_a_statement_without_a_condition_is_not_bounded_at_all() -> None:
    found = data("update orders set note = 'x'")
    assert (found.bounded, found.open_ended) == (False, False)


@pytest.mark.parametrize(
    ("source", "condition", "opened"),
    [
        ("customers c", "c.id = orders.customer_id", True),
        ("customers c", "c.id = orders.customer_id and c.name = 'x'", False),
        ("(select * from customers limit 3) c", "c.id = orders.customer_id", False),
        ("(values (1, 'x')) c (id, name)", "c.id = orders.customer_id", False),
    ],
)
def test_a_join_with_a_whole_table_bounds_nothing(
    source: str, condition: str, opened: bool
) -> None:
    found = data(f"update orders set note = c.name from {source} where {condition}")
    assert found.open_ended is opened


def test_rows_that_a_with_has_chosen_are_named() -> None:
    update = "update orders set note = '-' from batch where orders.id = batch.id"
    chosen = "select id from orders order by id limit 500"
    inside = f"with batch as ({chosen}), done as ({update}) select max(id) from batch"
    assert not data(f"with batch as ({chosen}) {update}").open_ended
    assert not data(inside).open_ended


@pytest.mark.parametrize(
    ("condition", "columns"),
    [
        ("placed < '2024-01-01'", ("placed",)),
        ("deleted is not null and total <> 0", ("deleted", "total")),
        ("note is null", ()),
    ],
)
def test_columns_held_against_a_value(condition: str, columns: tuple[str, ...]) -> None:
    assert data(f"delete from orders where {condition}").compared == columns


def test_doubles_of_one_table_are_held_against_each_other() -> None:
    found = data("delete from orders a using orders b where a.id < b.id and a.note = b.note")
    assert found.compared == ()
