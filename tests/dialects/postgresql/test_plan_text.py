"""EXPLAIN's text says what its JSON says: plans of six versions, and what copying does to them."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import re
import textwrap
from typing import Any

import pytest

from dbwright.collect.plans import read_plan
from dbwright.core.errors import PlanError
from dbwright.core.explained import Explained
from dbwright.core.plan import Node
from dbwright.dialects.postgresql import plan_data
from dbwright.scratch.sandbox import Database

from .plan_corpus import MAJORS, captured, set_up, stored

TIMES = {"startup_time", "time", "workers"}
"""Two runs of a statement differ in these: that they are there is compared."""
BLOCKS = {"buffers", "io", "wal", "heap_fetches", "exact_blocks", "index_searches"}
GUESSED = {"rows", "cost", "startup_cost", "actual_rows", "removed", "removed_by_join", "hash"}
GUESSED |= {"loops", "sort"}
"""A write that was undone leaves dead rows: the next run of it expects and reads others. Workers
share the work as it comes.
"""
UNSAID = {"Workers", "Rows Removed by Conflict Filter"}
UNTOLD = {"inner_unique"}
"""The text has these only with VERBOSE, or for some values."""


def differences(text: Explained, data: Explained, *, written: bool) -> list[str]:
    """Gives where the tree of a text is another than that of JSON."""
    ours, theirs = list(text.root.walk()), list(data.root.walk())
    loose = written or any(node.workers_planned for node in theirs)
    if len(ours) != len(theirs):
        return [f"{len(ours)} nodes, and {len(theirs)} in JSON"]
    found = []
    for one, other in zip(ours, theirs, strict=True):
        found += [f"{other.name}: {each}" for each in _of_node(one, other, loose)]
    for field in dataclasses.fields(data):
        mine, told = getattr(text, field.name), getattr(data, field.name)
        if field.name == "triggers":
            mine, told = ([(each.constraint or each.name, each.calls) for each in triggers]
                          for triggers in (mine, told))  # fmt: skip
        if field.name.endswith(("_time", "_buffers", "memory")) or field.name in ("root", "jit"):
            same = (mine is None) == (told is None) or field.name == "planning_buffers"
        else:
            same = mine == told
        found += [] if same else [f"{field.name}: {mine} is {told}"]
    return found


def _of_node(one: Node, other: Node, loose: bool) -> list[str]:
    found = []
    for field in dataclasses.fields(other):
        name = field.name
        mine, told = getattr(one, name), getattr(other, name)
        if name in {"children", *UNTOLD} or (loose and name in GUESSED | BLOCKS):
            continue
        if name == "source" and other.name == "Function Scan":
            continue  # `on r` is a function's name or an alias
        if name == "parent" and told == "Member" and mine == "Outer":
            continue  # before 14 what is written comes from a member, even if there is one only
        if name in TIMES | BLOCKS:
            if (mine or None) is None and not told:
                continue
            if bool(told) and mine is None and not _is_zero(told):
                found.append(f"{name} is missing: {told}")
            continue
        if name == "extra":
            mine, told = ({k: v for k, v in e.items() if k not in UNSAID} for e in (mine, told))
        if (mine or None) != (told or None):
            found.append(f"{name} {mine} is {told}")
    return found


def _is_zero(value: Any) -> bool:
    return value in (0, 0.0) or (
        dataclasses.is_dataclass(value) and value == type(value)()  # type: ignore[call-arg]
    )


def check(plan: dict[str, Any]) -> list[str]:
    """Gives the differences of one plan's formats."""
    data = plan_data.explained(plan["json"][0])
    written = bool(re.match(r"insert|update|delete|merge|with gone|create", plan["sql"]))
    found = differences(read_plan(plan["text"]), data, written=written)
    for form in ("yaml", "xml"):
        if form in plan:
            found += differences(read_plan(plan[form]), data, written=written)
    return found


@functools.cache
def plans(major: int) -> list[dict[str, Any]]:
    return stored(major)


@pytest.mark.parametrize("major", MAJORS)
def test_text_yaml_and_xml_say_what_json_says(major: int) -> None:
    wrong = {plan["sql"]: found for plan in plans(major) if (found := check(plan))}
    assert wrong == {}
    assert len(plans(major)) > 100


@pytest.mark.parametrize("major", MAJORS)
def test_the_plans_have_all_kinds_of_nodes(major: int) -> None:
    names = {
        node.name
        for plan in plans(major)
        for node in plan_data.explained(plan["json"][0]).root.walk()
    }
    assert names >= {
        *("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Bitmap Index Scan"),
        *("BitmapOr", "Tid Scan", "Sample Scan", "Function Scan", "Values Scan", "CTE Scan"),
        *("WorkTable Scan", "Nested Loop", "Hash Join", "Merge Join", "Hash"),
        *("Sort", "Incremental Sort", "Aggregate", "WindowAgg", "Unique", "SetOp", "Append"),
        *("Recursive Union", "Limit", "LockRows", "ModifyTable", "Gather"),
        *("Gather Merge", "Result", "ProjectSet"),
    }


@pytest.mark.database
def test_text_of_a_server_says_what_its_json_says(database: Database) -> None:
    with contextlib.closing(database.superuser()) as connection:
        set_up(connection)
        found = captured(connection)
        wrong = {plan["sql"]: differ for plan in found if (differ := check(plan))}
    assert wrong == {}
    assert len(found) > 100


NESTED = """
Sort  (cost=50.10..50.12 rows=8 width=36) (actual time=4.201..4.204 rows=80 loops=1)
  Sort Key: o.total DESC, c.name
  Sort Method: quicksort  Memory: 31kB
  Buffers: shared hit=48 read=3
  ->  Nested Loop  (cost=0.28..49.98 rows=8 width=36) (actual time=0.051..4.020 rows=80 loops=1)
        Join Filter: ((o.note || ' ('::text) <> c.name)
        Rows Removed by Join Filter: 12
        ->  Seq Scan on orders o  (cost=0..20 rows=8 width=18) (actual time=0..3 rows=92 loops=1)
              Filter: (total > '100'::numeric)
              Rows Removed by Filter: 908
        ->  Index Scan using c_key on c  (cost=0.28..3.74 rows=1 width=18) (never executed)
              Index Cond: (id = o.customer_id)
Planning Time: 0.210 ms
Execution Time: 4.310 ms
""".strip()


def shape(found: Explained) -> list[Any]:
    return [(n.name, n.relation, n.filter, n.join_filter, n.index_condition, n.rows, n.time,
             n.removed, n.parent, len(n.children)) for n in found.root.walk()]  # fmt: skip


WHOLE = read_plan(NESTED)


def framed(text: str, left: str, right: str, rule: str) -> str:
    lines = text.splitlines()
    width = max(map(len, lines))
    head = [rule[0] * width, f"{left}{'QUERY PLAN':^{width}}{right}", rule[-1] * width]
    return "\n".join([*head, *(f"{left}{line:<{width}}{right}" for line in lines), "(14 rows)"])


def wrapped(text: str, width: int) -> str:
    """What a terminal's pager makes of it: cut at the width, wherever that is."""
    lines = (f" {line}" for line in text.splitlines())
    return "\n".join(line[n : n + width] for line in lines for n in range(0, len(line), width))


def mailed(text: str) -> str:
    """What mail makes of it: broken between words, quoted."""
    lines: list[str] = []
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        lines += textwrap.wrap(line.strip(), 76, initial_indent=indent, break_long_words=False)
    return "\n".join(f"> {line}" for line in lines)


def logged(text: str) -> str:
    query = "Query Text: select *\nfrom orders o\njoin customers c on true"
    inside = textwrap.indent(f"{query}\n{text.partition('Planning Time')[0]}", "\t")
    return f"2026-01-01 10:00:00.123 UTC [77] me@shop LOG:  duration: 4.310 ms  plan:\n{inside}"


DAMAGE = {
    "psql": framed(NESTED, " ", "", "--"),
    "psql with a border": framed(NESTED, "| ", " |", "+-"),
    "psql in unicode": framed(NESTED, "│ ", " │", "┌─"),
    "psql in double lines": framed(NESTED, "║ ", " ║", "╔═"),
    "cut at 70": wrapped(NESTED, 70),
    "cut at 95": wrapped(NESTED, 95),
    "mail": mailed(NESTED),
    "code fence": f"Here it is:\n```\n{NESTED}\n```",
    "CSV": "\n".join('"' + line.replace('"', '""') + '"' for line in NESTED.splitlines()),
    "windows": NESTED.replace("\n", "\r\n"),
    "hard blanks": NESTED.replace("  ", "\u00a0\u00a0"),
    "other arrows": NESTED.replace("->  ", "→ "),
    "half the indentation": re.sub(r"(?m)^ +", lambda m: " " * (len(m[0]) // 2), NESTED),
    "no indentation": re.sub(r"(?m)^ +", "", NESTED),
    "one blank": re.sub(r"(?m)^ +", " ", NESTED),
    "tabs": re.sub(r"(?m)^ +", lambda m: "\t" * ((len(m[0]) + 4) // 6), NESTED),
    "a prompt before": f"shop=# explain analyze select * from orders;\n{NESTED}\n\nshop=# ",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_copying_does_is_undone(name: str) -> None:
    found = read_plan(DAMAGE[name])
    assert shape(found) == shape(WHOLE)
    assert (found.planning_time, found.execution_time) == (0.21, 4.31)


def test_a_line_cut_anywhere_is_whole_again() -> None:
    wrong = [n for n in range(40, 100) if shape(read_plan(wrapped(NESTED, n))) != shape(WHOLE)]
    assert wrong == []


def test_a_log_of_auto_explain_has_the_statement_and_the_time() -> None:
    found = read_plan(logged(NESTED))
    assert shape(found) == shape(WHOLE)
    assert found.sql == "select *\nfrom orders o\njoin customers c on true"
    assert found.execution_time == 4.31


@pytest.mark.parametrize("mark", [" +", " ↵", ""])
def test_json_comes_through_the_frames_of_psql(mark: str) -> None:
    data = json.dumps(plans(15)[33]["json"], indent=2)
    lines = data.splitlines()
    width = max(map(len, lines))
    text = "\n".join(f" {line:<{width}}{mark}" for line in lines[:-1]) + f"\n {lines[-1]}"
    head = f"{'QUERY PLAN':^{width}}\n{'-' * width}\n"
    assert read_plan(f"{head}{text}\n(1 row)") == plan_data.explained(plans(15)[33]["json"][0])


def test_auto_explain_writes_json_without_a_list() -> None:
    plan = plans(18)[5]["json"][0]
    text = json.dumps({"Query Text": "select 1;", **plan}, indent=2)
    found = read_plan(f"LOG:  duration: 0.123 ms  plan:\n{textwrap.indent(text, chr(9))}")
    assert found == dataclasses.replace(plan_data.explained(plan), sql="select 1;")


def test_where_the_tree_could_be_another_it_is_refused() -> None:
    lost = re.sub(
        r"(?m)^ +",
        "",
        """Append  (cost=0.00..3.00 rows=3 width=4)
  ->  Sort  (cost=0.00..1.00 rows=1 width=4)
        ->  Append  (cost=0.00..1.00 rows=1 width=4)
              ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)
  ->  Seq Scan on b  (cost=0.00..1.00 rows=1 width=4)""",
    )
    with pytest.raises(PlanError, match="indentation is lost") as caught:
        read_plan(lost)
    assert caught.value.line == 2
    assert "FORMAT JSON" in str(caught.value.way_out)


CUT = {
    "inside of a node's line": (NESTED[:270], 5),
    "after one side of a join": ("\n".join(NESTED.splitlines()[:10]), 5),
    "inside of a condition": ("\n".join(NESTED.splitlines()[:11]) + "\n  Index Cond: (id = o", 12),
    "after a label": ("Result  (cost=0.00..0.01 rows=1 width=4)\n  InitPlan 1 (returns $0)", 2),
    "in JSON": ('[{"Plan": {\n "Node Type": "Seq Scan",\n "Filter": "(a =', 3),
    "in XML": ("<explain>\n <Query>\n  <Plan>\n   <Node-Type>Seq Scan</Node-Type>\n", 4),
}  # fmt: skip


@pytest.mark.parametrize("where", CUT)
def test_a_plan_that_is_cut_off_is_refused_with_its_line(where: str) -> None:
    text, line = CUT[where]
    with pytest.raises(PlanError, match=r"cut off|neither") as caught:
        read_plan(text)
    assert caught.value.line == line
    assert caught.value.way_out


def test_a_second_plan_is_not_read_and_said_to_be_there() -> None:
    found = read_plan(f"{NESTED}\n\n{NESTED}")
    assert shape(found) == shape(WHOLE)
    assert found.unread == ("another plan from line 16 on",)


def test_a_node_of_an_extension_is_a_node() -> None:
    found = read_plan(
        "Custom Scan (ChunkAppend) on metrics  (cost=0.15..9.00 rows=5 width=8)\n"
        "  Chunks excluded during startup: 3\n"
        "  ->  Gather Motion 3:1  (cost=0.15..3.00 rows=5 width=8)\n"
        "        ->  Seq Scan on _hyper_1  (cost=0.15..3.00 rows=5 width=8)"
    )
    names = [node.name for node in found.root.walk()]
    assert names == ["Custom Scan", "Gather Motion 3:1", "Seq Scan"]
    assert found.root.extra["Chunks excluded during startup"] == "3"


def test_quoted_names_and_lists_with_commas_come_whole() -> None:
    found = read_plan(
        """Sort  (cost=1.00..2.00 rows=3 width=4)
  Sort Key: (COALESCE(a, 'x, ('::text)), "b, c" DESC
  ->  Seq Scan on "My Shop"."Odd ""Table" "o o"  (cost=0.00..1.00 rows=3 width=4)"""
    )
    assert found.root.sort is not None
    assert found.root.sort.keys == ("(COALESCE(a, 'x, ('::text))", '"b, c" DESC')
    scan = found.root.children[0]
    assert (scan.schema, scan.relation, scan.alias) == ("My Shop", 'Odd "Table', "o o")
