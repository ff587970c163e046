"""The printed role, made for real: it reads, it does nothing else, and the doctor agrees."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pymysql
import pytest
from click.testing import CliRunner
from sqlalchemy.engine import make_url

from dbwright import api
from dbwright.core.errors import UsageError
from dbwright.frontends.cli import cli
from dbwright.scratch.server import Server, ServerChoice, server, stop

SETUP = """
create schema sales; create schema "Odd schema"; create schema closed;
create table public.orders (id int primary key); insert into public.orders values (1);
create table sales.items (id int); create table "Odd schema"."Odd table" (id int);
create table closed.salaries (id int);
create view sales.shown as select * from closed.salaries;
create function public.grab() returns int language sql security definer as 'select 1';
create sequence public.numbers;
"""
ROLE = 'read"er'
SCHEMAS = ("public", "sales", "Odd schema")
REFUSED = """
insert into public.orders values (2)
update public.orders set id = 3
delete from public.orders
truncate public.orders
create table public.mine (id int)
create schema mine
drop table public.orders
select * from closed.salaries
select * from pg_authid
select nextval('public.numbers')
select public.grab()
select pg_read_file('/etc/passwd')
copy public.orders to program 'true'
set role postgres
create role other
alter role postgres password 'x'
create temp table mine (id int)
""".strip().splitlines()


@pytest.fixture(scope="module", params=["15", "newest"])
def running(request: pytest.FixtureRequest) -> Iterator[Server]:
    """PostgreSQL 15, and the newest that there is."""
    if request.param == "newest":
        yield request.getfixturevalue("postgresql")
        return
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    programs = request.getfixturevalue("postgresql_15")
    choice = ServerChoice(pg_bin=programs, cache_dir=folder / "cache")
    with server(choice) as found:
        yield found
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def granted(running: Server) -> Server:
    """A server on which the printed SQL was run as it is, and a table made afterwards."""
    with running.connect() as connection:
        connection.execute("create database granted")
    with running.connect("granted") as connection:
        connection.execute(SETUP)
        url = running.url("granted", user=None).replace("+psycopg", "")
        made = api.grant_role(ROLE, db=url, schemas=SCHEMAS, revoke_public=True)
        assert "PASSWORD" not in made.sql
        connection.execute(made.sql)
        connection.execute("create table sales.later (id int)")
    return running


def as_reader(granted: Server, database: str = "granted") -> psycopg.Connection:
    return psycopg.connect(**granted.parameters(database, user=ROLE), autocommit=True)


def reader_url(granted: Server) -> str:
    return granted.url("granted", user=ROLE).replace("+psycopg", "")


@pytest.mark.database
def test_role_reads_what_it_was_granted(granted: Server) -> None:
    url = reader_url(granted)
    for sql in (
        "select * from orders",
        "select * from sales.items, sales.later, sales.shown",
        'select * from "Odd schema"."Odd table"',
        "select rolname from pg_roles",
    ):
        assert api.read(sql, url).columns
    with as_reader(granted) as connection:
        (timeout,) = connection.execute("show statement_timeout").fetchone()  # type: ignore[misc]
        assert timeout == "30s"


@pytest.mark.database
@pytest.mark.parametrize("sql", REFUSED)
def test_role_may_do_nothing_else(granted: Server, sql: str) -> None:
    with as_reader(granted) as connection:
        connection.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(sql.encode())


@pytest.mark.database
def test_doctor_finds_nothing_wrong_with_the_role(granted: Server) -> None:
    found = api.doctor(reader_url(granted), for_agent=True)
    assert [each.name for each in found.complaints if each.severity != "info"] == []
    assert (found.refused, found.almighty, found.exit_status) == ("", False, 0)


@pytest.mark.database
def test_doctor_tells_what_a_role_may_too_much(granted: Server) -> None:
    with granted.connect("granted") as connection:
        connection.execute(
            "create role busy login createrole bypassrls; grant pg_read_all_data to busy; "
            "grant insert on orders to busy; grant create on schema sales to public; "
            "create table owned (id int); alter table owned owner to busy; "
            "create extension dblink"
        )
        try:
            url = granted.url("granted", user="busy").replace("+psycopg", "")
            found = api.doctor(url, for_agent=True)
            connection.execute("grant pg_execute_server_program to busy")
            refused = api.doctor(url, for_agent=True)
        finally:
            connection.execute(
                "drop extension dblink; revoke create on schema sales from public; "
                "drop owned by busy; drop role busy"
            )
    names = {each.name for each in found.complaints}
    assert names >= {
        *("createrole", "bypassrls", "dangerous-role", "reads-password-hashes", "owns-tables"),
        *("writes-tables", "public-creates", "no-timeout", "runs-dblink"),
    }
    assert found.exit_status == 1
    assert found.complaints[0].severity == "error"
    assert refused.exit_status == 2


@pytest.mark.database
def test_superuser_is_refused_for_an_agent_unless_a_human_says_so(
    granted: Server, tmp_path: Path
) -> None:
    url = granted.url("granted", user=None).replace("+psycopg", "")
    assert api.doctor(url).exit_status == 1
    refused = api.doctor(url, for_agent=True, path=tmp_path)
    with pytest.raises(UsageError, match="an agent does not get it"):
        refused.raise_if_refused()
    (tmp_path / "pyproject.toml").write_text("[tool.dbwright]\nallow-superuser = true\n")
    assert api.doctor(url, for_agent=True, path=tmp_path).refused == ""
    assert api.doctor(url, for_agent=True, allow_superuser=False, path=tmp_path).refused
    (tmp_path / "pyproject.toml").write_text("[tool.dbwright]\nallow-superuser-true = true\n")
    with pytest.raises(UsageError, match="no key 'allow-superuser-true'"):
        api.doctor(url, for_agent=True, path=tmp_path)


@pytest.mark.database
def test_public_keeps_its_rights_unless_asked(granted: Server) -> None:
    url = granted.url("granted", user=None).replace("+psycopg", "")
    with granted.connect("granted") as connection:
        connection.execute("create function public.open() returns int language sql security "
                           "definer as 'select 1'")  # fmt: skip
        kept = api.grant_role("other", db=url, schemas=("public",)).sql
        taken = api.grant_role("other", db=url, schemas=("public",), revoke_public=True).sql
        connection.execute("drop function public.open()")
    assert "\n-- REVOKE EXECUTE ON FUNCTION public.open() FROM PUBLIC;" in kept
    assert "\nREVOKE EXECUTE ON FUNCTION public.open() FROM PUBLIC;" in taken


@pytest.mark.database
def test_schema_that_there_is_not_is_an_error(granted: Server) -> None:
    url = granted.url("granted", user=None).replace("+psycopg", "")
    with pytest.raises(UsageError, match="has no schema slaes"):
        api.grant_role(db=url, schemas=("slaes",))


@pytest.mark.database
def test_account_of_mariadb_reads_and_does_nothing_else(maria: str) -> None:
    name = "dbwright_o'reader"
    made = api.grant_role(name, db=maria, generate_password=True, host="127.0.0.1")
    password = made.sql.partition("IDENTIFIED BY '")[2].partition("'")[0]
    assert len(password) >= 24
    root = make_url(maria)
    login = {"host": root.host, "port": root.port or 3306}
    with pymysql.connect(
        **login, user=root.username, password=root.password or "", autocommit=True
    ) as admin:
        cursor = admin.cursor()
        url = root.set(username=name, password=password, host="127.0.0.1")
        text = url.render_as_string(hide_password=False)
        try:
            for line in made.sql.splitlines():
                if not line.startswith("--"):
                    cursor.execute(line)
            assert api.read("select * from by_status", text).rows
            found = api.doctor(text, for_agent=True)
            with (
                pymysql.connect(**login, user=name, password=password) as reader,
                reader.cursor() as own,
            ):
                for sql in (
                    "insert into dbwright_guarded.orders (id) values (0)",
                    "delete from dbwright_guarded.orders",
                    "create table dbwright_guarded.mine (id int)",
                    "select * from mysql.global_priv",
                    "select dbwright_guarded.plus_one(1)",
                    "select 1 into outfile '/tmp/dbwright-x'",
                ):
                    with pytest.raises(pymysql.err.Error, match=r"denied|command|privilege"):
                        own.execute(sql)
        finally:
            cursor.execute("drop user if exists %s@'127.0.0.1'", [name])
    wrong = [each.name for each in found.complaints if each.severity != "info"]
    assert set(wrong) <= {"no-timeout"}
    assert api.doctor(maria, for_agent=True).exit_status == 2


def test_doctor_of_a_file_says_who_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "open.db"
    sqlite3.connect(file).executescript("create table a (b)")
    file.chmod(0o666)
    found = CliRunner().invoke(cli, ["doctor", "--db", f"sqlite:///{file}", "--format", "json"])
    assert found.exit_code == 1
    answer = json.loads(found.output)
    assert answer["complaints"][0]["name"] == "anybody-writes"
    assert "chmod" in api.grant_role(db=f"sqlite:///{file}").sql
