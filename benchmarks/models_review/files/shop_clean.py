"""A shop as it should be; names that come near to every rule."""

import datetime
import enum
import uuid
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class State(enum.Enum):
    NEW = "NEW"
    PAID = "PAID"


class Customer(Base):
    __tablename__ = "customers"
    __table_args__ = (Index("uq_customers_email", text("lower(email)"), unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    country: Mapped[str] = mapped_column(String(2))
    settings: Mapped[dict] = mapped_column(MutableDict.as_mutable(JSONB), default=dict)
    orders: Mapped[list["Order"]] = relationship(back_populates="customer", passive_deletes="all")

    def choose(self, theme: str) -> None:
        self.settings["theme"] = theme


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    status: Mapped[State] = mapped_column(Enum(State, name="order_state"))
    total: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    total_weight: Mapped[float]
    created_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    updated_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )
    customer: Mapped[Customer] = relationship(back_populates="orders")
    lines: Mapped[list["Line"]] = relationship(
        back_populates="order", cascade="all, delete-orphan", passive_deletes=True
    )


class Line(Base):
    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="ck_order_lines_quantity"),
        CheckConstraint("unit_price >= 0", name="ck_order_lines_unit_price"),
        UniqueConstraint("order_id", "position", name="uq_order_lines_position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    position: Mapped[int]
    quantity: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    gift_note: Mapped[str | None] = mapped_column(Text)
    order: Mapped[Order] = relationship(back_populates="lines")
