"""Tenants: when a project has them, and which tables need no key of theirs."""

from __future__ import annotations

import pytest

from dbwright.core.mapping import Mapping
from dbwright.core.schema import Column, ForeignKey, PrimaryKey, Schema, Table
from dbwright.recipes import model_tenants

ID = Column("id", "integer", nullable=False)


def table(name: str, *columns: str, **keys: str) -> Table:
    """A table with a key; `keys` are columns with the tables they refer to."""
    found = [ID, *(Column(c, "text") for c in columns)]
    found += [Column(c, "integer", nullable=False) for c in keys]
    return Table(
        name,
        tuple(found),
        primary_key=PrimaryKey(("id",)),
        foreign_keys=tuple(ForeignKey((c,), target, ("id",)) for c, target in keys.items()),
    )


def mapping(*tables: Table) -> Mapping:
    return Mapping(Schema("postgresql", tables))


def owned(count: int, column: str = "tenant_id", owner: str = "tenants") -> list[Table]:
    return [table(f"things{n}", "body", **{column: owner}) for n in range(count)]


def test_two_of_three_tables_make_tenants_where_the_name_is_certain() -> None:
    one = model_tenants.tenancy(mapping(table("tenants"), *owned(2), table("notes", "body")))
    assert one is not None
    assert one.column == "tenant_id"
    assert one.tenants == "tenants"


@pytest.mark.parametrize(
    ("count", "column", "owner", "others"),
    [
        (1, "tenant_id", "tenants", 1),
        (3, "account_id", "accounts", 0),
        (4, "account_id", "accounts", 3),
        (4, "customer_id", "customers", 0),
    ],
)
def test_few_tables_or_another_name_make_none(
    count: int, column: str, owner: str, others: int
) -> None:
    rest = [table(f"rest{n}", "body") for n in range(others)]
    assert model_tenants.tenancy(mapping(table(owner), *owned(count, column, owner), *rest)) is None


@pytest.mark.parametrize(
    "found",
    [
        table("users", "email"),
        table("sessions", "ip", user_id="users"),
        table("languages", "code", "name"),
        table("outbox", "payload"),
        table("tenants", "name"),
    ],
    ids=lambda found: found.name,
)
def test_table_may_lack_the_key(found: Table) -> None:
    project = mapping(table("tenants"), *owned(3))
    one = model_tenants.tenancy(project)
    assert one is not None
    assert model_tenants.needs_none(project, one, found)


def test_table_of_texts_needs_the_key_and_a_child_is_reached() -> None:
    note, child = table("notes", "body"), table("replies", "body", thing_id="things0")
    project = mapping(table("tenants"), *owned(3), note, child)
    one = model_tenants.tenancy(project)
    assert one is not None
    assert not model_tenants.needs_none(project, one, note)
    assert not model_tenants.reaches(project, one, note)
    assert model_tenants.reaches(project, one, child)
