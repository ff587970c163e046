"""A plan looked at: the tree in its columns, the sentence in the awkward cases, the picture."""

from __future__ import annotations

import dataclasses
import json
import lzma
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from dbwright.core.explained import Explained
from dbwright.core.plan import Node
from dbwright.core.plan_parts import Blocks, Buffers, Sort, Trigger
from dbwright.core.plan_times import plan_times
from dbwright.dialects.postgresql import plan_data
from dbwright.render.plan import sentence, tree
from dbwright.render.plan_picture import style, svg

from .test_html import EVIL

STORED = Path(__file__).parents[1] / "dialects" / "postgresql" / "plans"
MAJORS = (13, 14, 15, 16, 17, 18)


def scan(time: float, rows: float = 100.0, **more: Any) -> Node:
    values = {"relation": "orders", "rows": rows, "actual_rows": rows, "loops": 1.0, **more}
    return Node("Seq Scan", time=time, **values)


def loop() -> Node:
    """3,200 customers, and an index scan of orders for each."""
    outer = scan(90.0, 3200.0, relation="customers", cost=60.0)
    inner = Node("Index Scan", "orders", "orders_customer_id", loops=3200, time=1.5, rows=1)
    inner = dataclasses.replace(inner, index_condition="(customer_id = c.id)", actual_rows=40.0)
    join = Node("Nested Loop", time=4950.0, rows=3200, actual_rows=128000, loops=1)
    return dataclasses.replace(join, children=(outer, inner))


def told(root: Node, **more: Any) -> str:
    return sentence(Explained(root, **more))


def test_a_loop_is_told_with_how_often_and_for_what() -> None:
    assert told(loop(), execution_time=5000.0) == (
        "4.8 of 5.0 s go into reading orders by 3,200 index scans (orders_customer_id), one for "
        "each row of customers."
    )


def test_what_was_read_and_thrown_away_is_told() -> None:
    root = scan(410.0, 41.0, filter="(a)", removed=8_199_959.0)
    assert told(root) == (
        "410 of 410 ms go into reading all of orders, to keep 41 of 8,200,000 rows."
    )


def test_a_limit_that_stops_early_reads_no_whole_table() -> None:
    below = scan(5.0, 20.0, filter="(a)", removed=1885.0)
    root = Node("Limit", time=5.0, loops=1, actual_rows=20.0, children=(below,))
    assert told(root) == (
        "5 of 5 ms go into reading orders until there are enough rows, to keep 20 of 1,905 rows."
    )


def test_a_sort_on_disk_is_told_with_its_size() -> None:
    sort = Sort(("a",), method="external merge", kilobytes=40_000, on_disk=True)
    root = Node("Sort", time=500.0, loops=1, actual_rows=100.0, sort=sort, children=(scan(50.0),))
    assert told(root) == "450 of 500 ms go into sorting 100 rows on disk (39 MB)."


def test_triggers_planning_and_what_is_outside_are_told() -> None:
    fired = Trigger("RI", "orders", "lines_order_id_fkey", 90.0, 51)
    assert told(scan(1.0), execution_time=92.0, triggers=(fired,)) == (
        "90 of 92 ms go into checking the foreign key lines_order_id_fkey on orders, 51 calls."
    )
    assert told(scan(1.0), execution_time=1.1, planning_time=50.0) == (
        "50 of 51.1 ms go into planning the statement."
    )
    assert told(scan(1.0), execution_time=50.0) == (
        "49 of 50 ms go into starting and ending the execution, outside of all nodes."
    )


def test_where_nothing_stands_out_the_greatest_are_told() -> None:
    parts = [scan(20.0, relation=name) for name in ("a", "b", "c")]
    inner = Node("Hash", time=21.0, loops=1, actual_rows=1.0, children=(parts[1],))
    join = Node("Hash Join", time=60.0, loops=1, actual_rows=1.0, children=(parts[0], inner))
    assert told(join) == ("20 of 60 ms go into reading all of a and 20 ms into reading all of b.")


def test_without_times_it_is_said_that_there_are_none() -> None:
    estimated = Node("Sort", cost=100.0, rows=5.0, children=(Node("Seq Scan", "t", cost=90.0),))
    assert told(estimated) == ("Not run, so by the planner's cost: 90 % go into reading all of t.")
    counted = Node("Seq Scan", "t", loops=1, actual_rows=1, buffers=Buffers(Blocks(hit=7)))
    assert told(counted) == (
        "No times were measured; 7 of 7 pages are looked at for reading all of t."
    )
    assert told(Node("QUERY PLAN", children=(Node("SCAN t", "t"),)), dialect="sqlite") == (
        "SQLite told neither times nor costs: all of t is read."
    )


def test_partitions_are_told_together() -> None:
    parts = tuple(scan(10.0, relation=f"orders_{n}") for n in range(8))
    root = Node("Append", time=81.0, loops=1, actual_rows=800, children=parts)
    assert told(root).startswith("80 of 81 ms go into reading 8 partitions or tables, orders_")


def test_the_tree_has_own_times_rows_and_what_is_off() -> None:
    lines = tree(Explained(loop(), execution_time=5000.0, planning_time=1.25))
    assert (
        "\n".join(lines)
        == """\
4.8 of 5.0 s go into reading orders by 3,200 index scans (orders_customer_id),
one for each row of customers.

 own time
    60 ms       Nested Loop
                │  rows 3,200 → 128,000 (40× more)
    90 ms       ├─ Seq Scan on customers
                │     rows 3,200 → 3,200
!   4.8 s ████▌ └─ Index Scan using orders_customer_id on orders
                      rows 3,200 → 128,000 (40× more) · 3,200 loops
                      Index: (customer_id = c.id)

    50 ms       starting and ending
  1.25 ms       planning
    5.0 s       in all"""
    )


def plans(major: int) -> list[Explained]:
    """The plans that a server of a version gave; see tests/dialects/postgresql/plan_corpus.py."""
    text = lzma.decompress((STORED / f"{major}.jsonl.xz").read_bytes()).decode()
    return [plan_data.explained(json.loads(line)["json"][0]) for line in text.splitlines()]


@pytest.mark.parametrize("major", MAJORS)
def test_the_parts_of_every_stored_plan_are_its_whole(major: int) -> None:
    for found in plans(major):
        times = plan_times(found)
        assert sentence(found).endswith(".")
        if times.unit != "ms":
            continue
        rounding = 0.002 * sum(max(step.node.loops or 0, 1) for step in times.steps)
        total = sum(part.amount for part in times.parts)
        assert total == pytest.approx(times.total, rel=0.03, abs=rounding), found


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_stored_plan_keeps_within_its_columns(width: int) -> None:
    for found in plans(18) + plans(13):
        lines = tree(found, width)
        assert max(map(len, lines)) <= width
        assert all(line.isascii() for line in tree(found, width, ascii=True) if "'" not in line)


def test_every_stored_plan_is_a_whole_picture() -> None:
    found = plans(17)
    for before, after in zip(found, [*found[1:], None], strict=True):  # type: ignore[list-item]
        root = ElementTree.fromstring(svg(before, after))
        steps = [each for each in root.iter() if "step" in (each.get("class") or "").split()]
        count = sum(1 for plan in (before, after) if plan for _ in plan.root.walk())
        assert len(steps) == count
        _stays_within(root, 980)


def _stays_within(root: ElementTree.Element, width: float) -> None:
    for group in [each for each in root.iter() if each.get("transform")]:
        left = float(re.findall(r"[\d.]+", group.get("transform") or "")[0])
        for text in group.iter("{http://www.w3.org/2000/svg}text"):
            letter = 6.7 if "quiet" in (text.get("class") or "") else 7.3
            x = left + float(text.get("x") or 0)
            if text.get("text-anchor") != "end":
                assert x + letter * len(text.text or "") <= width + 1, text.text


def test_what_changed_is_marked_on_either_side() -> None:
    before = Explained(loop())
    index = Node(
        "Index Scan", "customers", "customers_name", rows=1, actual_rows=1, loops=1, time=0.1
    )
    root = dataclasses.replace(loop(), children=(index, loop().children[1]), time=2.0)
    drawn = ElementTree.fromstring(svg(before, Explained(root)))
    classes = [(each.get("class") or "").split() for each in drawn.iter()]
    gone = [each for each in classes if "step" in each and "gone" in each]
    new = [each for each in classes if "step" in each and "new" in each]
    assert (len(gone), len(new)) == (1, 1)
    same = svg(before, before)
    assert 'class="step gone' not in same
    assert "as before" in same


def test_text_from_outside_is_escaped_in_the_picture_and_printable_in_the_tree() -> None:
    condition = f"(x = '{EVIL}\x1b[2J')"
    evil = Node("Seq Scan", EVIL, time=5.0, loops=1, actual_rows=1, filter=condition)
    found = Explained(evil, triggers=(Trigger(EVIL, time=1.0, calls=1),), execution_time=7.0)
    drawn = svg(found, found)
    root = ElementTree.fromstring(drawn)
    names = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert names <= {"svg", "style", "rect", "g", "text", "title", "path", "line"}
    assert not any(key.startswith("on") for each in root.iter() for key in each.attrib)
    for text in (drawn, *tree(found, 200)):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_the_picture_has_its_style_or_the_page_has_it() -> None:
    found = Explained(scan(1.0))
    assert style() in svg(found)
    assert "<style>" not in svg(found, styled=False)
    assert "prefers-color-scheme: dark" in style()


AWKWARD = {
    "insert into before_it": "the trigger t on before_it, 19 calls",
    "insert into after_it": "the trigger t on after_it, 19 calls",
    "with s as materialized": "reading all of customers|reading customers by customers_pkey",
    "select * from orders where id =": "reading customers by customers_pkey",
    "select (select count(slept)": "customers",
    "delete from orders where id": r"reading orders by orders_pkey(_1)?; at .* what is computed",
    "delete from customers": "checking the foreign key lines_customer_id_fkey on customers",
    "select count(*) from orders where": "just-in-time compilation",
}
"""Where a server slept, or compiled, and what the sentence has to say; see plan_corpus.py."""


@pytest.mark.parametrize("major", MAJORS)
def test_the_sentence_is_right_where_real_servers_spent_their_time(major: int) -> None:
    text = lzma.decompress((STORED / "awkward.jsonl.xz").read_bytes()).decode()
    seen = set()
    for line in text.splitlines():
        data = json.loads(line)
        if data["major"] != major:
            continue
        found = plan_data.explained(data["json"][0])
        (begin,) = (each for each in AWKWARD if data["sql"].startswith(each))
        assert re.search(AWKWARD[begin], sentence(found)), f"{data['sql']}: {sentence(found)}"
        times = plan_times(found)
        assert times.parts[0].amount > times.total * 0.6, data["sql"]
        seen.add(begin)
    assert len(seen) >= len(AWKWARD) - 1
