"""Indexes as the models declare them, and their names."""

from __future__ import annotations

import pytest
from sqlalchemy import BigInteger, Column, Index, MetaData, Table

from dbwright.core.schema import Index as Wanted
from dbwright.core.schema import IndexKey
from dbwright.recipes import autogenerate_indexes, model_index
from dbwright.recipes.autogenerate_context import Builds

PATTERNS = (
    "ix_%(column_0_label)s",
    "idx_%(table_name)s_%(column_0_N_name)s",
    "%(table_name)s_%(column_0_name)s_%(column_1_name)s_idx",
    "i_%(column_0N_name)s",
    "i_%(column_0_N_label)s",
)


@pytest.mark.parametrize("schema", [None, "app"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_convention_gives_the_name_that_sqlalchemy_gives(
    pattern: str, schema: str | None
) -> None:
    metadata = MetaData(naming_convention={"ix": pattern})
    columns = Column("a", BigInteger), Column("b", BigInteger)
    made = Index(None, "a", "b")
    Table("orders", metadata, *columns, made, schema=schema)
    key = f"{schema}.orders" if schema else "orders"
    wanted = Wanted("ix_orders_a_b", (IndexKey("a"), IndexKey("b")))
    assert model_index.conventional(pattern, key, wanted, wanted.name) == str(made.name)


def test_what_the_convention_does_not_tell_apart_stands_behind() -> None:
    pattern = "idx_%(table_name)s_%(column_0_N_name)s"
    partial = Wanted("x", (IndexKey("a"),), predicate="b IS NULL")
    named = model_index.conventional(pattern, "orders", partial, "ix_orders_a_where_b_is_null")
    assert named == "idx_orders_a_where_b_is_null"
    lowered = Wanted("x", (IndexKey(expression="lower(a)"),))
    assert model_index.conventional(pattern, "orders", lowered, "ix_orders_lower_a") == (
        "ix_orders_lower_a"
    )
    unknown = Wanted("x", (IndexKey("a"),))
    assert model_index.conventional("%(column_3_name)s", "orders", unknown, "ix_orders_a") == (
        "ix_orders_a"
    )
    long = Wanted("x", tuple(IndexKey("column_" * 3 + str(n)) for n in range(4)))
    assert len(model_index.conventional(pattern, "orders", long, "x").encode()) <= 63


def test_each_key_says_no_more_than_it_has_to() -> None:
    keys = (
        IndexKey("a"),
        IndexKey("b", descending=True, nulls_first=False),
        IndexKey("c", opclass="text_pattern_ops"),
        IndexKey(expression="a || b"),
    )
    index = Wanted("ix", keys, method="btree")
    spelling = model_index.Spelling("sa.Index", "sa.text", width=200)
    assert model_index.by_names(index, spelling) == (
        'sa.Index("ix", "a", sa.text("b DESC NULLS LAST"), "c", sa.text("(a || b)"), '
        'postgresql_ops={"c": "text_pattern_ops"})'
    )
    mapped = model_index.by_attributes(index, spelling, lambda column: f"Order.{column}")
    assert mapped == (
        'sa.Index("ix", Order.a, Order.b.desc().nulls_last(), Order.c, sa.text("(a || b)"), '
        'postgresql_ops={"c": "text_pattern_ops"})'
    )
    assert model_index.by_attributes(Wanted("ix", keys[3:]), spelling, str) is None


def test_a_build_can_be_run_again_and_puts_the_timeouts_back() -> None:
    index = Wanted("ix_a", (IndexKey("a"),))
    phase = autogenerate_indexes.build("app.orders", index, Builds("5s"))
    lines = [line.strip() for line in phase.upgrade.splitlines()]
    assert lines[1:4] == [
        'op.execute("SET lock_timeout = 0")',
        'op.execute("SET statement_timeout = 0")',
        'op.execute("DROP INDEX CONCURRENTLY IF EXISTS app.ix_a")',
    ]
    assert lines[-2:] == [
        "op.execute(\"SET lock_timeout = '5s'\")",
        'op.execute("RESET statement_timeout")',
    ]
    assert "DROP" not in autogenerate_indexes.build("app.orders", index).upgrade
