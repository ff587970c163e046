"""Databases of the three kinds with things in them that a read must not lead to."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pymysql
import pytest
from sqlalchemy.engine import make_url

from dbwright.scratch.server import Server, ServerChoice, server, stop

POSTGRESQL = """
create table orders (id int primary key, status text, total numeric(10,2), tags text[], doc jsonb);
insert into orders select i, 'open', i * 1.5, '{a,b}', '{"a": 1, "password": "hunter2"}'
  from generate_series(1, 3000) i;
create function grab() returns int language sql security definer as 'select 1';
create function mislabelled() returns int language sql stable
  as 'select pg_advisory_xact_lock(1); select 1';
create function plus_one(int) returns int language sql immutable as 'select $1 + 1';
create function summed(most int) returns int language plpgsql stable as $$
  declare x int := 0; r record; begin
    for r in select * from orders where id <= most loop x := x + r.id; end loop;
    return x; end $$;
create function defaulted(a int default grab()) returns int language sql stable as 'select a';
create function atomic(a int) returns int language sql stable return a + mislabelled();
create type spell as range (subtype = int);
create function texted(what text) returns int language plpgsql stable as $$
  declare x int; begin execute what into x; return x; end $$;
create function stubborn() returns int language plpgsql stable as $$
  begin return 1; exception when sqlstate '57014' then return 2; end $$;
create function dear(orders) returns boolean language sql volatile as 'select $1.total > 9';
create function fine(orders) returns boolean language sql stable as 'select $1.total > 9';
create view by_status as select status, count(*) as number from orders group by status;
create view grabbing as select grab() as x;
create view reading_hashes as select rolname, rolpassword from pg_authid;
create view activity as select query from pg_stat_activity;
create operator ~~> (leftarg = int, rightarg = int, function = pg_catalog.int4eq);
create function said(int, int) returns boolean language sql security definer as 'select true';
create operator ==> (leftarg = int, rightarg = int, function = said);
create domain bad as int check (grab() <= value);
create domain positive as int check (value > 0);
create function checked() returns int language plpgsql stable as $$
  declare x Bad; begin x := 3; return x; end $$;
create table marked (id bad);
create function copied() returns int language plpgsql stable as $$
  declare x marked.id%type; y marked%rowtype; begin x := 3; return x; end $$;
create type pair as (a int, b bad);
create type color as (name text);
create function colored(text) returns color language sql volatile as 'select row($1)::color';
create cast (text as color) with function colored(text) as implicit;
"""
MARIADB = """
create table orders (id int primary key, status varchar(20), total decimal(10,2), doc json);
insert into orders select seq, 'open', seq * 1.5, '{"password":"hunter2"}' from seq_1_to_3000;
create function plus_one(a int) returns int deterministic return a + 1;
create function sleepy() returns int return sleep(1);
create function counted() returns int reads sql data
  begin declare x int; select count(*) into x from orders; return x; end;
create view by_status as select status, count(*) as number from orders group by status;
create view sleeping as select sleep(1) as x;
create view hashes as select * from mysql.global_priv;
create sequence numbers
"""
SQLITE = """
create table orders (id integer primary key, status text, total numeric, big blob);
create view by_status as select status, count(*) as number from orders group by status;
create virtual table notes using fts5(text);
insert into notes values ('a note');
with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
insert into orders select i, 'open', i * 1.5, x'00ff' from n;
"""


@pytest.fixture(scope="package")
def postgresql() -> Iterator[Server]:
    """A server of our own, of the newest version that there is."""
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    choice = ServerChoice(cache_dir=folder / "cache")
    with server(choice) as running:
        yield running
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def shop(postgresql: Server) -> str:
    """A PostgreSQL database, reached by its superuser."""
    with postgresql.connect() as connection:
        connection.execute("create database guarded")
    with postgresql.connect("guarded") as connection:
        connection.execute(POSTGRESQL)
    return postgresql.url("guarded", user=None).replace("+psycopg", "")


@pytest.fixture(scope="package")
def maria(mariadb: str) -> Iterator[str]:
    """A MariaDB database, reached by its root."""
    url = make_url(mariadb)
    login = {"host": url.host, "port": url.port or 3306, "user": url.username}
    name = "dbwright_guarded"
    connection = pymysql.connect(**login, password=url.password or "", autocommit=True)
    with connection, connection.cursor() as cursor:
        cursor.execute(f"drop database if exists {name}")
        cursor.execute(f"create database {name}")
        cursor.execute(f"use {name}")
        for statement in MARIADB.split(";\n"):
            cursor.execute(statement)
        yield url.set(database=name).render_as_string(hide_password=False)
        cursor.execute(f"drop database {name}")


@pytest.fixture(scope="package")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite file."""
    path = tmp_path_factory.mktemp("sqlite") / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(SQLITE)
    connection.close()
    return f"sqlite:///{path}"


def rows_of(server: Server, sql: str) -> list[tuple[object, ...]]:
    """What the superuser sees in the guarded database."""
    with psycopg.connect(**server.parameters("guarded")) as connection:
        return connection.execute(sql.encode()).fetchall()
