"""A shop: money as float, open states, missing keys."""

import datetime
from decimal import Decimal
from typing import Optional

from sqlalchemy import CheckConstraint, DateTime, Float, ForeignKey, Numeric, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  #! case-sensitive-email
    orders: Mapped[list["Order"]] = relationship(back_populates="customer", passive_deletes="all")


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))  #! open-status
    total: Mapped[float] = mapped_column(Float)  #! float-money
    placed_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())  #! stale-updated-at
    customer: Mapped[Customer] = relationship(back_populates="orders")
    lines: Mapped[list["Line"]] = relationship(back_populates="order", lazy="joined", passive_deletes="all")  #! joined-collection


class Product(Base):
    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(String(32))  #! missing-natural-unique
    price: Mapped[Decimal] = mapped_column(Numeric)  #! numeric-without-precision, missing-check
    hidden: Mapped[Optional[bool]]  #! nullable-boolean


class Line(Base):
    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="ck_lines_quantity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))  #! foreign-key-without-index
    product_id: Mapped[int] = mapped_column(index=True)  #! missing-foreign-key
    quantity: Mapped[int]
    order: Mapped[Order] = relationship(back_populates="lines")
