"""The layers below the guard hold by themselves; the command line shows what it reads as data."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import psycopg
import pymysql
import pytest
from click.testing import CliRunner

from dbwright import dialects
from dbwright.collect.database import opened
from dbwright.core.errors import ReadRefused, UsageError
from dbwright.core.reading import Allowed, Limits
from dbwright.dialects.gathering import Gathering
from dbwright.dialects.postgresql.reading_texts import without_constants
from dbwright.frontends.cli import cli


def run_unguarded(url: str, sql: str, kind: str = "plan") -> None:
    """Runs a statement as an allowed one."""
    with opened(url) as database:
        room = dialects.get(database.dialect).reading_run
        room.prepare(database.connection, Limits())
        room.run(database.connection, Allowed(sql, kind), (), Gathering(Limits()))


@pytest.mark.database
@pytest.mark.parametrize("kind", ["plan", "rows"])
@pytest.mark.parametrize(
    "sql", ["select 1; select 2", "select 1; commit; delete from orders", "commit; select 1"]
)
def test_second_statement_does_not_pass_the_protocol(shop: str, sql: str, kind: str) -> None:
    with pytest.raises(psycopg.errors.SyntaxError):
        run_unguarded(shop, sql, kind)


@pytest.mark.database
@pytest.mark.parametrize(
    "sql",
    [
        "delete from orders",
        "with x as (delete from orders returning 1) select * from x",
        "select 1 into taken",
        "create table taken (id int)",
        "select setval('numbers', 7)",
        "explain analyze delete from orders",
    ],
)
def test_transaction_takes_no_write(shop: str, sql: str) -> None:
    with psycopg.connect(shop) as connection:
        connection.execute("create sequence if not exists numbers")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        run_unguarded(shop, sql)


@pytest.mark.database
def test_mariadb_takes_no_write_and_no_second_statement(maria: str) -> None:
    for sql in ("delete from orders", "select 1; select 2", "insert into orders (id) values (0)"):
        with pytest.raises(pymysql.err.Error, match=r"READ ONLY|syntax"):
            run_unguarded(maria, sql)


def test_sqlite_takes_no_write(file: str) -> None:
    for sql in ("delete from orders", "create table x (a)", "create temp table x (a)"):
        with pytest.raises(ReadRefused, match="the read is refused"):
            run_unguarded(file, sql)
        with opened(file) as database, pytest.raises(sqlite3.Error, match="readonly"):
            database.connection.execute(sql)


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("select 'secret', 17 from a -- secret", "select ?, ? from a "),
        ("alter role me password 'sec''ret", "alter role me password ?…"),
        ("select $$secret$$, $tag$ secret", "select ?, $tag…"),
        ("select E'se\\'cret', \"a'b\", 'secret", 'select ?, "a\'b", …'),
        ("select 1 /* secret", "select ? …"),
        ("", ""),
    ],
)
def test_statements_lose_their_constants_even_where_they_were_cut(sql: str, shown: str) -> None:
    assert without_constants(sql) == shown


def test_command_line_reads_and_escapes(tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    connection = sqlite3.connect(path)
    connection.execute('create table a ("b\x1b[31m" text)')
    connection.execute("insert into a values ('\x1b]0;owned\x07' || char(8238) || 'x\ny')")
    connection.commit()
    connection.close()
    arguments = ["queries", "read", "select * from a", "--db", f"sqlite:///{path}"]
    text = CliRunner().invoke(cli, arguments).output
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "(1 row" in text
    answer = json.loads(CliRunner().invoke(cli, [*arguments, "--format", "json"]).output)
    assert answer["rows"] == [["\x1b]0;owned\x07\u202ex\ny"]]
    refused = CliRunner().invoke(
        cli, ["queries", "read", "drop table a", "--db", f"sqlite:///{path}"]
    )
    assert isinstance(refused.exception, ReadRefused)


def test_role_is_printed_for_what_is_named(tmp_path: Path) -> None:
    made = CliRunner().invoke(
        cli, ["grant-role", "--dialect", "postgresql", "--database", "shop", "--schema", "Sales"]
    )
    assert 'GRANT USAGE ON SCHEMA "Sales" TO dbwright_reader;' in made.output
    assert "PASSWORD '" not in made.output
    nothing = CliRunner().invoke(cli, ["grant-role"])
    assert isinstance(nothing.exception, UsageError)
