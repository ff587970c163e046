"""Guarded reads of MariaDB by root, and of a SQLite file."""

from __future__ import annotations

import datetime
import time
from pathlib import Path

import pytest

from dbwright import api
from dbwright.core.errors import CollectError, ReadRefused
from dbwright.core.reading import Limits

MARIA_GOOD = """
select * from orders order by id limit 2
select status, count(*), sum(total) from orders group by status;
select * from by_status
values (1, 'a'), (2, 'b')
with a as (select * from orders) select count(*) from a
select plus_one(id), insert('abc', 1, 1, 'x'), replace('a', 'b', 'c') from orders limit 1
explain format=json select 1
describe orders
show create table orders
show processlist
show grants
select id, info, left(info, 20) as x from information_schema.processlist
select "double", 'it''s', 'a\\'b', 1 -- a comment
select 5 /* inside */ - 3 # at the end
select row_number() over (order by id), cast(1 as char(10)), x'00ff' from orders limit 3
(select 1) union (select 2)
select @@version, group_concat(id) from orders use index (primary) where id in (1, 2)
""".strip().splitlines()
MARIA_BAD = {
    "select 1; select 2": "several statements",
    "delete from orders": "it begins with DELETE",
    "with x as (select 1) delete from orders": "writes rows",
    "select 1 into @a": "INTO",
    "select 1 into outfile '/tmp/dbwright-x'": "INTO",
    "select * from orders for update": "locks rows",
    "select * from orders lock in share mode": "locks rows",
    "select sleep(1)": r"sleep\(\)",
    "select `sleep` (1)": r"sleep\(\)",
    "select sleep/**/(1)": r"sleep\(\)",
    "select 1 --sleep(1)": r"sleep\(\)",
    "select /*!50000 sleep(1) */": "runs as code",
    "select /*M!100000 sleep(1) */": "runs as code",
    "select 1 /* /* */ , sleep(1) -- */": "comment within a comment",
    "select 1 --\u00a0, sleep(1)": "no space",
    "select 1 --\x01'\n, sleep(1) -- '": "no space",
    "select benchmark(10000000, md5('a'))": r"benchmark\(\)",
    "select get_lock('a', 1)": r"get_lock\(\)",
    "select load_file('/etc/passwd')": r"load_file\(\)",
    "select nextval(numbers)": r"nextval\(\)",
    "select next value for numbers": "a sequence",
    "select sleepy()": "the function dbwright_guarded.sleepy",
    "select counted()": "more than one RETURN",
    "select * from sleeping": "the view dbwright_guarded.sleeping",
    "select * from hashes": "the view dbwright_guarded.hashes.*global_priv",
    "select * from mysql.user": "mysql.user",
    "set statement max_statement_time = 0 for select 1": "begins with SET",
    "analyze select 1": "ANALYZE runs",
    "explain delete from orders": "explains what is no query",
    "show create user root": "may tell secrets",
    "show tables where sleep(1)": r"sleep\(\)",
    "select upper(info) from information_schema.processlist": "computes",
    "select substring(info, 9) from information_schema.processlist": "computes",
    "select y from (select info as y from information_schema.processlist) x": "computes",
    "handler orders open": "begins with HANDLER",
    "select * from orders procedure analyse()": "a procedure",
    "execute immediate 'select 1'": "begins with EXECUTE",
}
SQLITE_GOOD = """
select * from orders limit 2
select * from by_status
with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) select * from n
values (1), (2)
explain query plan select * from orders where id = 1
pragma table_info(orders)
select * from pragma_table_info('orders')
select value from json_each('[1, 2]')
select * from notes where notes match 'note'
select group_concat(status), json_extract('{"a": 1}', '$.a'), datetime('now') from orders -- end
pragma user_version
""".strip().splitlines()
SQLITE_BAD = {
    "delete from orders": "begins with DELETE",
    "insert into orders values (9999, 'a', 1, 'b') returning id": "begins with INSERT",
    "with x as (select 1) delete from orders": "writes rows",
    "select 1; delete from orders": "several statements",
    "attach 'other.db' as other": "begins with ATTACH",
    "pragma query_only = off": "query_only",
    "pragma user_version = 3": "user_version",
    "pragma writable_schema = 1": "writable_schema",
    "explain pragma query_only = off": "query_only",
    "select load_extension('x')": "load_extension",
    "explain query plan delete from orders": "writes rows",
    "vacuum into 'other.db'": "begins with VACUUM",
    "create temp table x (a)": "begins with CREATE",
    "insert into notes(notes) values ('rebuild')": "begins with INSERT",
}


@pytest.mark.database
@pytest.mark.parametrize("sql", MARIA_GOOD)
def test_mariadb_answers_what_only_reads(maria: str, sql: str) -> None:
    answer = api.read(sql, maria)
    assert answer.rows
    assert all(len(row) == len(answer.columns) for row in answer.rows)


@pytest.mark.database
@pytest.mark.parametrize("sql", MARIA_BAD)
def test_mariadb_is_not_asked_what_does_more(maria: str, sql: str) -> None:
    with pytest.raises(ReadRefused, match=MARIA_BAD[sql]):
        api.read(sql, maria)


@pytest.mark.database
def test_mariadb_answers_within_the_limits(maria: str) -> None:
    many = api.read("select id from orders", maria, limits=Limits(rows=10))
    assert (len(many.rows), many.truncated) == (10, True)
    asked = api.read("select id from orders limit 20", maria, limits=Limits(rows=10))
    assert (len(asked.rows), asked.truncated) == (10, True)
    huge = api.read("select 1 union all select repeat('x', 12000000)", maria)
    assert huge.truncated
    assert len(huge.rows) <= 1
    started = time.monotonic()
    with pytest.raises(CollectError, match="stopped after"):
        api.read(
            "select count(*) from orders a, orders b, orders c", maria, limits=Limits(seconds=1)
        )
    assert time.monotonic() - started < 8


@pytest.mark.database
def test_mariadb_shows_statements_without_their_constants(maria: str) -> None:
    sql = (
        "select info as shown, left(info, 30) from information_schema.processlist where 'se' < 't'"
    )
    shown = str(api.read(sql, maria).rows)
    assert "where ? < ?" in shown
    assert "'se'" not in shown


@pytest.mark.database
def test_mariadb_gets_values_and_gives_no_secrets(maria: str) -> None:
    answer = api.read("select %s, doc from orders where id = %s", maria, parameters=["it's", 1])
    assert answer.rows == (("it's", '{"password":***}'),)


@pytest.mark.parametrize("sql", SQLITE_GOOD)
def test_sqlite_answers_what_only_reads(file: str, sql: str) -> None:
    answer = api.read(sql, file)
    assert answer.rows
    assert all(len(row) == len(answer.columns) for row in answer.rows)


@pytest.mark.parametrize("sql", SQLITE_BAD)
def test_sqlite_is_not_asked_what_does_more(file: str, sql: str) -> None:
    path = Path(file.removeprefix("sqlite:///"))
    before = path.read_bytes()
    with pytest.raises(ReadRefused, match=SQLITE_BAD[sql]):
        api.read(sql, file)
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_sqlite_answers_within_the_limits(file: str) -> None:
    many = api.read(
        "select id from orders where id > ?", file, parameters=[5], limits=Limits(rows=10)
    )
    assert (len(many.rows), many.truncated) == (10, True)
    started = time.monotonic()
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
    with pytest.raises(CollectError, match="stopped after"):
        api.read(endless, file, limits=Limits(seconds=0.5))
    assert time.monotonic() - started < 5
    assert api.read("select hex(zeroblob(90000000))", file).rows == ()


def test_one_call_of_sqlite_that_looks_at_no_clock_ends(file: str) -> None:
    started = time.monotonic()
    with pytest.raises(CollectError, match="stopped after"):
        api.read(
            "select instr(printf('%.2000000c', 'a'), printf('%.1000000cb', 'a'))",
            file,
            limits=Limits(seconds=0.3),
        )
    assert time.monotonic() - started < 5


def test_reads_of_sqlite_take_values_for_parameters(file: str) -> None:
    sql = "select ?, ?, ?, x'00ff', id from orders where id = ?"
    given = ["ä", None, datetime.date(2026, 1, 2), 3]
    answer = api.read(sql, file, parameters=given)
    assert answer.rows == (("ä", None, "2026-01-02", "\\x00ff", 3),)
