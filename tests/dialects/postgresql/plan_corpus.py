"""Statements whose plans have every kind of node, and their plans in all formats of a server.

`python tests/dialects/postgresql/plan_corpus.py URL FILE` writes those of one server: the files
in `plans/` are of PostgreSQL 13 to 18. `… plan_corpus.py plans/awkward.jsonl.xz URL…` writes those
of statements whose time is not where one would look for it.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

SETUP = """
create schema "My Shop";
create table customers (id int primary key, name text not null, city text, parent int);
create table orders (
    id int primary key, customer_id int references customers, total numeric, note text,
    created timestamp not null default '2024-01-01'
);
create table "My Shop"."Odd ""Table" ("a, b" int primary key, "x: (y)" text, tags int[]);
create table parts (id int, day date, v int) partition by range (day);
create table parts_1 partition of parts for values from ('2024-01-01') to ('2024-02-01');
create table parts_2 partition of parts for values from ('2024-02-01') to ('2024-03-01');
create table parts_3 partition of parts for values from ('2024-03-01') to ('2024-04-01');
create table log (id serial primary key, what text unique, n int default 0);
create table "123" (id int);
insert into customers select n, 'c' || n, 'city' || n % 20, n / 10
    from generate_series(1, 400) n;
insert into orders select n, 1 + n % 397, n % 91, repeat('x', n % 50), '2024-01-01'::timestamp
    + n * interval '1 minute' from generate_series(1, 6000) n;
insert into "My Shop"."Odd ""Table" select n, 'it''s (' || n, array[n] from
    generate_series(1, 300) n;
insert into parts select n, '2024-01-01'::date + n % 90, n from generate_series(1, 900) n;
insert into log (what) select 'w' || n from generate_series(1, 50) n;
create index orders_customer on orders (customer_id);
create index orders_total on orders (total);
create index orders_created on orders (created desc);
create index odd_index on "My Shop"."Odd ""Table" using gin (tags);
create index parts_day on parts (day);
create function noisy() returns trigger language plpgsql as
    'begin new.note := new.note || ''!''; return new; end';
create trigger "a trigger: it's" before update on orders for each row execute function noisy();
create function plus(int) returns int language plpgsql volatile as 'begin return $1 + 1; end';
create view big as select customer_id, sum(total) as total from orders group by customer_id;
"""

SCANS = [
    "select 1",
    "select * from orders",
    "select * from orders where note like '%xx%' and total > 5",
    "select * from orders where id = 5",
    "select id from orders where id < 50",
    "select * from orders order by id desc limit 3",
    "select * from orders where customer_id = 7",
    "select * from orders where customer_id = 7 or total = 3",
    "select * from orders where customer_id = 7 and total < 30",
    "select * from orders where customer_id in (1, 2, 3) and note <> E'it''s \\'('",
    "select * from orders where note = E'two\nlines -> (cost=1.00..2.00 rows=3 width=4)'",
    "select ctid from orders where ctid = '(0,1)'",
    "select * from orders where ctid > '(10,1)' and ctid < '(12,1)'",
    'select * from "My Shop"."Odd ""Table" where tags @> array[5]',
    'select "a, b", "x: (y)" from "My Shop"."Odd ""Table" o order by "x: (y)" desc, "a, b"',
    "select * from parts where day = '2024-02-03'",
    "select * from parts where day > '2024-01-20' order by day limit 5",
    "select count(*) from parts",
    "select * from generate_series(1, 20) g where g > 3",
    "select * from rows from (generate_series(1, 3), generate_series(2, 5)) as r (x, y)",
    "select * from (values (1, 'a'), (2, 'b')) v (n, t) where n > 1",
    "select * from orders tablesample system (50) repeatable (1)",
    "select * from xmltable('/a/b' passing '<a><b>1</b></a>' columns x int path '.')",
    "select generate_series(1, 3), plus(2)",
    'select * from "123"',
    "select * from orders where now() > '2000-01-01' and 1 = 2",
    "select * from orders where current_date > '2000-01-01'",
    "select * from (select *, row_number() over (order by total) as n from orders) s where n < 4",
    "select distinct on (customer_id) * from orders order by customer_id, total",
]
JOINS = [
    "select * from orders o join customers c on c.id = o.customer_id where c.city = 'city3'",
    "select * from orders o left join customers c on c.id = o.customer_id and c.city > 'city5'",
    "select * from customers c left join orders o on c.id = o.customer_id where c.id < 9",
    "select * from customers c full join orders o on c.id = o.customer_id",
    "select * from customers c where exists (select from orders o where o.customer_id = c.id)",
    "select * from customers c where not exists (select from orders o where o.customer_id = c.id)",
    "select * from customers a, customers b where a.id < b.id and a.id + b.id < 20",
    "select * from customers c, lateral (select * from orders o where o.customer_id = c.id"
    " order by total desc limit 2) x where c.id < 40",
    "select c.*, (select count(*) from orders o where o.customer_id = c.id) from customers c",
    "select * from customers where id = (select max(customer_id) from orders)",
    "select * from orders where total > (select avg(total) from orders) and id < 1000",
    "select * from customers where id not in (select customer_id from orders where total > 80)",
    "select * from customers where id in (select customer_id from orders where total > 80)",
    "select * from customers c where c.id = any (array(select id from orders where id < 5))",
    "select * from big b join customers c on c.id = b.customer_id where total > 100",
]
SHAPES = [
    "select city, count(*), sum(id) from customers group by city having count(*) > 2",
    "select city, name, count(*) from customers group by rollup (city, name)",
    "select city, name, count(*) from customers group by grouping sets ((city), (name), ())",
    "select count(distinct city) from customers",
    "select * from orders order by note, total desc nulls last",
    "select * from orders order by customer_id, total limit 10",
    "select id, sum(total) over (partition by customer_id order by id), rank() over (order by"
    " total) from orders",
    "select id from orders union select id from customers",
    "select id from orders union all select id from customers",
    "select customer_id from orders except select id from customers",
    "select customer_id from orders intersect all select id from customers",
    "with recent as materialized (select * from orders where total > 50) select * from recent a"
    " join recent b on a.id = b.customer_id",
    "with recursive tree as (select id, parent from customers where id = 3 union all select"
    " c.id, c.parent from customers c join tree t on c.parent = t.id) select * from tree",
    'with "my cte" as materialized (select 1 as x), b as materialized (select * from "my cte")'
    " select * from b, (select x + 1 as y from b) s",
    "select coalesce(city, name) || ', ' as k, min(id) from customers group by coalesce(city,"
    " name) || ', ' order by 1",
    "select * from orders where id > 5990 for update",
    "select count(*) from orders where case when plus(1) > 3 then true else total > 3 end",
]
WRITES = [
    "insert into log (what) values ('new')",
    "insert into log (what) select 'v' || id from customers where id < 20 returning id",
    "insert into log (what) values ('w1'), ('w99') on conflict (what) do nothing",
    "insert into log (what) values ('w1'), ('w98') on conflict (what) do update set n = log.n + 1"
    " where log.n < 5",
    "update orders set total = total + 1 where id < 100",
    "update orders o set note = c.name from customers c where c.id = o.customer_id and c.id < 4",
    "delete from customers where id > 397",
    "delete from orders where id in (select id from orders where total = 7)",
    "update parts set v = v + 1 where day > '2024-02-10'",
    "delete from parts where day = '2024-01-05'",
    "with gone as (delete from orders where id < 30 returning *) select count(*) from gone",
    "with gone as (delete from log where id < 5) select 1",
    "create table made as select * from customers where id < 10",
]
MERGES = [
    "merge into log l using customers c on c.name = l.what when matched then delete"
    " when not matched and c.id < 5 then insert (what) values (c.name)",
]
PARALLEL = [
    "select count(*) from orders where note like '%xx%'",
    "select customer_id, sum(total) from orders group by customer_id order by 1",
    "select * from orders order by note limit 10",
    "select count(*) from orders o join customers c on c.id = o.customer_id",
    "select * from orders where total > (select avg(total) from orders where id < 100)",
    "select count(*) from parts",
    "select * from orders where id < 3000 and total < 30",
]
FOLDER = Path(__file__).parent / "plans"
MAJORS = (13, 14, 15, 16, 17, 18)
OPTIONS = {
    "plain": "",
    "verbose": "verbose, settings",
    "no costs": "costs off",
    "analyze": "analyze, buffers",
    "all": "analyze, verbose, buffers, wal, settings",
    "no timing": "analyze, timing off, costs off, buffers off, summary off",
}
USUAL = {"work_mem": "256kB", "max_parallel_workers_per_gather": "0"}
FORCED = {
    "parallel_setup_cost": "0",
    "parallel_tuple_cost": "0",
    "min_parallel_table_scan_size": "0",
    "min_parallel_index_scan_size": "0",
    "max_parallel_workers_per_gather": "2",
}
SETTINGS: dict[str, dict[str, str]] = {
    "nested loops": {"enable_hashjoin": "off", "enable_mergejoin": "off"},
    "merge joins": {"enable_hashjoin": "off", "enable_nestloop": "off"},
    "no sort": {"enable_sort": "off", "enable_seqscan": "off"},
    "sorted": {"enable_hashagg": "off", "enable_indexscan": "off"},
    "jit": {"jit": "on", "jit_above_cost": "0", "jit_optimize_above_cost": "0"},
    "io": {"track_io_timing": "on", "temp_buffers": "800kB"},
}


def cases(major: int, few: bool = True) -> list[tuple[str, str, dict[str, str]]]:
    """The statements of a version, the options and the settings with which each is explained.

    `few` has each statement with one of the options, in turn; else with every one.
    """
    writes = WRITES + (MERGES if major >= 15 else [])
    names = list(OPTIONS)
    found = []
    for number, sql in enumerate(SCANS + JOINS + SHAPES + writes):
        chosen = [names[number % len(names)]] if few else names
        found += [(sql, name, USUAL) for name in chosen]
    for number, sql in enumerate(PARALLEL):
        chosen = [("all", "analyze")[number % 2]] if few else ["plain", "all", "analyze"]
        found += [(sql, name, FORCED) for name in chosen]
    for at, sets in enumerate(SETTINGS.values()):
        for number, sql in enumerate(JOINS + SHAPES):
            if not few or number % len(SETTINGS) == at:
                found.append((sql, "all", USUAL | sets))
    return found


def explained(connection: psycopg.Connection[Any], sql: str, option: str, form: str) -> Any:
    """Gives the plan in one format, as it is printed; the statement changes nothing."""
    options = ", ".join(each for each in (OPTIONS.get(option, option), f"format {form}") if each)
    with connection.transaction(force_rollback=True):
        rows = connection.execute(f"explain ({options}) {sql}".encode()).fetchall()
    if form == "json":
        return rows[0][0]
    return "\n".join(row[0] for row in rows)


def captured(
    connection: psycopg.Connection[Any], forms: Sequence[str] = ("text", "json"), few: bool = True
) -> list[dict[str, Any]]:
    """Gives the plans of the statements of the connection's version, in each of the formats."""
    found = []
    for sql, option, settings in cases(connection.info.server_version // 10000, few):
        try:
            with connection.transaction(force_rollback=True):
                for name, value in settings.items():
                    connection.execute(f"set local {name} = '{value}'".encode())
                if "analyze" in OPTIONS[option]:  # so that the caches are filled
                    explained(connection, sql, option, "text")
                plans = {form: explained(connection, sql, option, form) for form in forms}
        except psycopg.errors.FeatureNotSupported:  # of a server without XML
            continue
        found.append({"sql": sql, "option": option, **plans})
    return found


def stored(major: int) -> list[dict[str, Any]]:
    """Gives the plans that a server of a version gave."""
    text = lzma.decompress((FOLDER / f"{major}.jsonl.xz").read_bytes()).decode()
    return [json.loads(line) for line in text.splitlines()]


def set_up(connection: psycopg.Connection[Any]) -> None:
    """Makes the tables of the statements."""
    connection.execute(SETUP.encode())
    connection.execute("analyze")
    connection.commit()


AWKWARD_SETUP = """
create table customers (id int primary key, name text);
create table orders (id int primary key, customer_id int, note text);
create table lines (id int primary key, customer_id int references customers);
insert into customers select n, 'c' || n from generate_series(1, 5000) n;
insert into orders select n, 1 + n % 500, repeat('x', 40) from generate_series(1, 20000) n;
insert into lines select n, 1 + n % 100 from generate_series(1, 60000) n;
create function slow() returns trigger language plpgsql as
    'begin perform pg_sleep(0.004); return new; end';
create table before_it (id int);
create table after_it (id int);
create trigger t before insert on before_it for each row execute function slow();
create trigger t after insert on after_it for each row execute function slow();
create view slept as select id, pg_sleep(0.004)::text as slept from customers where id < 20;
"""
AWKWARD = [
    "insert into before_it select 1 from customers where id < 20",
    "insert into after_it select 1 from customers where id < 20",
    "with s as materialized (select * from slept) select count(*) from s",
    "select * from orders where id = (select count(slept) from slept where slept = '')",
    "select (select count(slept) from slept where slept = '' and c.id > 0) from customers c"
    " where id < 4",
    "delete from orders where id = 7 and pg_sleep(0.05) is not null",
    "delete from customers where id between 4900 and 4940",
]
COMPILED = "select count(*) from orders where length(note || id) > 5"


def awkward(file: str, *urls: str) -> None:
    """Writes plans of servers that spend their time elsewhere than in reading tables."""
    lines = []
    for url in urls:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("drop database if exists plan_awkward")
            connection.execute("create database plan_awkward")
        with psycopg.connect(url, dbname="plan_awkward", autocommit=True) as connection:
            major = connection.info.server_version // 10000
            connection.execute(AWKWARD_SETUP.encode())
            connection.execute("vacuum analyze")
            connection.execute("set max_parallel_workers_per_gather = 0")
            connection.execute("set jit = off")
            found = [(sql, explained(connection, sql, "analyze", "json")) for sql in AWKWARD]
            for name in ("jit_above_cost", "jit_inline_above_cost", "jit_optimize_above_cost"):
                connection.execute(f"set {name} = 0".encode())
            connection.execute("set jit = on")
            compiled = explained(connection, COMPILED, "analyze", "json")
            found += [(COMPILED, compiled)] if "JIT" in compiled[0] else []
            lines += [{"major": major, "sql": sql, "json": plan} for sql, plan in found]
    text = "\n".join(json.dumps(line, separators=(",", ":")) for line in lines)
    Path(file).write_bytes(lzma.compress(text.encode(), preset=9))


def main(url: str, file: str, few: str = "few") -> None:
    """Writes the plans of a server's new database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop database if exists plan_corpus")
        connection.execute("create database plan_corpus")
    with psycopg.connect(url, dbname="plan_corpus") as connection:
        set_up(connection)
        found = captured(connection, ("text", "json", "yaml", "xml"), few == "few")
    lines = (json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in found)
    Path(file).write_bytes(lzma.compress("\n".join(lines).encode(), preset=9))
    print(len(found), "plans in", file, file=sys.stderr)


if __name__ == "__main__":
    (awkward if sys.argv[1].endswith("awkward.jsonl.xz") else main)(*sys.argv[1:])
