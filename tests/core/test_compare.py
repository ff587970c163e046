"""How two schemas differ, in words."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dbwright.core.compare import differences, structured
from dbwright.core.schema import (
    Check,
    Column,
    EnumType,
    ForeignKey,
    Index,
    IndexKey,
    NamedObject,
    Schema,
    Table,
    Unique,
)

ORDERS = Table(
    "orders",
    (Column("id", "integer", False), Column("total", "numeric(10,2)", default="0")),
    foreign_keys=(ForeignKey(("id",), "items", ("id",), name="fk", on_delete="CASCADE"),),
    uniques=(Unique(("id", "total"), "uq"),),
    checks=(Check("total > 0", "positive"),),
    indexes=(Index("ix", (IndexKey("total", descending=True),), predicate="total > 5"),),
)
SHOP = Schema("postgresql", (ORDERS,), (EnumType("state", ("new", "paid")),))


def with_orders(**changes: object) -> Schema:
    return replace(SHOP, tables=(replace(ORDERS, **changes),))  # type: ignore[arg-type]


def test_a_schema_does_not_differ_from_itself() -> None:
    assert differences(SHOP, SHOP) == ()


def test_a_column_differs_by_what_differs() -> None:
    columns = (ORDERS.columns[0], Column("total", "integer", False))
    assert differences(SHOP, with_orders(columns=columns)) == (
        "column orders.total: type integer, wanted numeric(10,2)",
        "column orders.total: nullability NOT NULL, wanted NULL",
        "column orders.total: default none, wanted 0",
    )


def test_columns_and_tables_are_missing_or_not_wanted() -> None:
    assert differences(SHOP, with_orders(columns=ORDERS.columns[:1])) == (
        "column orders.total: missing, wanted numeric(10,2) default 0",
    )
    assert differences(replace(SHOP, tables=()), SHOP) == ("table orders: not wanted",)
    assert differences(SHOP, replace(SHOP, tables=())) == ("table orders: missing",)


def test_the_order_of_columns_does_not_count() -> None:
    assert differences(SHOP, with_orders(columns=ORDERS.columns[::-1])) == ()


def test_constraints_of_one_name_are_compared_by_what_they_say() -> None:
    keys = (replace(ORDERS.foreign_keys[0], on_delete=None, validated=False),)
    assert differences(SHOP, with_orders(foreign_keys=keys)) == (
        "foreign key fk of orders: (id) references items(id) not valid, "
        "wanted (id) references items(id) on delete cascade",
    )


def test_a_constraint_that_differs_in_name_only_is_one_difference() -> None:
    (found,) = structured(SHOP, with_orders(uniques=(Unique(("id", "total"), "other"),)))
    assert (found.kind, found.aspect) == ("changed", "name")
    assert str(found) == "unique (id, total) of orders: name other, wanted uq"


def test_a_name_left_to_the_database_is_no_difference() -> None:
    wanted = with_orders(checks=(Check("total > 0"),))
    assert differences(wanted, SHOP) == ()


def test_indexes_show_their_keys_and_predicate() -> None:
    assert differences(SHOP, with_orders(indexes=())) == (
        "index ix of orders: missing, wanted (total desc) where total > 5",
    )


def test_types_and_functions_are_compared_by_their_definition() -> None:
    enums = (EnumType("state", ("new",)),)
    others = (NamedObject("f()", "function", "select 1"),)
    assert differences(SHOP, replace(SHOP, enums=enums, others=others)) == (
        "enum state: (new), wanted (new, paid)",
        "function f(): not wanted, found select 1",
    )


NAMES = st.sampled_from("abc")
SCHEMAS = st.lists(
    st.builds(
        Table,
        NAMES,
        st.lists(st.builds(Column, NAMES, NAMES), max_size=2, unique_by=lambda c: c.name).map(
            tuple
        ),
        uniques=st.lists(
            st.builds(Unique, st.tuples(NAMES), NAMES), max_size=2, unique_by=lambda u: u.name
        ).map(tuple),
    ),
    max_size=3,
    unique_by=lambda table: table.key,
).map(lambda tables: Schema("sqlite", tuple(tables)))


@given(SCHEMAS, SCHEMAS)
def test_differences_mirror_each_other(one: Schema, other: Schema) -> None:
    there, back = structured(one, other), structured(other, one)
    assert len(there) == len(back)
    mirrored = {"added": "removed", "removed": "added", "changed": "changed"}
    assert sorted(each.kind for each in there) == sorted(mirrored[each.kind] for each in back)
