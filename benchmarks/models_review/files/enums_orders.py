"""Enums: stored by name while the database is told values."""

import enum

from sqlalchemy import Enum, ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Channel(enum.Enum):
    WEB = "web"
    PHONE = "phone"


class Priority(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(Enum(Channel, native_enum=False, length=10), server_default="web")  #! enum-stored-by-name
    kind: Mapped[str] = mapped_column(Enum("retail", "trade", name="order_kind"))
    priority: Mapped[Priority] = mapped_column(Enum(Priority, name="order_priority"))


class Parcel(Base):
    __tablename__ = "parcels"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    status: Mapped[str] = mapped_column(String(12))  #! open-status
    size: Mapped[str] = mapped_column(Enum("s", "m", "l", native_enum=False, length=2))
