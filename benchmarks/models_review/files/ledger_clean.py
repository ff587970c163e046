"""A stock ledger: signs that mean something, rows that never change, three answers on purpose."""

import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Numeric, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Warehouse(Base):
    __tablename__ = "warehouses"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(String(10), unique=True)


class Movement(Base):
    __tablename__ = "movements"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouses.id"), index=True)
    external_order_id: Mapped[str | None] = mapped_column(String(40))
    delta: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    # None until somebody has counted
    counted: Mapped[bool | None]
    booked_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


class MovementHistory(Base):
    __tablename__ = "movement_history"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    movement_id: Mapped[int]
    slug: Mapped[str] = mapped_column(String(40))
    updated_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
