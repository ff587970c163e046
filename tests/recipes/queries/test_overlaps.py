"""Two rules do not give the same index for one statement."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import dbwright
from dbwright.core.options import Options

SCHEMA = """
    create table customers (id integer primary key, name text not null);
    create index ix_customers_name on customers (name);
    create table orders (id integer primary key, customer_id integer not null, cents integer);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
    insert into orders select i, i % 1000, i from n;
    insert into customers select id, 'customer ' || id from orders;
    analyze;
"""


def advised(path: Path, sql: str) -> list[tuple[str, str]]:
    """Gives the rules that speak of a statement on a file, each with what is to be run."""
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    connection.close()
    report = dbwright.review_query(sql, options=Options(db=f"sqlite:///{path}"))
    return [
        (each.rule, ";".join(step.sql for step in each.advice.fix.steps))
        for each in report.recommendations
    ]


def test_an_index_for_each_run_of_a_subquery_is_told_once(tmp_path: Path) -> None:
    sql = (
        "select c.id, (select count(*) from orders o where o.customer_id = c.id) as orders"
        " from customers c where c.id = 7"
    )
    found = advised(tmp_path / "shop.db", sql)
    assert [rule for rule, _ in found] == ["correlated-subquery"]
    assert "(customer_id" in found[0][1]


def test_one_index_is_told_by_the_rule_that_knows_why(tmp_path: Path) -> None:
    sql = "select id from customers where name like 'customer 77%'"
    found = advised(tmp_path / "shop.db", sql)
    assert [rule for rule, _ in found] == ["prefix-like"]
