"""Enums whose names and values agree, or whose values are what is stored."""

import enum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Channel(enum.StrEnum):
    WEB = "web"
    PHONE = "phone"


class Size(enum.Enum):
    S = "S"
    M = "M"


def values(kind: type[enum.Enum]) -> list[str]:
    return [member.value for member in kind]


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(
        Enum(Channel, name="channel", values_callable=values), server_default="web"
    )
    size: Mapped[Size] = mapped_column(Enum(Size, name="size"), server_default="M")


class OrderStatus(Base):
    __tablename__ = "order_states"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)


class Parcel(Base):
    __tablename__ = "parcels"
    __table_args__ = (CheckConstraint("status in ('new', 'sent')", name="ck_parcels_status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    order_status: Mapped[str] = mapped_column(ForeignKey("order_states.name"), index=True)
    status: Mapped[str] = mapped_column(String(12))
    provider_status: Mapped[str] = mapped_column(String(40))
