"""Generated rows in SQLite, with its foreign keys switched on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from dbwright.dialects.sqlite import catalog
from dbwright.scratch import rows
from dbwright.scratch.rows_write import Refused


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """A database in memory."""
    opened = sqlite3.connect(":memory:")
    yield opened
    opened.close()


def _filled(connection: sqlite3.Connection, sql: str) -> rows.Filled:
    connection.executescript(sql)
    return rows.fill(connection, catalog.read_schema(connection))


def test_constraints_of_sqlite_are_met(connection: sqlite3.Connection) -> None:
    filled = _filled(
        connection,
        """
        create table customers (id integer primary key, email varchar(30) not null unique,
          name varchar(20) collate nocase, boss_id int references customers,
          credit numeric(8, 2) not null check (credit between 0 and 500),
          active boolean not null check (active in (0, 1)), flags json not null);
        create unique index by_name on customers (lower(name));
        create table orders (id integer primary key autoincrement, starts datetime not null,
          customer_id int not null references customers, ends datetime,
          twice int generated always as (customer_id * 2) stored, check (starts < ends));
        create table tags (order_id int references orders, tag text,
          primary key (order_id, tag)) without rowid;
        create table exact (id integer primary key, x integer not null, y real, z any) strict;
        create table codes (id text primary key,
          code text not null check (code glob '[A-Z]*' and length(code) = 4))
    """,
    )
    assert set(filled.rows.values()) == {20}
    assert connection.execute("pragma foreign_key_check").fetchall() == []
    assert connection.execute("select count(boss_id) from customers").fetchone()[0] > 5


def test_mandatory_circle_waits_for_the_commit(connection: sqlite3.Connection) -> None:
    filled = _filled(
        connection,
        """
        create table a (id integer primary key, b_id int not null references b);
        create table b (id integer primary key, a_id int not null references a)
    """,
    )
    assert filled.rows == {"a": 20, "b": 20}
    assert connection.execute("pragma foreign_key_check").fetchall() == []


def test_triggers_fire_and_impossible_tables_say_why(connection: sqlite3.Connection) -> None:
    filled = _filled(
        connection,
        """
        create table t (id integer primary key, n int not null);
        create trigger small before insert on t begin
          select raise(abort, 'too small') where new.n < 3; end;
        create table bad (id integer primary key, x int not null
          constraint never check (x > 5 and x < 3))
    """,
    )
    assert filled.rows == {"bad": 0, "t": 20}
    assert filled.empty[0].why == "never: CHECK constraint failed: never"


def test_refusals_have_the_codes_of_the_standard(connection: sqlite3.Connection) -> None:
    _filled(
        connection,
        "create table p (id integer primary key);"
        "create table t (id integer primary key, n int not null unique, p_id int references p)",
    )
    schema = catalog.read_schema(connection)
    first = rows.insert_row(connection, schema, "t", {"n": 900})
    assert first["n"] == "900"
    codes = []
    for given in ({"n": 900}, {"n": None}, {"p_id": 4000}):
        with pytest.raises(Refused) as caught:
            rows.insert_row(connection, schema, "t", given)
        codes.append(caught.value.code)
    assert codes == ["23505", "23502", "23503"]
