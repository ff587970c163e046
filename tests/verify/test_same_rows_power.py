"""What the generated databases make of a query: it returns rows, and each condition decides."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.same_rows import Different, SameRows
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.dialects.postgresql import catalog
from dbwright.dialects.sqlite import catalog as sqlite_catalog
from dbwright.scratch.sandbox import Sandbox
from dbwright.verify.queries.postgresql import Rows
from dbwright.verify.queries.prover import QueryProver
from dbwright.verify.same_rows import same_rows

from .conftest import clone_of

TABLES = """
create table regions (id integer primary key, code varchar(5) not null unique);
create table buyers (
    id integer primary key, region_id integer not null references regions, email text not null
);
create table sales (
    id integer primary key, buyer_id integer not null references buyers,
    status text not null check (status in ('new', 'paid', 'sent')),
    placed timestamp not null, cents integer not null, note text
);
create table lines (
    sale_id integer not null references sales, line integer not null, sku text not null,
    primary key (sale_id, line)
);
"""
QUERIES = [
    "select id from sales where buyer_id = 4711",
    "select id from sales where buyer_id in (815, 4711) and status = 'paid'",
    "select s.id from sales s join buyers b on b.id = s.buyer_id where b.region_id = 77",
    "select sale_id, line from lines where sale_id = 4242",
    "select id from sales where buyer_id between 1000 and 6000 and cents > 99000",
    "select id from sales order by id limit 10 offset 30",
    "select id from buyers where email like 'ann%@example.com'",
    "select id from sales where placed >= '2024-05-01' and placed < '2024-06-01' and cents < 500",
    "select buyer_id from sales group by buyer_id having count(*) >= 5",
    "select b.id from buyers b join sales s on s.buyer_id = b.id join lines l on l.sale_id = s.id"
    " where s.status = 'sent' and l.sku = 'A-17' and b.email = 'x@y.org'",
    "select id from buyers b where not exists (select 1 from sales s where s.buyer_id = b.id)",
    "select r.code from regions r left join buyers b on b.region_id = r.id where b.id is null",
    "select id from sales where (buyer_id, status) in ((12, 'new'), (13, 'paid'))",
]
LOOSENED = [
    ("buyer_id = 4711 and cents > 100", "buyer_id = 4711"),
    ("buyer_id = 4711 and cents > 100", "cents > 100"),
    ("buyer_id = 4711", "buyer_id in (4711, 4712)"),
    ("cents >= 500", "cents > 500"),
    ("cents >= 500", "cents >= 499"),
    ("placed < '2024-06-01'", "placed <= '2024-06-01'"),
    ("placed < '2024-06-01'", "placed < '2024-05-31 23:59:59'"),
    ("note like 'ab%'", "note like 'ab_%'"),
    ("note like '%ab'", "note like '%ab%'"),
    ("note like 'ab%'", "lower(note) like 'ab%'"),
    ("status = 'paid' and note is null", "status = 'paid'"),
    ("status <> 'paid'", "status in ('new')"),
]
NEVER = [
    ("select id from sales where cents > 5 and cents < 3", "select id from sales where false"),
    (
        "select count(*) as n from sales where status = 'lost'",
        "select count(*) as n from sales where status = 'lost' and cents = 1",
    ),
    (
        "select b.id from buyers b join sales s on s.buyer_id = b.id and s.id < s.id",
        "select b.id from buyers b join sales s on s.id = b.id and s.id < s.id",
    ),
]

Place = tuple[Any, Schema]


@pytest.fixture(scope="module")
def place(sandbox: Sandbox) -> Iterator[Place]:
    with clone_of(sandbox, TABLES) as database, closing(database.connect()) as connection:
        schema = catalog.read_schema(connection)
        connection.rollback()
        yield connection, schema


@pytest.fixture
def lite() -> Iterator[Place]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES)
        yield connection, sqlite_catalog.read_schema(connection)


def filled(place: Place, sql: str, databases: int = 60) -> int:
    verdict = same_rows(*place, sql, sql, databases=databases)
    assert isinstance(verdict, SameRows), verdict.words
    return verdict.filled


@pytest.mark.database
@pytest.mark.parametrize("sql", QUERIES)
def test_query_returns_rows_on_many_databases(place: Place, sql: str) -> None:
    assert filled(place, sql) >= 12


@pytest.mark.parametrize("sql", QUERIES)
def test_query_returns_rows_on_many_databases_of_sqlite(lite: Place, sql: str) -> None:
    assert filled(lite, sql) >= 12


@pytest.mark.database
@pytest.mark.parametrize(("first", "second"), LOOSENED)
def test_each_condition_decides_on_some_database(place: Place, first: str, second: str) -> None:
    queries = (f"select id from sales where {each}" for each in (first, second))
    verdict = same_rows(*place, *queries)
    assert isinstance(verdict, Different), verdict.words


@pytest.mark.database
@pytest.mark.parametrize(("first", "second"), NEVER)
def test_query_that_never_returns_rows_proves_nothing(
    place: Place, first: str, second: str
) -> None:
    connection, schema = place
    verdict = same_rows(connection, schema, first, second)
    assert isinstance(verdict, SameRows)
    assert (verdict.filled, verdict.proves) == (0, False)
    assert verdict.held["sales"] > 100
    ground = Rows(connection, "PostgreSQL", disposable=True)
    prover = QueryProver(ground, Target("postgresql"), "PostgreSQL", scratch=lambda: connection)
    for conditions in ((), ("a rule says so",)):
        probe = QueryProbe(first, "same_rows", other=second, conditions=conditions)
        proof = prover.prove(Claim("same_rows", probe=probe), "same rows")
        assert proof.level == "reasoned"
        assert "0 with rows: that proves nothing" in proof.why


@pytest.mark.parametrize(("first", "second"), NEVER)
def test_query_of_sqlite_that_never_returns_rows_proves_nothing(
    lite: Place, first: str, second: str
) -> None:
    verdict = same_rows(*lite, first, second)
    assert isinstance(verdict, SameRows)
    assert (verdict.filled, verdict.proves) == (0, False)
