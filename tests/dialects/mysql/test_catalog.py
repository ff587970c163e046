"""The schema as MariaDB's information_schema has it."""

from __future__ import annotations

from contextlib import closing

import pytest

from dbwright.core.schema import Check, Column, ForeignKey, IndexKey, PrimaryKey, Unique
from dbwright.dialects.mariadb import catalog
from dbwright.dialects.mysql import catalog as of_mysql
from dbwright.scratch.mysql import open_mysql

pytestmark = pytest.mark.database


def test_every_part_of_a_table_is_read(mariadb: str) -> None:
    with (
        open_mysql(mariadb, "mariadb") as sandbox,
        sandbox.clone(None) as database,
        closing(database.connect()) as own,
        closing(database.connect()) as users,
    ):
        own.execute("create table p (id bigint unsigned primary key) comment 'parents'")
        own.execute(
            "create table t (a int(11) auto_increment primary key,"
            " b varchar(9) not null default 'it''s' comment 'words', c json,"
            " d timestamp default current_timestamp on update current_timestamp,"
            " n int, g int as (n + 1) virtual, p_id bigint unsigned, x text,"
            " constraint uq unique (b), key ix (x(10) desc), constraint ck check (n < 9),"
            " constraint fk foreign key (p_id) references p (id) on delete set null)"
        )
        own.execute("create view v as select a from t")
        schema = catalog.read_schema(own)
        assert catalog.read_schema(users.user_session()) == schema
        assert of_mysql.read_schema(own).dialect == "mysql"
    assert [table.name for table in schema.tables] == ["p", "t", "v"]
    t, view = schema.table("t"), schema.table("v")
    assert t is not None
    assert view is not None
    assert t.columns == (
        Column("a", "int", False, identity="by default"),
        Column("b", "varchar(9)", False, "'it''s'"),
        Column("c", "json"),
        Column("d", "timestamp", True, "current_timestamp() on update current_timestamp()"),
        Column("n", "int"),
        Column("g", "int", computed="`n` + 1", stored=False),
        Column("p_id", "bigint unsigned"),
        Column("x", "text"),
    )
    assert t.column("b").comment == "words"  # type: ignore[union-attr]
    assert t.primary_key == PrimaryKey(("a",), "PRIMARY")
    assert t.uniques == (Unique(("b",), "uq"),)
    assert t.checks == (Check("`n` < 9", "ck", columns=("n",)),)
    assert t.foreign_keys == (ForeignKey(("p_id",), "p", ("id",), name="fk", on_delete="SET NULL"),)
    assert {index.name: index.keys for index in t.indexes} == {
        "fk": (IndexKey("p_id"),),
        "ix": (IndexKey("x", descending=True, opclass="(10)"),),
    }
    assert view.definition == "select `t`.`a` AS `a` from `t`"
