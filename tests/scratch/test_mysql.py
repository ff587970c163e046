"""The sandbox on a throw-away MariaDB: whole copies, nothing left, and clear refusals."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pymysql
import pytest

from dbwright.core.errors import ServerError
from dbwright.dialects.mariadb import catalog
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.kept import KEPT
from dbwright.scratch.mysql import Database, Sandbox, open_mysql
from dbwright.scratch.mysql_given import Given
from dbwright.scratch.server import ServerChoice

pytestmark = pytest.mark.database
TABLES = (
    "create table parents (id int primary key, name varchar(20) not null default 'x' comment 'n',"
    " twice int as (id * 2) stored, check (id < 100))",
    "create table children (id bigint auto_increment primary key, parent_id int, note text,"
    " constraint fk_p foreign key (parent_id) references parents (id) on delete cascade)",
    "create view b_first as select id from parents",
    "create view a_second as select id from b_first",
    "create function plus_one(n int) returns int deterministic return n + 1",
    "create sequence numbers",
    "insert into parents (id) values (0), (7)",
    "insert into children (parent_id, note) values (7, 'as it was')",
    "select nextval(numbers)",
    "create trigger noted before insert on children for each row set new.note = 'by trigger'",
)


@pytest.fixture
def sandbox(mariadb: str) -> Iterator[Sandbox]:
    with open_mysql(mariadb, "mariadb") as opened:
        yield opened


def build(database: Database) -> None:
    with closing(database.connect()) as connection:
        for statement in TABLES:
            connection.execute(statement).fetchall()
        connection.commit()


def ask(database: Database, sql: str) -> list[tuple[object, ...]]:
    with closing(database.connect()) as connection:
        return list(connection.execute(sql).fetchall())


def named(url: str, prefix: str = "dbw_") -> set[str]:
    with closing(Given(url, "mariadb").connect()) as connection:
        rows = connection.execute("show databases").fetchall()
    return {name for (name,) in rows if name.startswith(prefix)}


def test_a_clone_has_every_object_and_every_row(sandbox: Sandbox) -> None:
    name = sandbox.template("whole", build)
    assert sandbox.has("whole") == name
    with sandbox.clone(name) as first, sandbox.copy(first) as second:
        for database in (first, second):
            assert ask(database, "select id, name, twice from parents order by id") == [
                (0, "x", 0),
                (7, "x", 14),
            ]
            assert ask(database, "select parent_id, note from children") == [(7, "as it was")]
            assert ask(database, "select id from a_second order by id") == [(0,), (7,)]
            assert ask(database, "select plus_one(1)") == [(2,)]
        with closing(first.connect()) as one, closing(second.connect()) as other:
            assert catalog.read_schema(one) == catalog.read_schema(other)
            schema = catalog.read_schema(one)
    children = schema.table("children")
    assert children is not None
    assert [key.on_delete for key in children.foreign_keys] == ["CASCADE"]
    assert [trigger.name for trigger in children.triggers] == ["noted"]
    assert [each.name for each in schema.others] == ["numbers", "plus_one"]


def test_a_clone_still_enforces_the_constraints(sandbox: Sandbox) -> None:
    name = sandbox.template("whole", build)
    with sandbox.clone(name) as database, closing(database.connect()) as connection:
        for refused in (
            "insert into children (parent_id) values (99)",
            "insert into parents (id) values (500)",
            "insert into parents (id) values (7)",
        ):
            with pytest.raises(pymysql.err.Error, match=r"constraint|Duplicate|failed"):
                connection.execute(refused)


def test_a_template_is_built_once_and_a_failed_build_leaves_none(sandbox: Sandbox) -> None:
    built: list[str] = []

    def failing(database: Database) -> None:
        built.append(database.name)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        sandbox.template("key", failing)
    assert sandbox.has("key") is None
    first = sandbox.template("key", lambda database: built.append(database.name))
    assert sandbox.template("key", failing) == first
    assert len(built) == 2


def test_the_oldest_template_goes_when_there_are_too_many(sandbox: Sandbox) -> None:
    for number in range(KEPT + 1):
        sandbox.template(f"number {number}", lambda database: None)
    assert sandbox.has("number 0") is None
    assert sandbox.has("number 1") is not None


def test_nothing_is_left_even_where_a_connection_stayed_open(mariadb: str) -> None:
    with open_mysql(mariadb, "mariadb") as opened:
        prefix = opened._prefix
        opened.template("kept", lambda database: None)
        with opened.clone(None) as database:
            forgotten = database.connect()
            forgotten.execute("create table t (a int)")
            forgotten.execute("insert into t values (1)")
        assert named(mariadb, prefix)
    assert named(mariadb, prefix) == set()


def test_databases_of_a_killed_process_are_dropped_by_the_next(mariadb: str) -> None:
    program = (
        "import os, sys\n"
        "from dbwright.scratch.mysql import Sandbox\n"
        "from dbwright.scratch.mysql_given import Given\n"
        "sandbox = Sandbox(Given(sys.argv[1], 'mariadb'))\n"
        "with sandbox.clone(None) as database:\n"
        "    print(database.name, flush=True)\n"
        "    os._exit(9)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, mariadb], capture_output=True, text=True, check=False
    )
    orphan = killed.stdout.strip()
    assert orphan in named(mariadb)
    with open_mysql(mariadb, "mariadb") as first:
        with first.clone(None) as mine, open_mysql(mariadb, "mariadb"):
            assert mine.name in named(mariadb)
        assert orphan not in named(mariadb)


def test_a_user_without_the_right_is_told_how_to_get_it(mariadb: str) -> None:
    with closing(Given(mariadb, "mariadb").connect()) as admin:
        admin.execute("create or replace user dbwright_weak identified by 'secret'")
        try:
            url = mariadb.replace(
                mariadb.partition("://")[2].rpartition("@")[0], "dbwright_weak:secret", 1
            )
            with pytest.raises(ServerError) as caught, open_mysql(url, "mariadb"):
                pass
        finally:
            admin.execute("drop user dbwright_weak")
    assert "grant all on `dbw\\_%`.* to" in (caught.value.way_out or "")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mariadb+pymysql://root@127.0.0.1:1/", "cannot connect to the server of --sandbox-url"),
        ("postgresql://root@127.0.0.1/", "names a server of postgresql"),
        ("mariadb+pymysql://root@/", "names no host"),
        ("mariadb+pymysql://root@127.0.0.1:port/", "cannot read --sandbox-url"),
        (None, "starts no mariadb server by itself"),
    ],
)
def test_a_url_that_leads_nowhere_says_why(url: str | None, why: str) -> None:
    choice = ServerChoice(sandbox_url=url)
    with pytest.raises(ServerError, match=why) as caught, open_sandbox("mariadb", choice):
        pass
    assert "--sandbox-url mariadb+pymysql://USER:PASSWORD@HOST" in (caught.value.way_out or "")
