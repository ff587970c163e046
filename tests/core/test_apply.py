"""The pure fold of operations; the dialects' tests hold it against real servers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dbwright.core import operation as op
from dbwright.core.apply import Fold, apply, apply_all
from dbwright.core.naming import object_name
from dbwright.core.schema import (
    Check,
    Column,
    EnumType,
    ForeignKey,
    Index,
    IndexKey,
    PrimaryKey,
    Schema,
    Table,
    Unique,
)

EMPTY = Schema("postgresql")
ORDERS = Table(
    "orders",
    (Column("id", "integer", False), Column("total", "integer"), Column("customer_id", "integer")),
    primary_key=PrimaryKey(("id",), "orders_pkey"),
    foreign_keys=(ForeignKey(("customer_id",), "customers", ("id",), name="fk"),),
    checks=(Check("total > 0", "positive", columns=("total",)),),
    indexes=(Index("ix", (IndexKey(None, "lower(total)"),), uses=("total",)),),
)
CUSTOMERS = Table("customers", (Column("id", "integer", False),), primary_key=PrimaryKey(("id",)))
SHOP = Schema("postgresql", (CUSTOMERS, ORDERS), (EnumType("state", ("new", "paid")),))


def test_what_is_unknown_leaves_the_schema_alone() -> None:
    assert apply(SHOP, op.Other("DO", unknown=True)) == SHOP
    assert apply(SHOP, op.DropColumn("nowhere", "id")) == SHOP
    assert apply(SHOP, op.RenameColumn("orders", "nothing", "x")) == SHOP


def test_a_dropped_column_takes_its_constraints_and_indexes_along() -> None:
    table = apply(SHOP, op.DropColumn("orders", "total")).table("orders")
    assert table
    assert table.checks == ()
    assert table.indexes == ()
    assert table.primary_key


def test_a_renamed_column_is_renamed_in_expressions() -> None:
    table = apply(SHOP, op.RenameColumn("orders", "total", "sum")).table("orders")
    assert table
    assert table.checks[0].expression == "sum > 0"
    assert table.indexes[0].keys[0].expression == "lower(sum)"


def test_a_column_of_the_key_stays_not_null() -> None:
    table = apply(SHOP, op.DropNotNull("orders", "id")).table("orders")
    assert table
    assert [column.nullable for column in table.columns] == [False, True, True]


def test_foreign_keys_follow_a_renamed_table_and_column() -> None:
    operations = [op.RenameTable("customers", "clients"), op.RenameColumn("clients", "id", "no")]
    (found,) = apply_all(SHOP, operations).referring("clients")
    assert found[1].referred_columns == ("no",)


def test_a_foreign_key_without_columns_points_at_the_key() -> None:
    added = op.AddForeignKey("orders", ForeignKey(("total",), "customers", ()))
    table = apply(SHOP, added).table("orders")
    assert table
    new = table.foreign_keys[1]
    assert (new.name, new.referred_columns) == ("orders_total_fkey", ("id",))


def test_names_in_use_are_numbered() -> None:
    operations = [op.AddUnique("orders", Unique(("total",)))] * 3
    table = apply_all(SHOP, operations).table("orders")
    assert table
    names = [unique.name for unique in table.uniques]
    assert names == ["orders_total_key", "orders_total_key1", "orders_total_key2"]


def test_long_names_are_cut_to_63_bytes_without_splitting_a_letter() -> None:
    name = object_name("ä" * 40, "b" * 40, "idx")
    assert len(name.encode()) <= 63
    assert name.endswith("_idx")


def test_labels_are_added_where_they_are_said_to_stand() -> None:
    operations = [op.AddEnumValue("state", "a", before="new"), op.AddEnumValue("state", "z")]
    enum = apply_all(SHOP, operations).enum("state")
    assert enum
    assert enum.values == ("a", "new", "paid", "z")


def test_the_schema_can_be_taken_between_revisions() -> None:
    fold = Fold(EMPTY)
    fold.apply([op.CreateTable(CUSTOMERS)])
    between = fold.schema()
    fold.apply([op.CreateTable(ORDERS), op.DropTable("customers")])
    assert [table.name for table in between.tables] == ["customers"]
    assert [table.name for table in fold.schema().tables] == ["orders"]


NAMES = st.sampled_from(["orders", "customers", "id", "total", "a", "b", "ix", "fk", "positive"])
COLUMNS = st.lists(NAMES, min_size=1, max_size=2, unique=True).map(tuple)
TABLES = st.builds(
    Table,
    NAMES,
    st.lists(st.builds(Column, NAMES, st.just("integer")), max_size=3).map(tuple),
    foreign_keys=st.lists(
        st.builds(ForeignKey, COLUMNS, NAMES, st.just(()) | COLUMNS), max_size=1
    ).map(tuple),
    uniques=st.lists(st.builds(Unique, COLUMNS), max_size=2).map(tuple),
    checks=st.lists(st.builds(Check, st.just("a > b")), max_size=1).map(tuple),
)
INDEXES = st.builds(Index, NAMES | st.just(""), COLUMNS.map(lambda c: tuple(map(IndexKey, c))))
OPERATIONS = st.one_of(
    st.builds(op.CreateTable, TABLES),
    st.builds(op.DropTable, NAMES, st.booleans()),
    st.builds(op.RenameTable, NAMES, NAMES),
    st.builds(op.MoveTable, NAMES, st.none() | NAMES),
    st.builds(op.AddColumn, NAMES, st.builds(Column, NAMES, st.just("text"))),
    st.builds(op.DropColumn, NAMES, NAMES, st.booleans()),
    st.builds(op.RenameColumn, NAMES, NAMES, NAMES),
    st.builds(op.CreateIndex, NAMES, INDEXES),
    st.builds(op.DropIndex, NAMES),
    st.builds(op.RenameIndex, NAMES, NAMES),
    st.builds(
        op.AddForeignKey, NAMES, st.builds(ForeignKey, COLUMNS, NAMES, st.just(()) | COLUMNS)
    ),
    st.builds(op.AddUnique, NAMES, st.builds(Unique, COLUMNS), st.none() | NAMES),
    st.builds(op.AddPrimaryKey, NAMES, st.builds(PrimaryKey, COLUMNS)),
    st.builds(op.DropConstraint, NAMES, NAMES, st.booleans()),
    st.builds(op.RenameConstraint, NAMES, NAMES, NAMES),
    st.builds(op.DropType, NAMES, cascade=st.booleans()),
)


@given(st.lists(OPERATIONS, max_size=30))
def test_no_sequence_of_operations_makes_the_fold_fail(operations: list[op.Operation]) -> None:
    together = apply_all(SHOP, operations)
    one_by_one = SHOP
    for operation in operations:
        one_by_one = apply(one_by_one, operation)
    assert together == one_by_one
    assert len({table.key for table in together.tables}) == len(together.tables)
