"""Indexes of a design: each stated way to look rows up and each reference, and no other."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from dbwright.recipes.design.parts import Index

from .test_kept import connection, created, plan, takes, upgraded

__all__ = ["connection"]
SHOP = """
ENTITIES
relationships:
  - {source: Order, target: Customer}
  - {source: Order, target: Shop}
accesses:
  - {entity: Order, by: [Customer], order: [-placed_at]}
  - {entity: Order, by: [state], range: placed_at, where: {state: open}}
  - {entity: Customer, by: [code]}
  - {entity: Customer, search: [name, note]}
"""
ENTITIES = """
entities:
  - {name: Customer, attributes: [{name: code, unique: true}, {name: name},
                                  {name: note, required: false}]}
  - {name: Shop, attributes: [{name: name}]}
  - {name: Order, soft_delete: true,
     attributes: [{name: placed_at, type: datetime}, {name: state, values: [open, done]}]}
"""


def indexes(brief: str, entity: str, database: str = "postgresql") -> set[tuple[object, ...]]:
    found = plan(brief, database).table(entity).indexes
    return {(index.columns, index.descending, index.where) for index in found}


def test_each_way_has_an_index_of_the_rows_that_are_there() -> None:
    live = "deleted_at IS NULL"
    brief = SHOP.replace("ENTITIES", ENTITIES)
    assert indexes(brief, "Order") == {
        (("customer_id", "placed_at"), ("placed_at",), live),
        (("state", "placed_at"), (), f"state = 'open' AND {live}"),
        (("customer_id",), (), ""),
        (("shop_id",), (), ""),
    }
    assert indexes(brief, "Order", "mariadb") == {
        (("customer_id", "placed_at"), ("placed_at",), ""),
        (("state", "placed_at"), (), ""),
        (("shop_id",), (), ""),
    }


def test_what_is_unique_needs_no_index_more_and_words_have_one_of_their_own() -> None:
    brief = SHOP.replace("ENTITIES", ENTITIES)
    (found,) = plan(brief, "postgresql").table("Customer").indexes
    assert found == Index(
        ("name", "note"),
        method="gin",
        expression="to_tsvector('simple', name || ' ' || coalesce(note, ''))",
        name="ix_customers_search",
        only="postgresql",
    )
    there = plan(brief, "sqlite")
    assert there.table("Customer").indexes == []
    assert any("full-text index" in note for note in there.notes)


def test_tenant_comes_first_where_nothing_else_fixes_it() -> None:
    tenants = ENTITIES.replace("entities:", "tenant: Shop\nentities:")
    brief = SHOP.replace("ENTITIES", tenants).replace("  - {source: Order, target: Shop}\n", "")
    columns = {found[0] for found in indexes(brief, "Order")}
    assert ("shop_id", "state", "placed_at") in columns
    assert ("customer_id", "placed_at") in columns


@pytest.mark.parametrize("make", [created, upgraded])
def test_database_reads_by_the_indexes(connection: Connection, make: object) -> None:
    brief = SHOP.replace("ENTITIES", ENTITIES)
    make(connection, plan(brief))  # type: ignore[operator]
    for where, order in (
        ("customer_id = 1 and deleted_at is null", "order by placed_at desc"),
        ("state = 'open' and placed_at > '2031' and deleted_at is null", ""),
        ("shop_id = 1", ""),
    ):
        sql = f"explain query plan select * from orders where {where} {order}"
        told = " ".join(row[-1] for row in connection.execute(text(sql)))
        assert "SEARCH orders USING INDEX" in told
        assert "TEMP B-TREE" not in told


@pytest.mark.parametrize("make", [created, upgraded])
def test_period_that_no_constraint_keeps_apart_has_its_ends_in_order(
    connection: Connection, make: object
) -> None:
    found = plan(
        """
        entities:
          - name: Booking
            attributes: [{name: starts, type: date}, {name: ends, type: date}]
            rules: [{kind: no-overlap, of: [starts, ends]}]
        """
    )
    make(connection, found)  # type: ignore[operator]
    assert any("do not overlap is not kept" in note for note in found.notes)
    assert takes(connection, "bookings", starts="2031-01-01", ends="2031-01-02")
    assert not takes(connection, "bookings", starts="2031-01-02", ends="2031-01-01")
    assert not takes(connection, "bookings", starts="2031-01-02", ends="2031-01-02")
