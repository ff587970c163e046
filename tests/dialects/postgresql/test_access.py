"""What statements ask of their tables is read alike of many together and of each alone."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dbwright.dialects.postgresql.access import (
    accesses,
    accesses_of,
    partition_roots,
    plans_without_indexes,
    without_indexes,
)
from dbwright.scratch.sandbox import Database

pytestmark = pytest.mark.database
STATEMENTS = [
    "select * from orders where id = 5",
    "select * from orders o join lines l on l.order_id = o.id where o.note = 'a' and l.qty > 2",
    "select note from orders where id = $1 or note = $2 order by note limit 3",
    "select max(qty) from lines where order_id in (1, 2)",
    "update lines set qty = 2 where order_id = 7",
    "select * from nothing",
]
SETTINGS = "select name, setting from pg_settings where source <> 'default' order by name"


@pytest.fixture
def alone(database: Database) -> Iterator[psycopg.Connection]:
    """A connection in autocommit, with two tables that have indexes."""
    with database.connect() as found:
        found.autocommit = True
        found.execute("create table orders (id int primary key, note text)")
        found.execute("create table lines (order_id int, qty int)")
        found.execute("create index on lines (order_id)")
        yield found
        found.execute("drop table orders, lines")


def test_many_ask_what_each_asks_alone(alone: psycopg.Connection) -> None:
    before = alone.execute(SETTINGS).fetchall()
    roots = partition_roots(alone)
    with without_indexes(alone):
        *plans, refused = plans_without_indexes(alone, STATEMENTS)
    assert isinstance(refused, psycopg.errors.UndefinedTable)
    assert alone.execute(SETTINGS).fetchall() == before
    for sql, plan in zip(STATEMENTS, plans, strict=False):
        assert not isinstance(plan, psycopg.Error)
        assert "Index" not in str(plan)
        assert accesses_of(plan, roots) == accesses(alone, sql, roots)


def test_what_fails_leaves_a_connection_that_uses_indexes(alone: psycopg.Connection) -> None:
    before = alone.execute(SETTINGS).fetchall()
    with pytest.raises(psycopg.errors.SyntaxError), without_indexes(alone):
        alone.execute("selec")
    assert alone.execute(SETTINGS).fetchall() == before
