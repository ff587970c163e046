"""Models that a library makes, as SQLAlchemy-Continuum does for ihatemoney."""

from __future__ import annotations

from dataclasses import replace

from dbwright.core.mapping import Attribute, Mapper, Mapping, Relationship, SQLType
from dbwright.core.place import Place
from dbwright.core.schema import Column, Schema, Table
from dbwright.jobs.library_models import made_by_libraries

OWN = Place("models.py", 7)
THEIRS = Place("/srv/.venv/lib/python3.12/site-packages/history/transaction.py", 47)


def table(name: str, *columns: str) -> Table:
    return Table(name, tuple(Column(column, "text") for column in columns), place=OWN)


def mapper(name: str, of: str, place: Place | None, *attributes: Place | None) -> Mapper:
    found = tuple(
        Attribute(f"a{number}", of, f"a{number}", SQLType("String"), place=item)
        for number, item in enumerate(attributes)
    )
    return Mapper(name, f"models.{name}", of, found, place=place)


def made(*relationships: Relationship) -> set[str]:
    bill = replace(mapper("Bill", "bill", OWN, OWN), relationships=relationships)
    mappers = (
        bill,
        mapper("BillVersion", "bill_version", None, None),
        mapper("Transaction", "transaction", None, THEIRS),
        mapper("BillNote", "bill_note", None, None),
    )
    tables = (
        table("bill", "id", "amount"),
        table("bill_version", "id", "amount", "transaction_id"),
        table("transaction", "id"),
        table("bill_note", "id", "bill_id"),
    )
    return set(made_by_libraries(Mapping(Schema("postgresql", tables), mappers)))


LIBRARY = {"bill_version", "BillVersion", "transaction", "Transaction"}


def test_copies_and_classes_of_installed_packages_are_not_the_projects() -> None:
    assert made() == LIBRARY


def test_a_relationship_to_them_is_theirs_unless_the_project_writes_it() -> None:
    versions = Relationship(
        "versions", "models.BillVersion", "bill_version", "ONETOMANY", True, "dynamic"
    )
    assert made(versions) == LIBRARY | {"Bill.versions"}
    assert made(replace(versions, place=OWN)) == LIBRARY
