"""Steps: what a LIMIT above leaves of the rows that a node is expected to give."""

from __future__ import annotations

import pytest

from dbwright.core.plan import Node
from dbwright.core.plan_steps import steps


def node(name: str, rows: float, *children: Node) -> Node:
    return Node(name, rows=rows, children=children)


def shares(root: Node) -> dict[str, float]:
    return {step.node.name: step.share for step in steps(root)}


def test_a_limit_asks_for_a_part_of_what_is_below_it() -> None:
    found = shares(node("Limit", 10, node("Append", 500, node("Index Scan", 1000))))
    assert found == {"Limit": 1.0, "Append": 0.02, "Index Scan": 0.02}


def test_limits_of_limits_are_multiplied() -> None:
    inner = node("Limit", 100, node("Index Scan", 1000))
    root = node("Limit", 10, node("Subquery Scan", 100, inner))
    assert [step.share for step in steps(root)] == [1.0, 0.1, 0.1, pytest.approx(0.01)]


def test_a_sort_takes_all_that_is_below_it() -> None:
    assert shares(node("Limit", 10, node("Sort", 1000, node("Seq Scan", 1000))))["Seq Scan"] == 1.0


def test_a_limit_of_more_rows_than_there_are_asks_for_all() -> None:
    assert shares(node("Limit", 10, node("Index Scan", 3)))["Index Scan"] == 1.0
    assert shares(node("Limit", 1, node("Index Scan", 0)))["Index Scan"] == 1.0
