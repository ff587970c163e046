"""What rules say of a plan without a statement and without a schema."""

from __future__ import annotations

import pytest

from dbwright.collect.plans import read_plan
from dbwright.core.finding import Finding
from dbwright.core.query import Query
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.rules.registry import rules_for

WHOLE = """
 Seq Scan on orders  (cost=0.00..1987.00 rows=9 width=12) (actual time=3.1..9.8 rows=11 loops=1)
   Filter: (({}) AND (placed_at >= '2026-01-01'::date))
   Rows Removed by Filter: {}
 Planning Time: 0.1 ms
 Execution Time: 9.9 ms
"""
TRIGGER = """
 Delete on orders  (cost=0.42..8.44 rows=0 width=0) (actual time=0.1..0.1 rows=0 loops=1)
   ->  Index Scan using orders_pkey on orders  (cost=0.42..8.44 rows=1 width=6) (actual time=0.02..0.03 rows=1 loops=1)
         Index Cond: (id = 7)
 Planning Time: 0.1 ms
 Trigger for constraint refunds_order_id_fkey: time={} calls=1
 Execution Time: 91.0 ms
"""  # noqa: E501
VISITS = """
 Index Only Scan using ix_cover on orders  (cost=0.42..80.44 rows=900 width=6) (actual time=0.02..9.0 rows=900 loops=1)
   Index Cond: (customer_id < 50)
   Heap Fetches: {}
 Execution Time: 9.1 ms
"""  # noqa: E501
GENERIC = """
 Limit  (cost=0.42..8.44 rows=50 width=6) (actual time=90.1..90.1 rows=3 loops=1)
   ->  Sort  (cost=0.42..8.44 rows=9000 width=6) (actual time=90.0..90.0 rows=3 loops=1)
         Sort Key: placed_at
         Sort Method: quicksort  Memory: 25kB
         ->  Index Scan using ix_status on orders  (cost=0.42..8.44 rows=9000 width=6) (actual time=0.02..89.0 rows={} loops=1)
               Index Cond: (status = $1)
 Execution Time: 91.0 ms
"""  # noqa: E501


def found(text: str, schema: Schema | None = None) -> list[Finding]:
    explained = read_plan(text)
    query = Query(
        "", schema or Schema("postgresql"), Target("postgresql"), explained, ground="given"
    )
    rules = [rule for rule in rules_for("queries") if rule.fact is Query]
    return [each for rule in rules for each in rule.check(query)]


def test_a_filter_that_drops_most_rows_is_a_missing_index() -> None:
    (finding,) = found(WHOLE.format("customer_id = 42", 99_000))
    assert finding.location.object == "orders.customer_id, placed_at"
    name = "ix_orders_customer_id_placed_at"
    made = f"create index concurrently {name} on orders (customer_id, placed_at)"
    assert made in finding.remedies[0].code
    assert finding.remedies[0].undo == f"drop index concurrently {name}"
    assert not finding.claims


def test_an_expression_is_indexed_as_it_stands() -> None:
    text = WHOLE.format("lower(email) = 'a'::text", 99_000).replace(
        " AND (placed_at >= '2026-01-01'::date)", ""
    )
    (finding,) = found(text)
    assert "on orders ((lower(email)))" in finding.remedies[0].code


@pytest.mark.parametrize("removed", [90, 100])
def test_a_filter_that_drops_few_rows_is_nothing(removed: int) -> None:
    assert found(WHOLE.format("customer_id = 42", removed)) == []


def test_a_constraint_that_took_the_time_is_named() -> None:
    (finding,) = found(TRIGGER.format("90.2"))
    assert "refunds_order_id_fkey" in finding.message
    assert found(TRIGGER.format("0.2")) == []


def test_visits_of_an_index_only_scan_want_a_vacuum() -> None:
    (finding,) = found(VISITS.format(880))
    assert finding.remedies[0].title == "vacuum orders"
    assert found(VISITS.format(3)) == []


def test_a_parameter_that_was_far_off_is_a_generic_plan() -> None:
    (finding,) = found(GENERIC.format(3))
    assert "any value" in finding.message
    assert found(GENERIC.format(8000)) == []
