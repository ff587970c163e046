"""The checker of designed models: for each kind of must, models that have it and that have not."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbwright.collect import brief
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice

FOLDER = Path(__file__).parents[2] / "benchmarks" / "design"
sys.path.insert(0, str(FOLDER))
import check  # noqa: E402
from request_file import Must, Request, all_requests, must_of  # noqa: E402
from request_models import Made, made  # noqa: E402
from request_musts import STANDING, is_reported, missed  # noqa: E402

HEAD = """
import datetime
from decimal import Decimal
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, validates


class Base(DeclarativeBase):
    pass
"""
GOOD = (
    HEAD
    + """

class Customer(Base):
    __tablename__ = "customers"
    __table_args__ = (
        sa.Index("uq_customers_email", sa.func.lower(sa.column("email")), unique=True),
    )
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(320))
    password_hash: Mapped[str] = mapped_column(sa.String(255))
    orders: Mapped[list["Order"]] = relationship(back_populates="customer")
    tags: Mapped[list[str]] = mapped_column(sa.ARRAY(sa.Text), server_default="{}")


class Reading(Base):
    __tablename__ = "readings"
    __table_args__ = {"postgresql_partition_by": "RANGE (read_at)"}
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    read_at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), primary_key=True)


class Note(Base):
    __tablename__ = "notes"
    __table_args__ = (sa.CheckConstraint("num_nonnulls(customer_id, order_id) = 1"),)
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customers.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("orders.id"))
    text: Mapped[str | None]


class Booking(Base):
    __tablename__ = "bookings"
    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at"),
        sa.CheckConstraint("hall BETWEEN 1 AND 5"),
        ExcludeConstraint(
            (sa.text("int4range(hall, hall, '[]')"), "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
        ),
    )
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    hall: Mapped[int]
    starts_at: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True))
    ends_at: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True))


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (
        sa.Index("ix_orders_customer", "customer_id", sa.text("placed_at DESC")),
        sa.CheckConstraint("quantity > 0", name="ck_orders_quantity"),
        sa.Index("uq_orders_open", "customer_id", unique=True,
                 postgresql_where=sa.text("status = 'open'")),
    )
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customers.id", ondelete="RESTRICT"))
    placed_at: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True))
    quantity: Mapped[int]
    total: Mapped[Decimal] = mapped_column(sa.Numeric(12, 2))
    status: Mapped[str] = mapped_column(sa.String(10))
    starts_on: Mapped[datetime.date] = mapped_column(server_default=sa.func.current_date())
    note: Mapped[str | None]
    customer: Mapped[Customer] = relationship(back_populates="orders")

    @validates("status")
    def _check_status(self, key: str, value: str) -> str:
        if value not in ("open", "paid", "sent"):
            raise ValueError(value)
        if self.status == "sent":
            raise ValueError("an order that was sent stays so")
        return value
"""
)
BAD = (
    HEAD
    + """

class Client(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(320), unique=True)
    password: Mapped[str] = mapped_column(sa.String(255))
    tags: Mapped[str | None]


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (sa.Index("ix_orders_customer", "placed_at", "customer_id"),
        sa.Index("ix_orders_placed", "placed_at"),
        sa.UniqueConstraint("customer_id", "quantity"),)
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("customers.id", ondelete="CASCADE"))
    placed_at: Mapped[datetime.datetime] = mapped_column(sa.DateTime())
    quantity: Mapped[int]
    total: Mapped[float] = mapped_column(sa.Float)
    status: Mapped[str] = mapped_column(sa.String(10))
    note: Mapped[str]


class Reading(Base):
    __tablename__ = "readings"
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customers.id"))
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("orders.id"))
    text: Mapped[str | None]


class Booking(Base):
    __tablename__ = "bookings"
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    hall: Mapped[int]
    starts_at: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True))
    ends_at: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True))


class OrderLine(Base):
    __tablename__ = "order_lines"
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
"""
)
MUSTS = """
- {column: customers.tags, type: array}
- {column: orders.starts_on, type: date}
- {refuses: {orders: {quantity: 1, status: [sent, open]}}}
- {partitioned: readings}
- {column: orders.total, type: numeric}
- {column: orders.placed_at, type: timestamptz}
- {column: orders.note, null: true}
- {unique: customers(lower(email))}
- {unique: orders(customer_id), where: yes}
- {foreign_key: orders.customer_id|client_id -> customers|clients, null: false, on_delete: restrict}
- {index: "orders(customer_id, placed_at desc)"}
- {index: "orders(customer_id, placed_at asc)"}
- {refuses: {orders: {quantity: 0}}}
- {refuses: {orders: {status: lost}}}
- {refuses: {orders: {status: [open, sent, open]}}}
- {refuses: {orders: [{customer_id: same, status: open}, {customer_id: same, status: open}]}}
- {accepts: {orders: [{customer_id: same, quantity: 1}, {customer_id: same, quantity: 1, status: sent}]}}
- {accepts: {orders: {note: null}}}
- refuses:
    bookings:
      - {starts_at: 2030-05-01 10:00:00+00:00, ends_at: 2030-05-01 11:00:00+00:00}
      - {hall: same, starts_at: 2030-05-01 10:30:00+00:00, ends_at: 2030-05-01 11:30:00+00:00}
- {refuses: {bookings: {starts_at: 2030-05-02 00:00:00+00:00, ends_at: 2030-05-01 00:00:00+00:00}}}
- {refuses: {notes: {customer_id: null, order_id: null}}}
- {absent: customers.password}
- {absent: order_lines}
- {relationship: Order.customer}
"""  # noqa: E501
BOTH = """
- {table: customers|clients}
- {column: orders.quantity, type: integer}
- {column: customers|clients.email, type: varchar, null: false}
- {foreign_key: orders.customer_id -> customers, on_delete: any-deliberate}
- {accepts: {orders: {quantity: 1, status: open}}}
- {accepts: {orders: {status: [open, paid, sent]}}}
- {accepts: {orders: [{customer_id: same, quantity: 5, status: open}, {customer_id: other, quantity: 5, status: open}]}}
- {refuses: {orders: {status: far too long to be a status}}}
"""  # noqa: E501
BOTH += """
- {accepts: {notes: {text: hello}}}
- accepts:
    bookings:
      - {starts_at: 2030-05-01 10:00:00+00:00, ends_at: 2030-05-01 11:00:00+00:00}
      - {hall: same, starts_at: 2030-05-01 11:00:00+00:00, ends_at: 2030-05-01 11:30:00+00:00}
"""
NEITHER = """
- {table: bills}
- {column: customers.phone}
- {unique: orders(total)}
- {index: orders(total)}
- {foreign_key: orders.customer_id -> orders}
- {relationship: Order.bill}
- {refuses: {orders: {quantity: 1}}}
- {refuses: {orders: {customer_id: 424242}}}
- {refuses: {bills: {quantity: 1}}}
- {accepts: {orders: {size: 1}}}
- {absent: orders.total}
"""
numbers = itertools.count()


@pytest.fixture(scope="module")
def database() -> Iterator[Any]:
    with open_sandbox("postgresql", ServerChoice()) as box:
        yield box


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, database: Any) -> Iterator[dict[str, Made]]:
    with (
        opened(GOOD, tmp_path_factory, database) as good,
        opened(BAD, tmp_path_factory, database) as bad,
    ):
        yield {"good": good, "bad": bad}


class opened:
    """Models in a database of their own, for the time of a block."""

    def __init__(self, text: str, folders: pytest.TempPathFactory, box: Any) -> None:
        self.clone = box.clone(None)
        self.files = {f"checked_{next(numbers)}.py": text}
        self.folder = folders.mktemp("models")

    def __enter__(self) -> Made:
        self.models = made(self.files, self.folder, self.clone.__enter__())
        return self.models.__enter__()

    def __exit__(self, *found: Any) -> None:
        self.models.__exit__(*found)
        self.clone.__exit__(*found)


def musts(text: str) -> list[Must]:
    return [must_of("here", item) for item in yaml.safe_load(text)]


@pytest.mark.database
@pytest.mark.parametrize("must", musts(MUSTS), ids=str)
def test_good_models_have_it_and_bad_ones_do_not(must: Must, models: dict[str, Made]) -> None:
    assert missed(must, models["good"]) is None
    assert missed(must, models["bad"])


@pytest.mark.database
@pytest.mark.parametrize("must", musts(BOTH), ids=str)
def test_both_models_have_it(must: Must, models: dict[str, Made]) -> None:
    assert (missed(must, models["good"]), missed(must, models["bad"])) == (None, None)


@pytest.mark.database
@pytest.mark.parametrize("must", musts(NEITHER), ids=str)
def test_neither_has_it(must: Must, models: dict[str, Made]) -> None:
    assert missed(must, models["good"])
    assert missed(must, models["bad"])


@pytest.mark.database
def test_indexes_that_lack_or_are_needless_are_seen(models: dict[str, Made]) -> None:
    assert missed(STANDING, models["good"]) == "no index leads with notes (order_id)"
    assert missed(STANDING, models["bad"]) == (
        "no index leads with notes (customer_id); no index leads with notes (order_id); "
        "ix_orders_placed of orders is the beginning of another index"
    )


def test_every_request_is_a_file_that_can_be_read() -> None:
    found = all_requests(FOLDER / "requests", [])
    assert len([request for request in found if request.hand == "other"]) >= 36
    assert [request.name for request in found if not request.musts] == []
    for request in found:
        if request.brief:
            assert brief.parse(yaml.safe_dump(request.brief), request.name).entities, request.name


@pytest.mark.parametrize(
    ("told", "contradictory", "missed", "silent"),
    [
        ([], True, 1, True),
        (["Something else"], True, 1, False),
        (["A user has many profiles."], True, 0, False),
        ([], False, 4, True),
        (["A user has many profiles."], False, 3, True),
        (["A user has many profiles.", "Something else"], False, 3, False),
    ],
)
def test_words_are_judged_by_what_the_reader_says(
    told: list[str],
    contradictory: bool,
    missed: int,
    silent: bool,
    monkeypatch: pytest.MonkeyPatch,
    database: Any,
) -> None:
    lines = "- reported: has many profiles\n- table: users\n- unique: profiles(user_id)"
    request = Request("own_x", "one-liner", "x", {}, tuple(musts(lines)), contradictory)
    monkeypatch.setattr(check, "answer", lambda *given: check.Answer({}, tuple(told), (), "asked"))
    verdict = check.judged(request, "words", database)
    assert (len(verdict.misses), verdict.silent) == (missed, silent)
    assert verdict.broken == ("" if contradictory else "asked")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (["It should be fast."], True),
        (["should be  FAST"], True),
        (["We sell shoes, and it should be fast, please"], True),
        (["be fast"], True),
        (["fast"], False),
        (["We sell shoes"], False),
        ([], False),
    ],
)
def test_a_clause_is_reported_where_a_text_names_it(told: list[str], expected: bool) -> None:
    assert is_reported("should be fast", told) is expected
