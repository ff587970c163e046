"""Plans and sizes of a real server."""

from __future__ import annotations

import psycopg
import pytest

from dbwright.dialects.postgresql import explain, statistics

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


def test_analyze_counts_the_rows(orders: psycopg.Connection) -> None:
    root = explain.plan(orders, "select * from orders where note = 'x5'", analyze=True)
    assert (root.actual_rows, root.removed) == (1, 4999)


def test_rows_and_bytes_are_those_of_the_last_analyze(orders: psycopg.Connection) -> None:
    orders.execute("create table unseen (id int)")
    assert statistics.rows(orders) == {"orders": 5000}
    assert statistics.sizes(orders)["orders"] > 100_000
