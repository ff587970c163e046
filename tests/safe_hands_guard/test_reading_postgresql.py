"""Guarded reads of PostgreSQL, by a superuser: what a read may do, and what it may not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from dbwright import api
from dbwright.core.errors import CollectError, DbwrightError, ReadRefused
from dbwright.core.reading import Limits
from dbwright.scratch.server import Server

pytestmark = pytest.mark.database

GOOD = """
select * from orders order by id limit 2
select status, percentile_cont(0.5) within group (order by total) from orders group by status;
table by_status
values (1, 'a'), (2, 'b')
with a as (select * from orders) select count(*) from a
select plus_one(id), summed(3), 1 ~~> 1, o.fine from orders o limit 1
explain (analyze off, format json) select * from orders where id = 3
show server_version
select pid, state, query from pg_stat_activity where query not like '%pg_stat_activity%'
select pg_total_relation_size('orders'), random(), clock_timestamp(), gen_random_uuid()
select 5::positive, 'a' like 'b', 1 between 0 and 2, 1 is distinct from 2
select name, setting from pg_settings where name like 'work%'
select lag(total) over (partition by status order by id) from orders limit 3 -- a comment
select * from orders tablesample system (50) where doc @> '{"a": 1}' and tags && array['a'] limit 1
select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a limit 3
select * from xmltable('/a' passing xmlparse(document '<a/>') columns x int path 'b') where false
select 1 as a, 2 as a
select pid from pg_stat_activity where query ilike '%vacuum%' or query like 'select%orders%'
select pg_input_is_valid('5', 'positive'), rpad('a', 9), repeat('ab', 1000)
select spell(1, 2), pg_typeof(1), count(*) filter (where id > 1) over () from orders limit 1
select jsonb_path_query(doc, '$.a'), json_build_object('a', 1) from orders limit 1
""".strip().splitlines()
BAD = {
    "select 1; select 2": "2 statements",
    "commit; delete from orders": "2 statements",
    "delete from orders": "it writes rows",
    "with x as (delete from orders returning 1) select * from x": "it writes rows",
    "select 1 into taken": "it makes a table",
    "select * from orders for update": "it locks rows",
    "select grab()": "SECURITY DEFINER",
    "select * from grab()": "SECURITY DEFINER",
    "select * from grabbing": "the view grabbing|a view: ",
    "select mislabelled()": "the function mislabelled.*pg_advisory_xact_lock",
    "select texted('select 1')": "dynexecute",
    "select defaulted()": "the function defaulted.*grab",
    "select atomic(1)": "the function atomic.*mislabelled",
    "select pg_stat_get_backend_activity(1)": "others send",
    "select 1 ==> 2": "an operator.*SECURITY DEFINER",
    "select 1 operator(public.==>) 2": "an operator.*SECURITY DEFINER",
    "select o.dear from orders o": "dear.*volatile",
    "select (o).dear from orders o": "dear.*volatile",
    "select 5::bad": "the domain bad.*SECURITY DEFINER",
    "select checked()": "checked.*the domain bad.*SECURITY DEFINER",
    "select copied()": "copied.*the domain bad.*SECURITY DEFINER",
    "select '(1,2)'::pair": "the domain bad.*SECURITY DEFINER",
    "select ('a'::text)::color": "a cast.*volatile",
    "select * from pg_authid": "password hashes",
    "select * from reading_hashes": "the view reading_hashes.*pg_authid",
    "select pg_read_file('/etc/passwd')": "volatile",
    "select ('/etc/passwd').pg_read_file": "pg_read_file",
    "select * from pg_ls_dir('.')": "pg_ls_dir",
    "select table_to_xml('pg_authid', true, true, '')": "does not name",
    "select query_to_xml('select 1', true, true, '')": "query_to_xml",
    "select pg_sleep(1)": "pg_sleep",
    "select set_config('statement_timeout', '0', false)": "set_config",
    "explain analyze select 1": "ANALYZE runs",
    "explain delete from orders": "it writes rows",
    "do $$ begin end $$": "DO runs",
    "copy orders to stdout": "COPY",
    "set transaction read write": "changes a setting",
    "commit": "the transaction",
    "lock table orders": "Lock",
    "select upper(query) from pg_stat_activity": "computes with the texts",
    "select upper(q) from (select query as q from pg_stat_activity) s": "computes",
    "select upper(q) from (select query from pg_stat_activity) s (q)": "new names",
    "select '' as q union all select query from pg_stat_activity": "UNION",
    "select (select query from pg_stat_activity limit 1) as q": "computes",
    "select substr(query, 9, 20) from pg_stat_activity": "computes",
    "select query as q, * from pg_stat_activity": "computes",
    "select a from pg_stat_activity a": "one value of rows",
    "select to_jsonb(a) from pg_stat_activity a": "one value of rows",
    "select pid from pg_stat_activity where query ~ 'sek'": "no word of SQL",
    "select pid from pg_stat_activity where query like '%a''b%'": "no plain words",
    "select pid from pg_stat_activity where query like current_user": "no plain words",
    "select pid from pg_stat_activity natural join (select 'x' as query) g": "a join by names",
    "select pid from pg_stat_activity join (select 'x' as query) g using (query)": "a join by",
    "select pid from pg_stat_activity where query = any(array['a'])": "no plain words",
    "select domain_in('5', 'bad'::regtype::oid, -1)": "a type by its number",
    "select pg_input_is_valid('5', 'bad')": "the domain bad.*SECURITY DEFINER",
    "select pg_input_is_valid('5', 'b' || 'ad')": "a type that is computed",
    "select repeat('x', 100000000)": "100,000,000 characters",
    "select length(lpad('x', '2e9'::int))": "2,000,000,000 characters",
    "select stubborn()": "stubborn.*catches the cancel",
    "select * from activity": "a view or function",
    "select current_setting('app.jwt_secret')": "secret",
    "select current_setting(name) from pg_settings": "computed",
    "show ssl_passphrase_command": "secret",
    "select txid_current()": "transaction number",
    "select 'unclosed": "cannot be read",
    "": "no statement",
}


@pytest.mark.parametrize("sql", GOOD)
def test_statement_that_only_reads_is_answered(shop: str, sql: str) -> None:
    answer = api.read(sql, shop)
    assert answer.columns
    assert all(len(row) == len(answer.columns) for row in answer.rows)


@pytest.mark.parametrize("sql", BAD, ids=lambda sql: sql or "nothing")
def test_statement_that_does_more_is_refused_by_name(shop: str, sql: str) -> None:
    with pytest.raises(ReadRefused, match=BAD[sql]):
        api.read(sql, shop)


def test_values_come_as_json_has_them(shop: str) -> None:
    sql = (
        "select 1, true, null, 1.50, 'NaN'::float8, array[1, 2], doc->'a', date '2024-02-29', "
        "'infinity'::timestamptz, '\\x00ff'::bytea, row(1, 'a'), interval '1 day', $1::int + $2 "
        "from orders limit 1"
    )
    answer = api.read(sql, shop, parameters=[3, 4])
    assert answer.rows[0] == (
        *(1, True, None, "1.50", "nan", [1, 2], 1, "2024-02-29", "infinity", "\\x00ff"),
        *("(1,a)", "1 day", 7),
    )
    assert [column.type for column in answer.columns[:4]] == [
        "integer",
        "boolean",
        "text",
        "numeric",
    ]


def test_rows_bytes_and_values_are_cut_and_said(shop: str) -> None:
    many = api.read("select id from orders", shop, limits=Limits(rows=10))
    assert (len(many.rows), many.truncated, many.cut[0].what) == (10, True, "rows")
    exactly = api.read("select id from orders limit 10", shop, limits=Limits(rows=10))
    assert (len(exactly.rows), exactly.truncated, exactly.cut) == (10, False, ())
    long = api.read("select repeat('x', 1000) from orders", shop, limits=Limits(bytes=5000))
    assert (len(long.rows), long.truncated) == (5, True)
    huge = api.read("select repeat('x', 1000000) as a, 1 as b", shop, limits=Limits(value=50))
    assert huge.rows == (("x" * 50 + "…", 1),)
    assert huge.cut[0].why == "1 value is longer than 50 characters"


def test_secrets_in_an_answer_are_replaced(shop: str) -> None:
    answer = api.read("select doc, 'postgresql://me:hunter2@host/x' from orders limit 1", shop)
    assert answer.rows == (({"a": 1, "password": "***"}, "postgresql://me:***@host/x"),)
    assert len(answer.redacted) == 2


def test_secret_setting_is_replaced_wherever_it_stands(shop: str, postgresql: Server) -> None:
    with postgresql.connect() as connection:
        connection.execute("alter database guarded set app.jwt_secret = 'topsecret-17'")
    try:
        answer = api.read("select setconfig from pg_db_role_setting", shop)
    finally:
        with postgresql.connect() as connection:
            connection.execute("alter database guarded reset app.jwt_secret")
    assert "jwt_secret=***" in str(answer.rows)


def test_statements_of_others_are_shown_without_their_constants(shop: str) -> None:
    with psycopg.connect(shop.replace("+psycopg", "")) as other:
        other.execute("select 'secret of another', pg_backend_pid()")
        answer = api.read("select query from pg_stat_activity where query <> ''", shop)
        begun = api.read("select pid, left(query, 20) as q from pg_stat_activity", shop)
    assert "select …" in [row[1] for row in begun.rows]
    shown = [row[0] for row in answer.rows]
    assert "select ?, pg_backend_pid()" in shown
    assert "secret" not in str(shown)


def test_runaway_query_is_stopped(shop: str) -> None:
    started = time.monotonic()
    with pytest.raises(CollectError, match="stopped after"):
        api.read(
            "select count(*) from orders a, orders b, orders c", shop, limits=Limits(seconds=1)
        )
    assert time.monotonic() - started < 8


def test_lock_is_not_waited_for(shop: str) -> None:
    with psycopg.connect(shop) as other:
        other.execute("lock table orders in access exclusive mode")
        with pytest.raises(CollectError, match="lock timeout"):
            api.read("select * from orders", shop, limits=Limits(lock_seconds=0.2))


def test_analyze_runs_only_where_the_limits_say_so(shop: str) -> None:
    answer = api.read("explain analyze select 1", shop, limits=Limits(analyze=True))
    assert "actual time" in str(answer.rows)
    with pytest.raises(ReadRefused, match="writes rows"):
        api.read("explain analyze delete from orders", shop, limits=Limits(analyze=True))


def test_nothing_is_left_behind(shop: str, postgresql: Server) -> None:
    for sql in (*GOOD[:3], *BAD):
        try:
            api.read(sql, shop)
        except DbwrightError:
            continue
    with postgresql.connect("guarded") as connection:
        (left,) = connection.execute(
            "select count(*) from pg_locks where locktype = 'advisory'"
        ).fetchone()
        (orders,) = connection.execute("select count(*) from orders").fetchone()
        sessions, until = 1, time.monotonic() + 5  # a server process takes its time to end
        while sessions and time.monotonic() < until:
            (sessions,) = connection.execute(
                "select count(*) from pg_stat_activity "
                "where datname = 'guarded' and pid <> pg_backend_pid()"
            ).fetchone()
    assert (left, orders, sessions) == (0, 3000, 0)


def test_two_reads_at_once_do_not_meet(shop: str) -> None:
    found: list[object] = []

    def one(at: int) -> Callable[[], None]:
        return lambda: found.append(api.read(f"select {at}", shop).rows[0][0])

    threads = [threading.Thread(target=one(at)) for at in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(6))  # type: ignore[type-var]
