"""Where the goods come from, where they lie, and how they leave."""

import enum
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.models.base import Base, BigIntKey, CreatedAt, native_enum

if TYPE_CHECKING:
    from shop.models.catalog import ProductVariant
    from shop.models.orders import Order


class ShipmentStatus(enum.Enum):
    """The states of a parcel."""

    PACKED = "packed"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    RETURNED = "returned"


class Supplier(Base):
    """A roaster or a maker of gear that we buy from."""

    __tablename__ = "suppliers"

    id: Mapped[BigIntKey]
    name: Mapped[str] = mapped_column(String(120), unique=True)
    contact_email: Mapped[str | None] = mapped_column(String(320))
    lead_time_days: Mapped[int] = mapped_column(Integer, server_default="14")


class Warehouse(Base):
    """A place with shelves. Opening hours are in its own time zone."""

    __tablename__ = "warehouses"

    id: Mapped[BigIntKey]
    code: Mapped[str] = mapped_column(String(8), unique=True)
    name: Mapped[str]
    timezone: Mapped[str] = mapped_column(String(40), server_default="Europe/Stockholm")
    is_active: Mapped[bool] = mapped_column(server_default=true())


class StockLevel(Base):
    """How much of a variant a warehouse has now."""

    __tablename__ = "stock_levels"
    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="ck_stock_levels_on_hand"),
        CheckConstraint("reserved between 0 and on_hand", name="ck_stock_levels_reserved"),
    )

    warehouse_id: Mapped[int] = mapped_column(
        ForeignKey("warehouses.id", ondelete="RESTRICT"), primary_key=True
    )
    variant_id: Mapped[int] = mapped_column(
        ForeignKey("product_variants.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    on_hand: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    reserved: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    warehouse: Mapped[Warehouse] = relationship()
    variant: Mapped["ProductVariant"] = relationship()


class StockMovement(Base):
    """A line in the stock ledger; lines are never changed."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint("delta <> 0", name="ck_stock_movements_delta"),
        CheckConstraint(
            "reason in ('delivery', 'sale', 'return', 'count', 'waste')",
            name="ck_stock_movements_reason",
        ),
        Index("ix_stock_movements_variant_created", "variant_id", "created_at"),
    )

    id: Mapped[BigIntKey]
    warehouse_id: Mapped[int] = mapped_column(
        ForeignKey("warehouses.id", ondelete="RESTRICT"), index=True
    )
    variant_id: Mapped[int] = mapped_column(ForeignKey("product_variants.id", ondelete="RESTRICT"))
    # Down for what leaves the shelf, so it may well be negative.
    delta: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[CreatedAt]


class Shipment(Base):
    """A parcel. An order that comes from two warehouses has two."""

    __tablename__ = "shipments"

    id: Mapped[BigIntKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"), index=True)
    warehouse_id: Mapped[int] = mapped_column(
        ForeignKey("warehouses.id", ondelete="RESTRICT"), index=True
    )
    status: Mapped[ShipmentStatus] = mapped_column(
        native_enum(ShipmentStatus, "shipment_status"), default=ShipmentStatus.PACKED
    )
    carrier: Mapped[str] = mapped_column(String(40))
    tracking_code: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[CreatedAt]
    handed_over_at: Mapped[datetime | None]

    order: Mapped["Order"] = relationship(back_populates="shipments")
    warehouse: Mapped[Warehouse] = relationship(lazy="joined")
