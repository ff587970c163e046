"""A user's database is only read, and what cannot be read is said without its password."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest

from dbwright import dialects
from dbwright.collect.database import opened, without_password
from dbwright.core.errors import CollectError, UsageError
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice
from dbwright.scratch.server_process import pauses


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table a (id integer primary key)")
    return path


def test_schema_of_a_sqlite_file_is_read_and_nothing_can_be_written(file: Path) -> None:
    with opened(f"sqlite:///{file}") as database:
        assert [table.name for table in database.schema().tables] == ["a"]
        assert database.target.dialect == "sqlite"
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            database.connection.execute("insert into a values (1)")


def test_other_kinds_of_urls_are_refused_with_the_way_out(tmp_path: Path) -> None:
    for url, words in {
        "oracle://me:hunter2@host/x": "'oracle'",
        "shop.db": "no scheme",
        "sqlite://": "in memory",
        "sqlite:///:memory:": "in memory",
        "postgresql://host:port/x": "no URL",
        "mysql://me:hunter2@host": "no database",
        "postgresql://me:hunter2@h/x?nonsense=1": "nonsense",
    }.items():
        with pytest.raises(UsageError, match=words) as caught, opened(url):
            pass
        assert "hunter2" not in str(caught.value)
        assert caught.value.way_out


def test_absent_or_foreign_file_is_an_answer(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="there is no file"), opened(f"sqlite:///{tmp_path}/x"):
        pass
    (tmp_path / "text.db").write_text("no database" * 200)
    with (
        pytest.raises(CollectError, match="not a database"),
        opened(f"sqlite:///{tmp_path}/text.db"),
    ):
        pass


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg", "mysql", "mariadb"])
def test_database_that_is_down_is_an_answer_without_the_password(scheme: str) -> None:
    url = f"{scheme}://me:hunter2@127.0.0.1:1/shop"
    with pytest.raises(CollectError, match="cannot connect to") as caught, opened(url):
        pass
    assert "hunter2" not in str(caught.value)
    assert "me@127.0.0.1:1/shop" in str(caught.value)


def test_password_is_cut_out_of_a_url_wherever_it_stands() -> None:
    assert without_password("postgresql://h/x?user=me&password=p") == "postgresql://h/x?user=me"
    assert without_password("sqlite:////tmp/x.db") == "sqlite:////tmp/x.db"


@pytest.mark.database
def test_postgresql_is_read_only_even_for_a_superuser() -> None:
    with open_sandbox("postgresql", ServerChoice()) as sandbox, sandbox.clone(None) as scratch:
        with scratch.superuser() as admin:
            admin.execute("create table a (id int primary key)")
        with opened(scratch.url()) as database:
            assert [table.name for table in database.schema().tables] == ["a"]
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                database.connection.execute("insert into a values (1)")


@pytest.mark.database
def test_mariadb_says_what_a_user_with_few_rights_may_not_see(mariadb: str) -> None:
    choice = ServerChoice(sandbox_url=mariadb)
    with open_sandbox("mariadb", choice) as sandbox, sandbox.clone(None) as scratch:
        with scratch.superuser() as admin:
            admin.execute("create table a (id int primary key)")
            admin.execute("create user if not exists dbw_few@'%' identified by 'hunter2'")
            admin.execute(f"grant select on `{scratch.name}`.* to dbw_few@'%'")
        try:
            host = mariadb.partition("@")[2].rstrip("/")
            with opened(f"mariadb://dbw_few:hunter2@{host}/{scratch.name}") as database:
                assert [table.name for table in database.schema().tables] == ["a"]
                assert any("triggers" in text for text in database.left_out)
        finally:
            with scratch.superuser() as admin:
                admin.execute("drop user dbw_few@'%'")


@pytest.mark.database
def test_nothing_is_prepared_on_a_connection_that_a_pooler_may_exchange() -> None:
    with (
        open_sandbox("postgresql", ServerChoice()) as sandbox,
        sandbox.clone(None) as scratch,
        opened(scratch.url()) as database,
    ):
        for _ in range(9):
            database.schema()
            database.connection.execute("select 1 where %s", [True])
        prepared = database.connection.execute("select count(*) from pg_prepared_statements")
        assert prepared.fetchone() == (0,)


@pytest.mark.database
def test_what_stops_the_reading_is_told_with_its_own_way_out() -> None:
    """A connection that is lost, a statement_timeout, a table that a migration holds locked."""
    with (
        open_sandbox("postgresql", ServerChoice()) as sandbox,
        sandbox.clone(None) as scratch,
        scratch.superuser() as admin,
    ):
        admin.execute("create table a (id int default 1, total int check (total > 0))")
        admin.commit()
        with opened(scratch.url()) as database:
            pid = database.connection.info.backend_pid
            admin.execute("select pg_terminate_backend(%s, 5000)", [pid])
            with pytest.raises(CollectError, match="was lost while") as caught:
                database.schema()
        assert "Run it again" in str(caught.value.way_out)
        with opened(scratch.url()) as database:
            database.connection.execute("set local statement_timeout = 1")
            with pytest.raises(CollectError, match="statement timeout") as caught:
                database.ask(lambda connection: connection.execute("select pg_sleep(9)"))
        assert "statement_timeout" in str(caught.value.way_out)
        with opened(scratch.url()) as database, scratch.superuser() as other:
            other.execute("begin; lock table a in access exclusive mode")
            assert "a" not in database.ask(dialects.get("postgresql").statistics.rows)
            with pytest.raises(CollectError, match="lock timeout") as caught:
                database.ask(lambda connection: connection.execute("select * from a"))
        assert "migration" in str(caught.value.way_out)
        left = "select count(*) from pg_stat_activity where datname = current_database()"
        for pause in pauses(10):  # a backend takes a moment to see that its client is gone
            if admin.execute(left).fetchone() == (1,):
                break
            pause()
        assert admin.execute(left).fetchone() == (1,)  # who asks
