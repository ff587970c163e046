"""SQL text of SQLite as operations."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbwright.core.operation import Data, Maintain, Other, Select, SetParameter
from dbwright.core.target import Target
from dbwright.dialects.sqlite import explain, locks, statements, statistics, types

KNOWN = {
    "update t set a = 1": Data("update", "t", columns=("a",)),
    "update t set a = 1 where 1 = 1": Data("update", "t", columns=("a",)),
    "update t set a = ? where id = ?": Data("update", "t", bounded=True, columns=("a",)),
    "delete from t": Data("delete", "t"),
    "insert into t (a) values (1)": Data("insert", "t", bounded=True, columns=("a",)),
    "insert into t (a) select a from u": Data("insert", "t", from_select=True, columns=("a",)),
    "with x as (select 1) select * from x, t": Select(("t",)),
    "pragma foreign_keys=ON": SetParameter("foreign_keys", "ON"),
    "PRAGMA table_info(t)": SetParameter("table_info", "t"),
    "vacuum": Maintain("vacuum full"),
    "BEGIN IMMEDIATE": Other("BEGIN"),
    "gibberish": Other("unparsed", unknown=True),
    "attach database 'x' as y": Other("ATTACH", unknown=True),
    "create virtual table f using fts5(a)": Other("CREATE VIRTUAL TABLE", True, "f"),
    "create table t as select 1 as a": Other("CREATE TABLE", unknown=True),
    "create trigger g after insert on t begin select 1; end": Other("CREATE TRIGGER", table="t"),
}


@pytest.mark.parametrize("sql", KNOWN)
def test_statements_are_taken_for_what_they_do(sql: str) -> None:
    assert statements.parse(sql) == (KNOWN[sql],)


@given(st.text())
def test_no_text_makes_the_parser_fail(text: str) -> None:
    statements.parse(text)
    statements.split(text)


WORDS = st.sampled_from(
    [
        "create",
        "table",
        "t",
        "(",
        "a",
        "int",
        ",",
        ")",
        "primary",
        "key",
        "references",
        "x",
        "check",
        "alter",
        "add",
        "column",
        "drop",
        "index",
        "on",
        "where",
        "default",
        "'q",
        '"',
        "[",
        "]",
        "`",
        "unique",
        "constraint",
        "select",
        "from",
        "insert",
        "into",
        "values",
        ";",
        "--",
        "/*",
        "as",
    ]
)


@given(st.lists(WORDS, max_size=25))
def test_no_words_of_sql_make_the_parser_fail(words: list[str]) -> None:
    statements.parse(" ".join(words))


def test_plans_are_in_the_words_of_sqlite() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript("create table t (a, b); create index i on t (a); create table u (c)")
    search = explain.plan(connection, "select * from t where a = ?", (1,)).children[0]
    assert (search.relation, search.index, search.index_condition) == ("t", "i", "a=?")
    assert search.name.startswith("SEARCH")
    scan = explain.plan(connection, "select * from u join t on b = c").children[0]
    assert scan.name.startswith("SCAN")
    connection.close()


def test_plans_name_tables_and_not_their_aliases() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(
        "create table t (a, b); create table u (c); create view v as select x.b from t as x"
    )
    sql = """select * from u as o join v as w on w.b = o.c
        where o.c in (select n.a from t n) and o.c in (select n.c from u n)"""
    read = [node for node in explain.plan(connection, sql).walk() if node.relation]
    found = {(node.alias, node.relation) for node in read}
    assert {("o", "u"), ("x", "t"), (None, "n")} <= found
    connection.close()


def test_rows_are_those_of_the_last_analyze() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript("create table t (a); insert into t values (1), (2)")
    assert statistics.rows(connection) == {}
    connection.execute("analyze")
    assert statistics.rows(connection) == {"t": 2}
    connection.close()


def test_every_write_keeps_other_writers_out() -> None:
    (operation,) = statements.parse("create index i on t (a)")
    told = locks.effect(operation, None, Target("sqlite"))
    assert (told.relation, told.blocks_writes, told.scans) == ("t", True, True)
    (reading,) = statements.parse("select * from t")
    assert not locks.effect(reading, None, Target("sqlite")).blocks_writes


def test_families_follow_the_words_of_a_type() -> None:
    families = {"VARCHAR(3)": "varchar", "BIGINT": "bigint", "DATETIME": "timestamp", "": "other"}
    assert {text: types.family(text) for text in families} == families
    assert types.fits("varchar(9)", "varchar(3)")
    assert not types.fits("text", "integer")
