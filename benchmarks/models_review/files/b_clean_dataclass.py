"""Mapped dataclasses: a collection loaded apart, a child that owns its one parent."""

from sqlalchemy import ForeignKey, LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship


class Base(MappedAsDataclass, DeclarativeBase):
    metadata = MetaData()


class Address(Base):
    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    street: Mapped[str] = mapped_column(String(80))


class Shop(Base):
    __tablename__ = "shops"

    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), unique=True, init=False)
    logo_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    address: Mapped[Address] = relationship(
        cascade="all, delete-orphan", single_parent=True
    )
    floors: Mapped[list["Floor"]] = relationship(
        default_factory=list, lazy="selectin", cascade="all, delete-orphan", passive_deletes=True
    )


class Floor(Base):
    __tablename__ = "floors"

    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), index=True)
    level: Mapped[int]
