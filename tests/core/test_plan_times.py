"""Own times: those of published explanations, of hand-made plans, and of all plans stored."""

from __future__ import annotations

import pytest

from dbwright.core.explained import Explained
from dbwright.core.plan import Node
from dbwright.core.plan_parts import Blocks, Buffers, Jit, Trigger
from dbwright.core.plan_times import PlanTimes, plan_times


def node(name: str, time: float | None, *children: Node, loops: float = 1, **more: object) -> Node:
    return Node(name, time=time, loops=loops, actual_rows=1.0, children=children, **more)  # type: ignore[arg-type]


def owns(found: PlanTimes) -> list[float]:
    return [round(each, 3) for each in found.own]


def test_a_childs_time_is_that_of_all_its_loops() -> None:
    inner = node("Index Scan", 0.5, loops=100, relation="b")
    found = plan_times(Explained(node("Nested Loop", 60.0, node("Seq Scan", 4.0), inner)))
    assert owns(found) == [6.0, 4.0, 50.0]
    assert found.parts[0].steps == (2,)


def test_processes_below_a_gather_share_the_time() -> None:
    scan = node("Seq Scan", 90.0, loops=3, parallel=True, relation="t")
    partial = node("Aggregate", 100.0, scan, loops=3)
    gather = node("Gather", 120.0, partial, workers_launched=2)
    assert owns(plan_times(Explained(gather))) == [20.0, 10.0, 90.0]


def test_a_leader_that_did_not_take_part_is_not_counted() -> None:
    scan = node("Seq Scan", 90.0, loops=2, parallel=True)
    assert owns(plan_times(Explained(node("Gather", 100.0, scan, workers_launched=2)))) == [10, 90]


def test_a_gather_that_is_run_again_divides_by_its_processes_only() -> None:
    gather = node("Gather", 10.0, node("Seq Scan", 8.0, loops=15), loops=5, workers_launched=2)
    found = plan_times(Explained(node("Nested Loop", 60.0, node("Seq Scan", 1.0), gather)))
    assert owns(found) == [9.0, 1.0, 10.0, 40.0]


def test_the_bitmap_of_a_parallel_scan_is_built_once() -> None:
    bitmap = node("Bitmap Index Scan", 12.0, index="i")
    heap = node("Bitmap Heap Scan", 50.0, bitmap, loops=3, parallel=True, relation="t")
    assert owns(plan_times(Explained(node("Gather", 55.0, heap, workers_launched=2)))) == [
        5,
        38,
        12,
    ]


def test_a_cte_is_paid_by_the_scans_that_read_it() -> None:
    cte = node("Seq Scan", 100.0, parent="InitPlan", subplan="CTE x")
    scans = [node("CTE Scan", 104.0, source="x"), node("CTE Scan", 0.0, source="x")]
    found = plan_times(Explained(node("Append", 105.0, cte, *scans)))
    assert owns(found) == [1.0, 100.0, 4.0, 0.0]
    assert sum(found.own) == pytest.approx(105.0)


def test_a_cte_that_writes_and_is_not_read_is_beside_the_root() -> None:
    cte = node("ModifyTable", 80.0, parent="InitPlan", subplan="CTE x")
    found = plan_times(Explained(node("Result", 1.0, cte), execution_time=82.0))
    assert owns(found) == [1.0, 80.0]
    assert found.parts[-1].kind in ("nodes", "rest")
    assert sum(part.amount for part in found.parts) == pytest.approx(82.0)


@pytest.mark.parametrize(
    ("name", "used"),
    [("InitPlan 1 (returns $0)", "(x > $0)"), ("InitPlan 1", "(x > (InitPlan 1).col1)")],
)
def test_an_init_plan_is_paid_by_the_node_that_uses_it(name: str, used: str) -> None:
    init = node("Aggregate", 50.0, parent="InitPlan", subplan=name)
    scan = node("Seq Scan", 58.0, filter=used)
    other = node("Seq Scan", 3.0, filter="(x > $10)")
    found = plan_times(Explained(node("Hash Join", 70.0, init, scan, other)))
    assert owns(found) == [9.0, 50.0, 8.0, 3.0]


def test_an_init_plan_of_workers_is_paid_by_the_gather() -> None:
    init = node("Aggregate", 50.0, parent="InitPlan", subplan="InitPlan 1")
    scan = node("Seq Scan", 20.0, loops=3, parallel=True, filter="(x > (InitPlan 1).col1)")
    gather = node("Gather", 75.0, scan, workers_launched=2)
    assert owns(plan_times(Explained(node("Limit", 76.0, init, gather)))) == [1.0, 50.0, 5.0, 20.0]


def test_what_is_never_executed_takes_nothing() -> None:
    never = node("Seq Scan", None, loops=0)
    found = plan_times(Explained(node("Nested Loop", 5.0, node("Seq Scan", 4.0), never)))
    assert owns(found) == [1.0, 4.0, 0.0]


def test_foreign_keys_and_after_triggers_run_after_the_nodes() -> None:
    fired = (Trigger("RI_1", constraint="fk", time=90.0, calls=5), Trigger("a", time=5.0, calls=5))
    root = node("ModifyTable", 3.0, node("Seq Scan", 1.0))
    found = plan_times(Explained(root, execution_time=100.0, planning_time=1.0, triggers=fired))
    assert sorted((part.kind, round(part.amount, 3)) for part in found.parts) == [
        ("nodes", 1.0), ("nodes", 2.0), ("planning", 1.0), ("rest", 2.0), ("trigger", 5.0),
        ("trigger", 90.0),
    ]  # fmt: skip
    assert found.total == 101.0


def test_a_before_trigger_runs_within_the_node_that_writes() -> None:
    root = node("ModifyTable", 95.0, node("Seq Scan", 1.0))
    fired = (Trigger("b", relation="t", time=90.0, calls=5),)
    found = plan_times(Explained(root, execution_time=96.0, triggers=fired))
    assert owns(found) == [4.0, 1.0]
    assert found.parts[0].trigger == fired[0]


def test_compilation_is_taken_from_the_node_that_waited_for_it() -> None:
    scan = node("Seq Scan", 300.0, startup_time=280.0)
    jit = Jit(5, generation_time=10.0, emission_time=280.0, time=290.0)
    found = plan_times(Explained(node("Aggregate", 305.0, scan), execution_time=320.0, jit=jit))
    assert owns(found) == [5.0, 20.0]
    assert [(part.kind, part.amount) for part in found.parts][:1] == [("jit", 290.0)]
    assert sum(part.amount for part in found.parts) == pytest.approx(320.0)


def test_without_times_it_is_pages_then_cost() -> None:
    scan = Node("Seq Scan", cost=90.0, loops=1, buffers=Buffers(Blocks(hit=5, read=40)))
    root = Node(
        "Sort", cost=100.0, loops=1, buffers=Buffers(Blocks(hit=6, read=40)), children=(scan,)
    )
    found = plan_times(Explained(root))
    assert (found.unit, owns(found), found.total) == ("pages", [1.0, 45.0], 46.0)
    bare = Node("Sort", cost=100.0, children=(Node("Seq Scan", cost=90.0),))
    assert (plan_times(Explained(bare)).unit, owns(plan_times(Explained(bare)))) == (
        "cost",
        [10, 90],
    )
    assert plan_times(Explained(Node("Sort"))).unit == ""


def test_the_cost_of_an_inner_side_is_that_of_all_outer_rows() -> None:
    outer = Node("Seq Scan", cost=20.0, rows=100.0)
    inner = Node("Index Scan", cost=8.0, rows=1.0)
    found = plan_times(Explained(Node("Nested Loop", cost=830.0, children=(outer, inner))))
    assert owns(found) == [10.0, 20.0, 800.0]


def test_a_limit_pays_a_part_of_what_is_below() -> None:
    scan = Node("Seq Scan", cost=1000.0)
    join = Node("Sort", cost=1100.0, children=(scan,))
    found = plan_times(Explained(Node("Limit", cost=11.0, children=(join,))))
    assert owns(found) == [0.0, 1.0, 10.0]


def test_partitions_and_bitmaps_are_one_part() -> None:
    parts = [node("Seq Scan", 10.0, relation=f"p_{n}") for n in range(5)]
    bitmap = node("Bitmap Heap Scan", 20.0, node("Bitmap Index Scan", 12.0), relation="t")
    found = plan_times(Explained(node("Hash Join", 80.0, node("Append", 52.0, *parts), bitmap)))
    amounts = [(len(part.steps), part.amount) for part in found.parts]
    assert amounts[:2] == [(5, 50.0), (2, 20.0)]


def step(found: PlanTimes, name: str) -> float | None:
    return next(step.factor for step in found.steps if step.node.name == name)


def test_rows_that_a_limit_left_unread_are_no_error_of_the_planner() -> None:
    scan = Node("Seq Scan", rows=5000.0, actual_rows=20.0, loops=1, time=1.0)
    root = Node("Limit", rows=20.0, actual_rows=20.0, loops=1, time=1.0, children=(scan,))
    assert step(plan_times(Explained(root)), "Seq Scan") is None
    sort = Node("Sort", rows=5000.0, actual_rows=20.0, loops=1, time=1.0, children=(scan,))
    below = Node("Limit", rows=20.0, actual_rows=20.0, loops=1, time=1.0, children=(sort,))
    assert step(plan_times(Explained(below)), "Seq Scan") == pytest.approx(20 / 5000)


def test_rows_of_processes_are_compared_as_the_planner_shares_them() -> None:
    scan = Node("Seq Scan", rows=2500.0, actual_rows=2000.0, loops=3, time=1.0, parallel=True)
    root = Node("Gather", rows=6000.0, actual_rows=6000.0, loops=1, time=2.0, children=(scan,))
    assert step(plan_times(Explained(root)), "Seq Scan") == pytest.approx(1.0)
