"""Orders and the coupons that make them cheaper."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.models.base import Base, BigIntKey, CreatedAt

if TYPE_CHECKING:
    from shop.models.accounts import Address, User
    from shop.models.catalog import Category, ProductVariant
    from shop.models.payments import Payment
    from shop.models.warehouse import Shipment

coupon_categories = Table(
    "coupon_categories",
    Base.metadata,
    Column("coupon_id", ForeignKey("coupons.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "category_id", ForeignKey("categories.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)


class Order(Base):
    """An order, from the checkout to the doorstep."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("currency in ('EUR', 'SEK', 'NOK')", name="ck_orders_currency"),
        Index("ix_orders_status_created_at", "status", "created_at"),
        Index("ix_orders_placed_at", "placed_at"),
    )

    id: Mapped[BigIntKey]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"), index=True)
    shipping_address_id: Mapped[int] = mapped_column(
        ForeignKey("addresses.id", ondelete="SET NULL"), index=True
    )
    coupon_id: Mapped[int | None] = mapped_column(ForeignKey("coupons.id", ondelete="SET NULL"))
    # pending -> paid -> packed -> shipped -> delivered, or cancelled from anywhere
    status: Mapped[str] = mapped_column(server_default="pending")
    sales_channel: Mapped[str] = mapped_column(String(20))
    currency: Mapped[str] = mapped_column(String(3), server_default="EUR")
    total_amount: Mapped[Decimal]
    customer_note: Mapped[str | None]
    placed_at: Mapped[datetime] = mapped_column(DateTime, default=datetime.utcnow())
    created_at: Mapped[CreatedAt]

    user: Mapped["User"] = relationship(back_populates="orders")
    shipping_address: Mapped["Address"] = relationship()
    coupon: Mapped["Coupon | None"] = relationship(back_populates="orders")
    items: Mapped[list["OrderItem"]] = relationship(
        back_populates="order", cascade="all, delete-orphan", passive_deletes=True, lazy="joined"
    )
    payments: Mapped[list["Payment"]] = relationship(
        back_populates="order", passive_deletes="all", order_by="Payment.created_at"
    )
    shipments: Mapped[list["Shipment"]] = relationship(
        back_populates="order", passive_deletes="all"
    )

    def __repr__(self) -> str:
        return f"<Order {self.number} {self.status}>"


class OrderItem(Base):
    """A line of an order. The price is the one of that day."""

    __tablename__ = "order_items"
    __table_args__ = (
        UniqueConstraint("order_id", "variant_id", name="uq_order_items_order_variant"),
    )

    id: Mapped[BigIntKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("product_variants.id", ondelete="RESTRICT"))
    quantity: Mapped[int] = mapped_column(Integer)
    unit_price: Mapped[Decimal]

    order: Mapped[Order] = relationship(back_populates="items")
    variant: Mapped["ProductVariant"] = relationship()


class Coupon(Base):
    """A code that takes some percent off; the shop's staff deletes old ones in the back office."""

    __tablename__ = "coupons"
    __table_args__ = (
        CheckConstraint("percent_off between 1 and 100", name="ck_coupons_percent_off"),
        CheckConstraint("ends_at > starts_at", name="ck_coupons_period"),
    )

    id: Mapped[BigIntKey]
    code: Mapped[str] = mapped_column(String(24), unique=True)
    percent_off: Mapped[int] = mapped_column(Integer)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]
    deleted_at: Mapped[datetime | None]

    orders: Mapped[list[Order]] = relationship(back_populates="coupon", passive_deletes=True)
    categories: Mapped[list["Category"]] = relationship(secondary=coupon_categories)
