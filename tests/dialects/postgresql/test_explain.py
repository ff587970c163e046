"""Plans and sizes of a real server."""

from __future__ import annotations

import psycopg
import pytest

from dbwright.dialects.postgresql import explain, statistics
from dbwright.scratch.sandbox import Database

pytestmark = pytest.mark.database


@pytest.fixture
def orders(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("create table orders (id int primary key, note text)")
    connection.execute("insert into orders select n, 'x' || n from generate_series(1, 5000) n")
    connection.execute("analyze orders")
    return connection


def test_a_look_up_by_key_uses_the_index(orders: psycopg.Connection) -> None:
    root = explain.plan(orders, "select * from orders where id = %s", [5])
    assert (root.name, root.index) == ("Index Scan", "orders_pkey")
    assert root.index_condition == "(id = 5)"
    assert root.actual_rows is None


def test_a_filter_without_index_reads_the_table(orders: psycopg.Connection) -> None:
    root = explain.plan(orders, "select count(*) from orders where note = 'x5'")
    scan = next(node for node in root.walk() if node.relation == "orders")
    assert scan.name == "Seq Scan"
    assert scan.filter == "(note = 'x5'::text)"


def test_parameters_without_values_get_the_plan_for_all_values(orders: psycopg.Connection) -> None:
    orders.execute("set local plan_cache_mode = force_custom_plan")
    root = explain.plan(orders, "select * from orders where id > $1 and note <> $2 order by id")
    assert (root.name, root.index_condition) == ("Index Scan", "(id > $1)")
    assert orders.execute("select name from pg_prepared_statements").fetchall() == []
    assert orders.execute("show plan_cache_mode").fetchone() == ("force_custom_plan",)


def test_parameters_are_planned_beside_statements_that_the_driver_prepared(
    orders: psycopg.Connection,
) -> None:
    for _ in range(3):
        orders.execute("select note from orders where id = %s", [1], prepare=True)
        root = explain.plan(orders, "select * from orders where id > $1 order by id")
        assert root.index_condition == "(id > $1)"


def test_a_dollar_in_a_text_is_no_parameter(orders: psycopg.Connection) -> None:
    assert explain.plan(orders, "select * from orders where note = '$5'").filter is not None


def test_a_statement_that_is_refused_leaves_nothing_prepared(database: Database) -> None:
    with database.connect() as connection:
        for sql in ("select nothing where 1 = $1", "select 1 / 0 where 1 = $1"):
            with pytest.raises(psycopg.Error):
                explain.plan(connection, sql)
            connection.rollback()
        assert connection.execute("select name from pg_prepared_statements").fetchall() == []


def test_analyze_counts_the_rows(orders: psycopg.Connection) -> None:
    root = explain.plan(orders, "select * from orders where note = 'x5'", analyze=True)
    assert (root.actual_rows, root.removed) == (1, 4999)


def test_rows_and_bytes_are_those_of_the_last_analyze(orders: psycopg.Connection) -> None:
    orders.execute("create table unseen (id int)")
    assert statistics.rows(orders) == {"orders": 5000}
    assert statistics.sizes(orders)["orders"] > 100_000
