"""SQL text of MySQL and MariaDB as operations, and what they lock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbwright.core import operation as op
from dbwright.core.apply import apply_all
from dbwright.core.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    IndexKey,
    PrimaryKey,
    Schema,
    Unique,
)
from dbwright.core.target import Target
from dbwright.dialects import get, names
from dbwright.dialects.mysql import locks, statements, types

KNOWN: dict[str, tuple[op.Operation, ...]] = {
    "alter table t add column x int not null default 1": (
        op.AddColumn("t", Column("x", "int", False, "1")),
    ),
    "alter table t add constraint fk foreign key (a) references o (id) on delete cascade": (
        op.AddForeignKey("t", ForeignKey(("a",), "o", ("id",), None, "fk", "CASCADE")),
    ),
    "alter table t add check (a > 1)": (op.AddCheck("t", Check("a > 1")),),
    "alter table t add unique (a, b), add index i (c)": (
        op.AddUnique("t", Unique(("a", "b"))),
        op.CreateIndex("t", Index("i", (IndexKey("c"),))),
    ),
    "alter table t drop column a, drop foreign key fk, drop index i, drop primary key": (
        op.DropColumn("t", "a"),
        op.DropConstraint("t", "fk"),
        op.DropIndex("i", table="t"),
        op.DropConstraint("t", "PRIMARY"),
    ),
    "alter table t change a b varchar(30) not null": (
        op.AlterType("t", "a", "varchar(30)"),
        op.SetNotNull("t", "a"),
        op.DropDefault("t", "a"),
        op.RenameColumn("t", "a", "b"),
    ),
    "drop index i on t": (op.DropIndex("i", table="t"),),
    "rename table a to b": (op.RenameTable("a", "b"),),
    "update t set a = %s where id = %(x)s": (op.Data("update", "t", True, columns=("a",)),),
    "delete from t": (op.Data("delete", "t"),),
    "set foreign_key_checks = 0": (op.SetParameter("foreign_key_checks", "0"),),
    "create table t like u": (op.Other("CREATE TABLE", unknown=True),),
    "drop database x": (op.Other("DROP DATABASE", unknown=True),),
    "call f()": (op.Other("unparsed", unknown=True),),
}


@pytest.mark.parametrize("sql", KNOWN)
def test_statements_are_taken_for_what_they_do(sql: str) -> None:
    assert statements.parse(sql) == KNOWN[sql]


def test_a_table_is_read_whole() -> None:
    (created,) = statements.parse(
        "create table t (id int not null auto_increment, b int(11) unsigned, e enum('a','B'), "
        "primary key (id), unique key uq (b), key ix (e), "
        "constraint fk foreign key (b) references o (id), check (b > 1))"
    )
    assert isinstance(created, op.CreateTable)
    table = created.table
    assert [each.type for each in table.columns] == ["int", "int unsigned", "enum('a','B')"]
    assert table.columns[0].identity == "by default"
    assert table.primary_key == PrimaryKey(("id",))
    assert table.uniques == (Unique(("b",), "uq"),)
    assert [index.name for index in table.indexes] == ["ix"]
    assert table.foreign_keys[0].name == "fk"
    assert table.checks[0].columns == ("b",)


def test_what_is_unnamed_is_named_as_the_server_does() -> None:
    script = (
        "create table t (a int, b int, unique (a), unique (a, b), key (b), check (a > 1));"
        "alter table t add foreign key (a) references t (a);"
        "create table u (a int, key a (a))"
    )
    for dialect, check in (("mysql", "t_chk_1"), ("mariadb", "CONSTRAINT_1")):
        schema = apply_all(Schema(dialect), statements.parse(script))
        table, other = schema.tables
        assert [each.name for each in table.uniques] == ["a", "a_2"]
        assert [each.name for each in table.checks] == [check]
        assert table.foreign_keys[0].name == "t_ibfk_1"
        assert [each.name for each in other.indexes] == ["a"]


def test_a_copy_keeps_writers_out_and_an_instant_change_does_not_last() -> None:
    target = Target("mysql", (8, 0))
    before = apply_all(Schema("mysql"), statements.parse("create table t (a int, v varchar(20))"))
    told = {
        sql: locks.effect(statements.parse(sql)[0], before, target)
        for sql in (
            "alter table t modify a bigint",
            "alter table t modify v varchar(30)",
            "alter table t modify v varchar(300)",
            "alter table t add column x int",
            "create index i on t (a)",
        )
    }
    assert [(each.brief, each.blocks_writes) for each in told.values()] == [
        (False, True),
        (True, True),
        (False, True),
        (True, True),
        (False, False),
    ]


def test_types_are_spelled_in_one_way() -> None:
    assert types.canonical("BIGINT(20) UNSIGNED") == "bigint unsigned"
    assert types.canonical("Enum('A', 'b')") == "enum('A','b')"
    assert types.family("tinyint(1)") == "boolean"
    assert types.family("datetime(6)") == "timestamp"
    assert types.rewrites("enum('a')", "enum('a','b')", Target("mysql")) is False
    assert types.rewrites("enum('a')", "enum('b','a')", Target("mysql")) is True


@given(st.text())
def test_no_text_makes_the_parser_fail(text: str) -> None:
    statements.parse(text)
    types.family(text)


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
        "modify",
        "change",
    ]
)


@given(st.lists(WORDS, max_size=20))
def test_no_words_of_sql_make_the_parser_fail(words: list[str]) -> None:
    statements.parse(" ".join(words))


def test_every_database_has_its_package() -> None:
    assert set(names()) == {"postgresql", "sqlite", "mysql", "mariadb"}
    assert get("mariadb").__name__ == "dbwright.dialects.mariadb"
