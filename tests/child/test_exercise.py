"""What classes promise is tried in the child: broken promises are told, the kept ones counted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice
from dbwright.scratch.worker import Worker

from .conftest import write

MODELS = """
    import enum
    from sqlalchemy import Enum, ForeignKey
    from sqlalchemy.orm import (
        DeclarativeBase, Mapped, mapped_column, object_session, relationship, validates
    )

    class Base(DeclarativeBase):
        pass

    class Status(enum.Enum):
        new = "new"
        paid = "paid"

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str]
        status: Mapped[Status] = mapped_column(Enum(Status, values_callable=lambda k: [
            item.value for item in k]))
        parts: Mapped[list["Part"]] = relationship(
            back_populates="user", cascade="all, delete-orphan", passive_deletes=True)
        notes: Mapped[list["Note"]] = relationship(back_populates="user", passive_deletes=True)
        bills: Mapped[list["Bill"]] = relationship(back_populates="user", passive_deletes="all")
        alone: Mapped[list["Alone"]] = relationship(back_populates="user")

        @validates("email")
        def check_email(self, key, value):
            if "@" not in value:
                raise ValueError("no address")
            return value

        @validates("status")
        def check_status(self, key, value):
            if self.status is Status.paid and Status(value) is Status.new:
                raise ValueError("no way back")
            return Status(value)

    class Part(Base):
        __tablename__ = "parts"
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
        user: Mapped[User] = relationship(back_populates="parts")

    class Note(Base):
        __tablename__ = "notes"
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
        user: Mapped[User | None] = relationship(back_populates="notes")

    class Bill(Base):
        __tablename__ = "bills"
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
        user: Mapped[User] = relationship(back_populates="bills")

    class Alone(Base):
        __tablename__ = "alone"
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        user: Mapped[User] = relationship(back_populates="alone")

    class Shop(Base):
        __tablename__ = "shops"
        id: Mapped[int] = mapped_column(primary_key=True)
        shelves: Mapped[list["Shelf"]] = relationship()

    class Shelf(Base):
        __tablename__ = "shelves"
        id: Mapped[int] = mapped_column(primary_key=True)
        shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
"""
ROWS = """
    insert into users values (1, 'a@x.y', 'new'), (2, 'b@x.y', 'new'), (3, 'c@x.y', 'new');
    insert into parts values (1, 1);
    insert into notes values (1, 2);
    insert into bills values (1, 3);
    insert into shops values (1);
    drop table shelves;
"""


@pytest.fixture(scope="module")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Runs the command on models whose tables have rows, in a SQLite database of its own."""
    root = write(tmp_path_factory.mktemp("exercise"), {"models.py": MODELS})
    with (
        open_sandbox("sqlite", ServerChoice()) as sandbox,
        sandbox.clone(None) as database,
        Worker(Path(sys.executable), root, dialect="sqlite", timeout=60.0) as worker,
    ):
        worker.call("create_all", host=DatabaseHost(database), spec="models")
        connection = database.connect()
        for statement in ROWS.split(";"):
            connection.execute(statement)
        connection.commit()
        connection.close()

        def run(values: Any = (), deletes: Any = (), only: Any = (), hosted: bool = True) -> Any:
            return worker.call(
                "exercise",
                host=DatabaseHost(database) if hosted else None,
                values=list(values),
                deletes=list(deletes),
                only=list(only),
                spec="models",
            )

        yield run


def value(attribute: str, new: str, refused: bool, start: str | None = None) -> dict[str, Any]:
    return {"class": "User", "attribute": attribute, "start": start, "value": new,
            "refused": refused}  # fmt: skip


def delete(link: str, becomes: str) -> dict[str, str]:
    return {"class": "User", "link": link, "becomes": becomes}


def test_values_that_are_taken_and_refused_as_promised_are_counted(exercise: Any) -> None:
    kept = [
        value("email", "nobody", True),
        value("email", "a@b", False),
        value("status", "new", True, "paid"),
        value("status", "paid", False, "new"),
    ]
    found = exercise(kept, hosted=False)
    assert (found["values"], found["broken"], found["links"]) == (4, [], 0)


def test_values_against_the_promise_are_named(exercise: Any) -> None:
    broken = [
        value("email", "nobody", False),
        value("email", "a@b", True),
        value("status", "new", False, "paid"),
        value("status", "paid", True, "new"),
    ]
    found = exercise(broken)
    assert found["values"] == 0
    assert found["broken"] == [
        "User.email refuses 'nobody'",
        "User.email takes 'a@b'",
        "User.status refuses paid → new",
        "User.status takes new → paid",
    ]


def test_relationships_of_the_named_classes_are_loaded(exercise: Any) -> None:
    found = exercise(only=["User", "Part", "Alone"])
    assert (found["links"], found["broken"]) == (5, [])
    assert found["unmet"] == ["Alone has no row to load from"]


def test_relationship_that_does_not_load_is_told(exercise: Any) -> None:
    found = exercise(only=["Shop"])
    assert (found["links"], found["unmet"]) == (0, [])
    (said,) = found["broken"]
    assert said.startswith("Shop.shelves does not load: ")
    assert "no such table: shelves" in said


@pytest.mark.parametrize(
    ("link", "becomes"), [("parts", "cascade"), ("notes", "set null"), ("bills", "restrict")]
)
def test_children_become_what_was_promised_and_nothing_is_kept(
    exercise: Any, link: str, becomes: str
) -> None:
    for _ in range(2):  # it was undone
        found = exercise(deletes=[delete(link, becomes)])
        assert (found["deletes"], found["broken"], found["unmet"]) == (1, [], [])


@pytest.mark.parametrize(
    ("link", "becomes", "said"),
    [
        ("parts", "set null", "User.parts (set null): the child is gone"),
        ("parts", "restrict", "User.parts (restrict): the child is gone"),
        ("notes", "cascade", "User.notes (cascade): the child is free"),
        ("notes", "restrict", "User.notes (restrict): the child is free"),
    ],
)
def test_children_that_become_something_else_are_told(
    exercise: Any, link: str, becomes: str, said: str
) -> None:
    found = exercise(deletes=[delete(link, becomes)])
    assert (found["deletes"], found["broken"]) == (0, [said])


def test_deletion_that_could_not_be_tried_is_told(exercise: Any) -> None:
    found = exercise(deletes=[delete("alone", "restrict"), delete("bills", "cascade")])
    assert (found["deletes"], found["broken"]) == (0, [])
    assert found["unmet"][0] == "User.alone (restrict): no row has any"
    assert found["unmet"][1].startswith("User.bills (cascade): FOREIGN KEY constraint failed")
