"""Queries that cannot be read, planned or run, and those that would do more than read."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.jobs.test_tune import Source, in_use

import dbwright
from dbwright.core.errors import CollectError
from dbwright.core.options import Options
from dbwright.core.report import Report
from dbwright.verify.queries import postgresql as on_postgresql

SCHEMA = """
    create table customers (id serial primary key, email text not null);
    create table orders (id serial primary key, customer_id int references customers, note text);
    insert into customers (email) select 'user' || i from generate_series(1, 500) i;
    insert into orders (customer_id) select 1 + i % 500 from generate_series(1, 3000) i;
    create schema sales;
    create table sales.targets (id int);
    create function writes() returns int language plpgsql volatile as
        $$ begin insert into customers (email) values ('evil'); return 1; end $$;
    create function says_stable() returns int language plpgsql stable as
        $$ begin execute 'insert into customers (email) values (''evil'')'; return 1; end $$;
    create function says_immutable() returns int language plpgsql immutable as
        $$ begin perform nextval('orders_id_seq'); return 1; end $$;
    create view hiding as select id, writes() as made from orders;
    create view over_hiding as select * from hiding;
    create view guarded with (security_barrier) as select id from orders where note is null;
    create role clerk login;
    grant select on customers to clerk;
"""
STATE = """
    select (select count(*) from customers), (select count(*) from orders),
           (select last_value from orders_id_seq), (select count(*) from pg_class),
           (select count(*) from pg_largeobject_metadata)
"""


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    """Customers and orders, and functions and views that would write if they were let."""
    with in_use(None, SCHEMA) as found:
        yield found


def reviewed(source: Source, sql: str, **options: Any) -> Report:
    """Gives the review on the database itself, as its superuser, without a twin."""
    chosen = {"db": source.url, "sandbox": False, **options}
    return dbwright.review_query(sql, options=Options(**chosen))


def told(report: Report) -> str:
    """Gives all that was not looked at, with why and the ways out."""
    return " ".join(f"{each.what}: {each.why} {each.way_out}" for each in report.unverified)


HOSTILE = [
    ("select writes()", "volatile"),
    ("select * from over_hiding", "writes"),
    ("select says_stable()", "non-volatile function|read-only"),
    ("select says_immutable()", "read-only"),
    ("select nextval('orders_id_seq')", "read-only"),
    ("select setval('orders_id_seq', 1)", "read-only"),
    ("with x as (insert into customers (email) values ('evil') returning 1) table x", "writes"),
    ("insert into customers (email) values ('evil')", "writes"),
    ("update orders set note = 'evil'", "writes"),
    ("select pg_terminate_backend(pid) from pg_stat_activity", "pg_terminate_backend"),
    ("select lo_import('/etc/hostname')", "lo_import|read-only"),
    ("select pg_advisory_lock(1)", "pg_advisory_lock"),
    ("select * into evil from orders", "writes|read-only"),
    ("select id from orders for update", "read-only"),
]


@pytest.mark.database
@pytest.mark.parametrize(("sql", "why"), HOSTILE)
def test_what_would_write_is_not_run_even_for_a_superuser(
    source: Source, sql: str, why: str
) -> None:
    before = source.connection.execute(STATE).fetchone()
    report = reviewed(source, sql, run=True)
    assert any(word in told(report) for word in why.split("|"))
    assert source.connection.execute(STATE).fetchone() == before


@pytest.mark.database
@pytest.mark.parametrize(
    "sql",
    [
        "set role clerk",
        "copy orders to program 'true'",
        "copy orders from program 'true'",
        "do $$ begin delete from orders; end $$",
        "create table evil (a int)",
        "explain analyze delete from orders",
        "begin; commit",
    ],
)
def test_what_has_no_plan_is_refused_and_says_what_to_give(source: Source, sql: str) -> None:
    before = source.connection.execute(STATE).fetchone()
    with pytest.raises(CollectError, match="no plan") as caught:
        reviewed(source, sql, run=True)
    assert "SELECT" in (caught.value.way_out or "")
    assert source.connection.execute(STATE).fetchone() == before


@pytest.mark.database
def test_a_second_statement_behind_a_comment_is_seen_and_not_run(source: Source) -> None:
    before = source.connection.execute(STATE).fetchone()
    report = reviewed(source, "select 1 /* ; */ -- ;\n ; delete from orders; --", run=True)
    assert len(report.looked) == 2
    assert "`delete from orders`: it writes" in told(report)
    assert source.connection.execute(STATE).fetchone() == before


@pytest.mark.database
@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select id from ordrs", 'relation "ordrs" does not exist; the nearest is "orders"'),
        ("select id from targets", 'the nearest is "sales.targets"'),
        ("select custmer_id from orders", 'reference the column "orders.customer_id"'),
        ("select nosuch(id) from orders", "nosuch(integer) does not exist"),
        ("select id from nosuch.orders", "nosuch.orders"),
    ],
)
def test_a_name_that_is_not_there_is_told_with_the_near_one(
    source: Source, sql: str, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "slow.sql"
    file.write_text(f"\n\n{sql};\n")
    report = dbwright.review_query(
        "slow.sql", tmp_path, options=Options(db=source.url, sandbox=False)
    )
    assert words in told(report)
    assert "(slow.sql:3)" in told(report)


@pytest.mark.database
def test_a_table_that_the_role_may_not_read_is_told_with_the_way_out(source: Source) -> None:
    url = source.url.replace("postgres@", "clerk@")
    report = reviewed(source, "select id from orders; select id from customers", db=url)
    assert "permission denied for table orders" in told(report)
    assert "GRANT SELECT" in told(report)
    assert report.looked[1].explained is not None


@pytest.mark.database
def test_a_schema_that_the_role_may_not_enter_is_told(source: Source) -> None:
    url = source.url.replace("postgres@", "clerk@")
    report = reviewed(source, "select id from sales.targets", db=url)
    assert "permission denied for schema sales" in told(report)
    assert "GRANT USAGE" in told(report)


@pytest.mark.database
def test_a_run_that_takes_too_long_is_stopped_and_told(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_postgresql, "_LIMITS", (("statement_timeout", "1s"),))
    report = reviewed(source, f"{WAITING}; select id from orders where id = 3", run=True)
    assert "it was stopped after" in told(report)
    assert "looked at unrun" in told(report)
    first, second = (each.explained for each in report.looked)
    assert first is not None
    assert second is not None
    assert (first.analyzed, second.analyzed) == (False, True)


@pytest.mark.database
def test_a_view_with_a_barrier_is_run(source: Source) -> None:
    report = reviewed(source, "select * from guarded where id > 3", run=True)
    explained = report.looked[0].explained
    assert explained is not None
    assert explained.analyzed


@pytest.mark.database
def test_a_locked_table_is_told_after_the_wait(source: Source) -> None:
    with psycopg.connect(source.url) as other:
        other.execute("lock customers")
        with pytest.raises(CollectError, match="lock timeout") as caught:
            reviewed(source, "select id from customers where id = 1")
        other.rollback()
    assert "locked" in (caught.value.way_out or "")


PSQL = """\\timing on
copy customers (email) from stdin;
O'Brien
; delete from orders; \\N
\\.
select id from orders where customer_id = 1 \\gset
\\copy orders to 'x.csv'
select '\\d' from customers;
"""


@pytest.mark.database
def test_a_script_of_psql_is_read_around_its_own_commands(source: Source, tmp_path: Path) -> None:
    (tmp_path / "script.sql").write_bytes(b"\xef\xbb\xbf" + PSQL.replace("\n", "\r\n").encode())
    report = dbwright.review_query(
        "script.sql", tmp_path, options=Options(db=source.url, sandbox=False)
    )
    assert [str(each.place) for each in report.looked] == ["script.sql:6", "script.sql:8"]
    words = told(report)
    assert "`\\timing on` (script.sql:1): it is a command of psql" in words
    assert "`\\copy orders to 'x.csv'` (script.sql:7)" in words
    assert "(script.sql:2): it is a statement that has no plan" in words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no SQL statement"),
        (b"-- nothing\n;;\n", "no SQL statement"),
        (b"select 1;\nselect '\0';\n", ":2: holds a NUL character"),
        (b"select 1;\nselect '\xff';\n", ":2: is not UTF-8"),
        ("select 1".encode("utf-16-le"), ":1: holds a NUL character"),
        (b"\x7fELF\x02\x01\x01\0\0", "NUL character"),
        (b"[" + b" " * 3_000_000, "larger than 2 MB"),
        (b'[{"Plan": {"Node Type": "Seq Scan"', "plan"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(
    content: bytes, words: str, tmp_path: Path
) -> None:
    (tmp_path / "given.sql").write_bytes(content)
    with pytest.raises(CollectError) as caught:
        dbwright.review_query("given.sql", tmp_path, options=Options(sandbox=False))
    assert words in str(caught.value)
    assert "given.sql" in str(caught.value)
    assert caught.value.way_out


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select '\udced'", "bytes that are not UTF-8"),
        ("select id from orders where", "end of input"),
        ("select top 5 [id] from [orders]", "syntax error"),
        ("select `id` from orders", "syntax error"),
        ("slow.txt", "there is no such file"),
        (f"select '{'x' * 1_000_000}'", "more than 200,000 are not read"),
    ],
)
def test_a_text_that_is_no_statement_says_why(sql: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(CollectError) as caught:
        dbwright.review_query(sql, tmp_path, options=Options(sandbox=False))
    assert words in str(caught.value)
    assert caught.value.way_out
    assert len(str(caught.value)) < 400


WAITING = "select count(*) from orders a, orders b, orders c, orders d where a.id <> d.id"
RUNNING = (
    "select pid from pg_stat_activity where query ilike 'explain%analyze%' and state = 'active'"
)


def until(source: Source, question: Callable[[list[Any]], bool]) -> list[Any]:
    """Gives the statements that run there once a question is true of them."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        rows = source.connection.execute(RUNNING).fetchall()
        if question(rows):
            return rows
    raise AssertionError("it did not come to that")


@contextlib.contextmanager
def running(source: Source, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Gives the command in the middle of a run that would take hours."""
    command = [sys.executable, "-m", "dbwright", "queries", "review", WAITING, "--run"]
    process = subprocess.Popen(
        [*command, "--no-sandbox", "--db", source.url],
        cwd=folder,
        env=os.environ | {"COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(source, lambda rows: bool(rows))
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.database
def test_an_interrupt_ends_the_run_on_the_server_too(source: Source, tmp_path: Path) -> None:
    with running(source, tmp_path) as process:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        until(source, lambda rows: not rows)
    assert process.returncode not in (0, 1)
    assert "Traceback" not in out + err


@pytest.mark.database
def test_a_connection_that_is_cut_is_told(source: Source, tmp_path: Path) -> None:
    with running(source, tmp_path) as process:
        source.connection.execute(f"select pg_terminate_backend(pid) from ({RUNNING}) as r")
        out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Traceback" not in out + err
    assert "the connection was lost" in err
    assert "nothing was changed" in err


@pytest.mark.database
def test_what_would_take_hours_is_only_planned_without_consent(source: Source) -> None:
    (looked,) = reviewed(source, WAITING).looked
    assert looked.explained is not None
    assert not looked.explained.analyzed


def test_a_statement_longer_than_a_file_name_may_be_is_read(tmp_path: Path) -> None:
    sql = f"select id from orders where note in ({', '.join(['1'] * 200)})"
    assert 255 < len(sql) < 1000
    assert len(dbwright.review_query(sql, tmp_path, Options(sandbox=False)).looked) == 1


def test_a_project_without_a_scratch_database_has_its_text_read(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(
        "import sqlalchemy as sa\n"
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n"
        "class Base(DeclarativeBase): pass\n"
        "class Order(Base):\n"
        "    __tablename__ = 'orders'\n"
        "    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )
    report = dbwright.review_query(
        "select id from orders order by random() limit 1", tmp_path, Options(sandbox=False)
    )
    assert "the text alone was read" in told(report)
