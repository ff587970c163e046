"""Queries reviewed on a database in use, on its twin, and on text alone."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from tests.jobs.test_tune import Source, in_use

import dbwright
from dbwright.collect import twin as files
from dbwright.collect.placeholders import numbered
from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.options import Options
from dbwright.core.report import Report
from dbwright.core.target import Target
from dbwright.verify.queries.postgresql import Rows
from dbwright.verify.queries.prover import QueryProver

SCHEMA = """
    create table customers (id serial primary key, email text not null, city text);
    create table orders (
        id bigserial primary key, customer_id int not null references customers,
        placed_at timestamp not null, status text not null, total numeric(10, 2)
    );
    insert into customers (email, city)
    select 'user' || i || '@example.com', 'city' || i % 50 from generate_series(1, 2000) i;
    insert into orders (customer_id, placed_at, status, total)
    select 1 + i * 7 % 2000, timestamp '2024-01-01' + i * interval '1 minute',
           case when i % 1000 = 0 then 'pending' else 'done' end, i % 500
    from generate_series(1, 40000) i;
    create index ix_orders_placed_at on orders (placed_at);
    create function counted() returns int language sql volatile as 'select 1';
"""
DAY = "select id from orders where placed_at::date = date '2024-01-20'"
PENDING = "select id from orders where customer_id = 42"


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    """Customers with orders, one index among them."""
    with in_use(None, SCHEMA) as found:
        yield found


def reviewed(source: Source, sql: str, **options: object) -> Report:
    """Gives the review of a statement on the database itself."""
    return dbwright.review_query(sql, options=Options(db=source.url, **options))  # type: ignore[arg-type]


def rules(report: Report) -> list[str]:
    """Gives the names of what was found."""
    return [each.rule for each in report.recommendations]


@pytest.mark.database
def test_an_index_is_tried_on_a_twin_and_nothing_is_made(source: Source) -> None:
    before = source.connection.execute("select count(*) from pg_class").fetchone()
    report = reviewed(source, PENDING)
    assert rules(report) == ["missing-index"]
    (found,) = report.recommendations
    assert found.proof.level == "verified"
    assert "twin" in found.proof.scope
    assert any(proof.factor is not None and proof.factor > 3 for proof in found.proofs)
    assert "(customer_id)" in found.advice.fix.steps[0].sql
    assert source.connection.execute("select count(*) from pg_class").fetchone() == before


@pytest.mark.database
def test_a_run_measures_both_forms(source: Source) -> None:
    report = reviewed(source, DAY, run=True)
    (found,) = report.recommendations
    assert found.rule == "function-on-column"
    assert any("ms" in proof.witness or "pages" in proof.witness for proof in found.proofs)
    explained = report.looked[0].explained
    assert explained is not None
    assert explained.analyzed


@pytest.mark.database
@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("delete from orders where id = 1", "writes"),
        ("with gone as (delete from orders returning 1) select * from gone", "writes"),
        ("select counted()", "volatile"),
        ("select pg_sleep(1)", "pg_sleep"),
        ("select * from orders for update", "read-only"),
    ],
)
def test_what_must_not_be_run_is_only_planned(source: Source, sql: str, why: str) -> None:
    before = source.connection.execute("select count(*) from orders").fetchone()
    report = reviewed(source, sql, run=True, sandbox=False)
    assert any(why in each.why for each in report.unverified)
    explained = report.looked[0].explained
    assert explained is not None
    assert not explained.analyzed
    assert source.connection.execute("select count(*) from orders").fetchone() == before


@pytest.mark.database
def test_statistics_of_an_expression_that_keeps_few_rows_are_not_told(source: Source) -> None:
    report = reviewed(source, "select id from orders where id % 9000 = 4711", run=True)
    assert "expression-without-statistics" not in rules(report)


def test_one_bad_statement_does_not_stop_the_others(source: Source) -> None:
    sql = f"select 1 from nosuch; create table x (a int); selec; {PENDING}"
    report = reviewed(source, sql)
    assert rules(report) == ["missing-index"]
    texts = " ".join(f"{each.what} {each.why}" for each in report.unverified)
    assert "nosuch" in texts
    assert "no plan" in texts
    assert "syntax error" in texts


@pytest.mark.database
def test_text_that_holds_no_query_is_refused(source: Source) -> None:
    with pytest.raises(CollectError, match="no plan"):
        reviewed(source, "drop table orders")
    with pytest.raises(CollectError, match="not read"):
        reviewed(source, "select " + "+".join(["1"] * 150_000))


@pytest.mark.database
@pytest.mark.parametrize("place", [":customer", "%s", "%(customer)s", "$1", "@customer", "?"])
def test_placeholders_get_typical_values_and_stay_as_they_are(source: Source, place: str) -> None:
    sql = f"select id from orders where customer_id = {place}"
    report = reviewed(source, sql, sandbox=False)
    assert report.unverified == ()
    (looked,) = report.looked
    assert looked.explained is not None
    assert 0 < looked.explained.root.rows < 100


@pytest.mark.database
def test_a_twin_gives_the_same_advice(source: Source, tmp_path: Path) -> None:
    file = tmp_path / "prod.twin"
    file.write_text(files.text(files.export_twin(source.url)))
    report = dbwright.review_query(PENDING, options=Options(twin=str(file)))
    assert rules(report) == ["missing-index"]
    with pytest.raises(UsageError, match="not both"):
        dbwright.review_query(PENDING, options=Options(twin=str(file), db=source.url))


def test_without_a_database_the_text_alone_is_read(tmp_path: Path) -> None:
    report = dbwright.review_query(PENDING, tmp_path)
    assert rules(report) == []
    assert "text alone" in report.unverified[0].why
    assert report.exit_status == 3


@pytest.mark.parametrize(
    ("given", "sql", "names"),
    [
        ("select :a, :b, :a", "select $1, $2, $1", (":a", ":b")),
        ("select %s, '%s'", "select $1, '%s'", ("%s",)),
        ("select a::text from t where b = :b", "select a::text from t where b = $1", (":b",)),
        ("select 1 where a >=@p and b <@c", "select 1 where a >=$1 and b <@c", ("@p",)),
        ("select b @> c, @ -5 from t", "select b @> c, @ -5 from t", ()),
    ],
)
def test_placeholders_of_any_style_are_numbered(
    given: str, sql: str, names: tuple[str, ...]
) -> None:
    found = numbered(given)
    assert (found.sql, found.names) == (sql, names)
    assert found.spelled(found.sql) == given


@pytest.mark.database
def test_a_statement_of_sqlalchemy_is_reviewed_with_its_values(source: Source) -> None:
    orders = sa.table("orders", sa.column("id"), sa.column("customer_id"), sa.column("status"))
    statement = sa.select(orders.c.id).where(
        orders.c.customer_id.in_([1, 2]), orders.c.status == "it's"
    )
    report = dbwright.review_query(statement, options=Options(db=source.url, sandbox=False))
    (looked,) = report.looked
    assert "IN (1::INTEGER, 2::INTEGER)" in looked.sql
    assert "'it''s'" in looked.sql
    assert looked.explained is not None


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A SQLite file with many orders, as a URL."""
    path = tmp_path / "shop.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("create table orders (id integer primary key, customer_id integer)")
        rows = [(number % 300,) for number in range(5000)]
        connection.executemany("insert into orders (customer_id) values (?)", rows)
        connection.commit()
    return f"sqlite:///{path}"


@pytest.mark.parametrize("place", ["42", "?", ":customer", "@customer"])
def test_a_file_of_sqlite_is_copied_and_left_alone(file: str, place: str) -> None:
    path = Path(file.removeprefix("sqlite:///"))
    before = path.read_bytes()
    sql = f"select id from orders where customer_id = {place}"
    report = dbwright.review_query(sql, options=Options(db=file))
    assert rules(report) == ["missing-index"]
    assert "copy" in report.recommendations[0].proof.scope
    assert path.read_bytes() == before


def test_a_file_of_sqlite_is_only_looked_at_where_nothing_is_to_be_tried(file: str) -> None:
    sql = "select id from orders where customer_id = 42"
    report = dbwright.review_query(sql, options=Options(db=file, sandbox=False))
    assert rules(report) == []
    assert report.looked[0].explained is not None


@pytest.mark.database
def test_what_a_proof_makes_on_a_clone_is_gone(source: Source) -> None:
    """A clone's connection commits each statement by itself: the proof opens a transaction."""
    sql = "select id from customers where email like '%x'"
    made = "create index dbwright_probe on customers (email text_pattern_ops)"
    probe = QueryProbe(sql, "no_index_used", setup=(made,), table="customers")
    with psycopg.connect(source.url, autocommit=True) as connection:
        ground = Rows(connection, "a clone")
        prover = QueryProver(ground, Target("postgresql"), "PostgreSQL")
        proof = prover.prove(Claim("reads_whole_table", "customers", probe=probe), "it reads all")
        assert proof.level == "verified"
        left = connection.execute("select to_regclass('dbwright_probe')").fetchone()
        connection.execute("drop index if exists dbwright_probe")
    assert left == (None,)
