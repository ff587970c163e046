"""A hotel: several dialects' habits in PostgreSQL, relationship errors."""

import datetime
from decimal import Decimal
from typing import List

from sqlalchemy import CHAR, DateTime, Float, ForeignKey, Numeric, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Guest(Base):
    __tablename__ = "guests"

    id: Mapped[int] = mapped_column(primary_key=True)
    surname: Mapped[str] = mapped_column(CHAR(60))  #! padded-text
    locale: Mapped[str] = mapped_column(CHAR(5))
    stays: Mapped[List["Stay"]] = relationship()  #! children-nullified-on-delete


class Stay(Base):
    __tablename__ = "stays"

    id: Mapped[int] = mapped_column(primary_key=True)
    guest_id: Mapped[int] = mapped_column(ForeignKey("guests.id"), index=True)
    deposit: Mapped[Decimal] = mapped_column(Numeric(asdecimal=False))  #! numeric-without-precision
    arrives_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), default=datetime.datetime.utcnow)  #! naive-utc-default
    last_modified: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.datetime.now(datetime.timezone.utc))  #! stale-updated-at
    guest: Mapped[Guest] = relationship()  #! mapper-problem
    pet: Mapped[bool | None]  #! nullable-boolean


class Rate(Base):
    __tablename__ = "rates"

    id: Mapped[int] = mapped_column(primary_key=True)
    occupancy_rate: Mapped[float] = mapped_column(Float)
    tourist_fee: Mapped[float] = mapped_column(Float)  #! float-money
