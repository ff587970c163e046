"""The door for pasted plans: any text is read or refused with one error that helps."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from typing import Any

import pymysql
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from dbwright.collect.plans import read_plan
from dbwright.core.errors import PlanError
from dbwright.core.explained import Explained
from dbwright.dialects.sqlite import explain

PARTS = [
    *("->  ", "Seq Scan on t", "Hash Join", "  (cost=0.00..1.00 rows=1 width=4)", "QUERY PLAN"),
    *(" (actual time=0.1..0.2 rows=1 loops=1)", "\n", "  ", "Filter: (a = 'x')", "'", '"', "("),
    *("Planning Time: 0.1 ms", "JIT:", "Workers Planned: 2", "Worker 0:", "SubPlan 1", "CTE x"),
    *('[{"Plan": {"Node Type": "Seq Scan"', "}}]", "<explain>", "<Plan>", "</Plan>", "- Plan: "),
    *("|--SCAN t", "`--SEARCH t", "QUERY PLAN", "+----+", "| id | select_type | table | type |"),
    *('{"query_block": {', "Sort Key: a, b", "Group Key: ()", "Buffers: shared hit=1", "\t", "> "),
    *("Sort Method: quicksort  Memory: 1kB", "duration: 1.0 ms  plan:", "Query Text: select 1"),
    *("-> Table scan on t  (cost=1 rows=1)", "&x;", "<!ENTITY x 'y'>", "*a", "&a", "null", "1e999"),
]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["Plan", "Plans", "Node Type", "Sort Key", "Workers", "JIT", "Triggers", "Actual Rows",
             "Actual Loops", "Group Key", "Grouping Sets", "Settings", "query_block", "table",
             "nested_loop", "Full-sort Groups", "Query Text", "Planning", "r_loops", "rows"]
        ),
        inside,
        max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip
PLAN = """Hash Join  (cost=8.25..142.17 rows=300 width=63) (actual time=0.2..2.3 rows=303 loops=1)
  Hash Cond: (o.customer_id = c.id)
  ->  Seq Scan on orders o  (cost=0.00..118.00 rows=6000 width=45) (actual time=0.1..1.6 rows=6000 loops=1)
  ->  Hash  (cost=8.00..8.00 rows=20 width=18) (actual time=0.024..0.025 rows=20 loops=1)
        Buckets: 1024  Batches: 1  Memory Usage: 10kB
        ->  Seq Scan on customers c  (cost=0.00..8.00 rows=20 width=18) (actual time=0.1..0.2 rows=20 loops=1)
              Filter: (city = 'city3'::text)
Planning Time: 0.087 ms
Execution Time: 2.862 ms"""  # noqa: E501


def only_plan_errors(text: str) -> None:
    with contextlib.suppress(PlanError):
        assert isinstance(read_plan(text), Explained)


ANY = settings(max_examples=400, suppress_health_check=list(HealthCheck))


@given(st.text(max_size=200) | st.lists(st.sampled_from(PARTS), max_size=25).map("".join))
@ANY
def test_no_text_raises_anything_else(text: str) -> None:
    only_plan_errors(text)


@given(JSON, st.sampled_from(["", '{"Plan": ', '[{"Plan": ', '{"query_block": ']))
@ANY
def test_no_json_raises_anything_else(data: Any, before: str) -> None:
    after = {"{": "}", "[": "}]"}.get(before[:1], "")
    only_plan_errors(f"{before}{json.dumps(data)}{after}")


@given(st.integers(0, len(PLAN)), st.integers(0, 40), st.sampled_from(["", *PARTS]))
@ANY
def test_no_damage_of_a_plan_raises_anything_else(at: int, gone: int, put: str) -> None:
    only_plan_errors(PLAN[:at] + put + PLAN[at + gone :])


@pytest.mark.parametrize("depth", [300, 5000])
def test_plans_without_end_are_refused(depth: int) -> None:
    lines = ["Limit  (cost=0.00..1.00 rows=1 width=4)"]
    lines += [f"{' ' * n}->  Limit  (cost=0.00..1.00 rows=1 width=4)" for n in range(1, depth)]
    lines.append(f"{' ' * depth}->  Result  (cost=0.00..1.00 rows=1 width=4)")
    inside: Any = '{"Node Type": "Limit", "Plans": [' * depth
    tree = "QUERY PLAN\n" + "\n".join(f"{'   ' * n}`--MERGE (UNION)" for n in range(depth))
    steps = "\n".join(f"{'    ' * n}-> Limit: 1 row(s)  (cost=1 rows=1)" for n in range(depth))
    for text in ("\n".join(lines), f'[{{"Plan": {inside}', tree, steps):
        with pytest.raises(PlanError):
            read_plan(text)


def test_xml_and_yaml_that_grow_are_refused() -> None:
    bomb = "- Plan: \n    Node Type: &a [x]\n    Plans: [*a, *a, *a]\n"
    with pytest.raises(PlanError, match="alias"):
        read_plan(bomb)
    with pytest.raises(PlanError, match="declarations"):
        read_plan(
            "<explain><!DOCTYPE x [<!ENTITY a 'b'>]><Query><Plan>&a;</Plan></Query></explain>"
        )


FOREIGN = {
    "Oracle": "-----\n| Id  | Operation         | Name |\n|   0 | SELECT STATEMENT  |      |",
    "SQL Server": "  |--Clustered Index Scan(OBJECT:([db].[dbo].[t].[PK_t]))",
    "a statement": "select * from orders where id = 5",
    "an error": 'ERROR:  relation "x" does not exist',
    "other JSON": '{"a": 1}',
    "nothing": "  \n ",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_plan_is_refused_with_the_way_out(name: str) -> None:
    with pytest.raises(PlanError) as caught:
        read_plan(FOREIGN[name], file="plan.txt")
    assert re.match(r"plan.txt:[12]: ", str(caught.value))
    assert "EXPLAIN" in (caught.value.way_out or "")


def test_sqlite_is_read_from_its_tree_and_its_rows() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(
        "create table a (id integer primary key, x); create table b (a_id, y);"
        "create index b_a on b (a_id);"
    )
    sql = """with c as materialized (select * from a where x > 1)
        select * from c join b on b.a_id = c.id
        where exists (select 1 from a where a.x = b.y) order by y"""
    plan = explain.plan(connection, sql)
    rows = connection.execute(f"explain query plan {sql}").fetchall()
    shell = ["QUERY PLAN", *_shell(rows, 0, "")]
    assert len([*plan.walk()]) > 5
    for text in (
        "\n".join(shell),
        "\n".join("|".join(map(str, row)) for row in rows),
        "\n".join(map(str, rows)),
    ):
        found = read_plan(text)
        assert (found.dialect, found.root) == ("sqlite", plan)


def _shell(rows: list[Any], parent: int, before: str) -> list[str]:
    """The tree as SQLite's shell draws it."""
    inside = [row for row in rows if row[1] == parent]
    lines = []
    for row in inside:
        last = row is inside[-1]
        lines.append(f"{before}{'`--' if last else '|--'}{row[3]}")
        lines += _shell(rows, row[0], before + ("   " if last else "|  "))
    return lines


def test_a_line_within_sqlites_tree_that_is_none_is_named() -> None:
    with pytest.raises(PlanError) as caught:
        read_plan("QUERY PLAN\n|--SCAN t\nRun Time: real 0.001\n`--SCAN u")
    assert caught.value.line == 3


@pytest.mark.database
def test_mariadb_is_read_from_its_table_and_its_json(mariadb: str) -> None:
    url = make_url(mariadb)
    connection = pymysql.connect(
        host=url.host or "", port=url.port or 3306, user=url.username or "", charset="utf8mb4",
        password=str(url.password or ""),
    )  # fmt: skip
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("create temporary table mysql.plan_a (id int primary key, x int, key (x))")
        cursor.execute("create temporary table mysql.plan_b (id int primary key, a_id int)")
        cursor.execute("insert into mysql.plan_a select seq, seq % 9 from mysql.seq_1_to_500")
        cursor.execute("insert into mysql.plan_b select seq, seq from mysql.seq_1_to_500")
        sql = """select * from mysql.plan_b b join mysql.plan_a a on a.id = b.a_id
            where a.x > 1 order by b.a_id"""
        cursor.execute(f"explain {sql}")
        names = [column[0] for column in cursor.description or ()]
        rows = [["NULL" if cell is None else str(cell) for cell in row] for row in cursor]
        cursor.execute(f"analyze format=json {sql}")
        (document,) = cursor.fetchone() or ("",)
    table = [
        "+----+",
        f"| {' | '.join(names)} |",
        "+----+",
        *(f"| {' | '.join(r)} |" for r in rows),
    ]
    found = read_plan("\n".join(table))
    scan, search = found.root.children
    assert (scan.name, scan.relation) == ("Table scan", "b")
    assert (search.name, search.relation, search.index) == (
        "Single-row index lookup",
        "a",
        "PRIMARY",
    )
    data = read_plan(document)
    assert data.dialect == "mariadb"
    tables = {node.relation: node for node in data.root.walk() if node.relation}
    assert tables["b"].loops == 1
    assert tables["a"].loops == 500
    assert data.timed
    vertical = "\n".join(
        line
        for row in rows
        for line in ("*** 1. row ***", *(f"{n:>13}: {c}" for n, c in zip(names, row, strict=True)))
    )
    assert read_plan(vertical) == found


MYSQL = """-> Sort: o.total DESC  (actual time=5.1..5.2 rows=80 loops=1)
    -> Nested loop inner join  (cost=12.6 rows=8) (actual time=0.1..4.9 rows=80 loops=1)
        -> Filter: (o.total > 100)  (cost=4.5 rows=8) (actual time=0.05..3.1 rows=92 loops=1)
            -> Table scan on o  (cost=4.5 rows=1000) (actual time=0.04..2.9 rows=1000 loops=1)
        -> Single-row index lookup on c using PRIMARY (id=o.customer_id)  (cost=0.26 rows=1) (actual time=0.01..0.012 rows=1 loops=92)
"""  # noqa: E501


def test_mysqls_tree_is_read() -> None:
    found = read_plan(MYSQL)
    names = [(n.name, n.relation, n.index, n.loops, n.time) for n in found.root.walk()]
    assert names == [
        ("Sort", None, None, 1.0, 5.2),
        ("Nested loop inner join", None, None, 1.0, 4.9),
        ("Filter", None, None, 1.0, 3.1),
        ("Table scan", "o", None, 1.0, 2.9),
        ("Single-row index lookup", "c", "PRIMARY", 92.0, 0.012),
    ]


def test_mysqls_json_is_read() -> None:
    text = """{"query_block": {"select_id": 1, "cost_info": {"query_cost": "12.60"},
      "ordering_operation": {"using_filesort": true, "nested_loop": [
        {"table": {"table_name": "o", "access_type": "ALL", "rows_examined_per_scan": 1000,
          "cost_info": {"prefix_cost": "4.50"}, "attached_condition": "(`o`.`total` > 100)"}},
        {"table": {"table_name": "c", "access_type": "eq_ref", "key": "PRIMARY",
          "rows_examined_per_scan": 1, "cost_info": {"prefix_cost": "12.60"}}}]}}}"""
    found = read_plan(text)
    assert found.dialect == "mysql"
    assert found.root.cost == 12.6
    named = [(n.name, n.relation, n.rows) for n in found.root.walk() if n.relation]
    assert named == [("Table scan", "o", 1000.0), ("Single-row index lookup", "c", 1.0)]
