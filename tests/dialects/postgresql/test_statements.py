"""SQL text of PostgreSQL as operations."""

# ruff: noqa: E501
from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbwright.core import operation as op
from dbwright.core.schema import Check, Column, ForeignKey, Index, IndexKey, Unique
from dbwright.dialects.postgresql import grammar, statements, volatility

KNOWN: dict[str, tuple[op.Operation, ...]] = {
    'alter table only public."Orders" add column if not exists x int references billing.c (id) default 0 not null': (
        op.AddColumn(
            "Orders",
            Column("x", "integer", False, "0"),
            ForeignKey(("x",), "c", ("id",), "billing"),
            if_not_exists=True,
        ),
    ),
    "alter table t add column x int constraint u unique, drop column if exists y cascade": (
        op.AddColumn("t", Column("x", "integer")),
        op.AddUnique("t", Unique(("x",), "u")),
        op.DropColumn("t", "y", True, True),
    ),
    "alter table t add constraint c check (a > 0) not valid": (
        op.AddCheck("t", Check("a > 0", "c", False)),
    ),
    "alter table t add constraint u unique using index i": (
        op.AddUnique("t", Unique((), "u"), "i"),
    ),
    "create index concurrently if not exists i on s.t (lower(a) desc) where b > 1": (
        op.CreateIndex(
            "s.t",
            Index("i", (IndexKey(None, "lower(a)", True),), predicate="b > 1"),
            concurrently=True,
            if_not_exists=True,
        ),
    ),
    "drop index concurrently if exists s.i, public.j": (
        op.DropIndex("s.i", True, True),
        op.DropIndex("j", True, True),
    ),
    "alter table t alter a type varchar(9) using a::varchar, alter a set not null": (
        op.AlterType("t", "a", "character varying(9)", "a::varchar"),
        op.SetNotNull("t", "a"),
    ),
    "alter type status add value if not exists 'x' before 'y'": (
        op.AddEnumValue("status", "x", True, before="y"),
    ),
    "update t set a = 1 where true": (op.Data("update", "t", columns=("a",)),),
    "update t set a = %(a)s where id = %(id)s": (op.Data("update", "t", True, columns=("a",)),),
    "delete from t where 1 = 1 or a = 2": (op.Data("delete", "t"),),
    "delete from t where true and a = 2": (op.Data("delete", "t", True),),
    "insert into t select * from u limit 5": (op.Data("insert", "t", True, True),),
    "with gone as (delete from a returning *) insert into b select * from gone": (
        op.Data("delete", "a"),
        op.Data("insert", "b", from_select=True),
    ),
    "select count(*) from a, s.b": (op.Select(("a", "s.b")),),
    "select setval('s', (select max(id) from a))": (op.Select(("a",)),),
    "select create_hypertable('t', 'x')": (op.Other("SELECT", unknown=True),),
    "select set_config('lock_timeout', '5s', true)": (op.SetParameter("lock_timeout", "5s", True),),
    "set local lock_timeout = '5s'": (op.SetParameter("lock_timeout", "5s", True),),
    "do $$ begin execute 'drop table t'; end $$": (op.Other("DO", unknown=True),),
    "create table t as select 1": (op.Other("CREATE TABLE AS", True, "t"),),
    "lock table t in share mode": (op.LockTable("t", "ShareLock"),),
    "drop schema s cascade": (op.Other("DROP SCHEMA", unknown=True),),
    "selekt": (op.Other("unparsed", unknown=True),),
    "": (),
}


@pytest.mark.parametrize("sql", KNOWN)
def test_statements_are_taken_for_what_they_do(sql: str) -> None:
    assert statements.parse(sql) == KNOWN[sql]


def test_scripts_are_cut_where_statements_end() -> None:
    script = "select ';'; do $a$ begin; end $a$; -- a; b\n/* ; */ select 'é;' ;"
    assert statements.split(script) == ["select ';'", "do $a$ begin; end $a$", "select 'é;'"]
    assert statements.split("selekt 1; select 'é'; x") == ["selekt 1", "select 'é'", "x"]
    assert statements.split("selekt (1; 2); x") == ["selekt (1; 2)", "x"]
    assert statements.split("select 'open") == ["select 'open"]


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
        "$$",
        "partition",
        "of",
        "for",
        "type",
        "enum",
        "set",
        "schema",
        "rename",
        "to",
        "not",
        "valid",
        "using",
        "concurrently",
        "cascade",
        "%s",
        ":a",
        "\x00",
        "é",
    ]
)


@given(st.lists(WORDS, max_size=25))
def test_no_words_of_sql_make_the_parser_fail(words: list[str]) -> None:
    statements.parse(" ".join(words))
    statements.split(" ".join(words))


def test_parsing_grows_with_the_text_and_no_faster() -> None:
    def seconds(rows: int) -> float:
        sql = "insert into t values " + ", ".join(f"({number}, 'x')" for number in range(rows))
        start = time.process_time()
        statements.parse(sql)
        return time.process_time() - start

    seconds(500)
    assert seconds(10_000) < 60 * max(seconds(1_000), 0.001)


def test_defaults_that_differ_by_row_are_told_apart() -> None:
    told = {"now()": False, "'x'::text": False, "random()": True, "mine()": None, "(": None}
    assert {text: volatility.is_volatile(text) for text in told} == told


def test_tables_that_differ_in_digits_are_not_one_statement() -> None:
    """The grammar's own fingerprint leaves the digits of a table's name out."""
    one, other = (f"select 1 from orders_{year} where a = 1" for year in (2025, 2026))
    assert statements.fingerprint(one) != statements.fingerprint(other)
    assert statements.fingerprint(one) == statements.fingerprint(one.replace("= 1", "= 2"))


DEEP = {
    "joins": "select from a" + " cross join b" * 1000,
    "union": "select 1" + " union all select 1" * 1000,
    "sum": "select 1" + " + 1" * 5000,
    "cast": "select 1" + "::a" * 450,
    "not": "select " + "not " * 4500 + "true",
    "subscript": "select " + "[".join(["a"] * 3000) + "]" * 2999,
    "short subscript": "select " + "[".join(["a"] * 490) + "]" * 489,
}


@pytest.mark.parametrize("name", DEEP)
def test_a_statement_that_nests_deeply_is_read_and_printed(name: str) -> None:
    assert statements.fault(DEEP[name]) is None
    assert statements.is_planned(grammar.canonical(DEEP[name]))
    assert statements.split(f"{DEEP[name]}; select 1")[1] == "select 1"
