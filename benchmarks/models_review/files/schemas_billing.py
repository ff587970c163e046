"""Billing over two schemas, with types that do not fit."""

import datetime
from decimal import Decimal

from sqlalchemy import DateTime, ForeignKey, Numeric, String, Text
from sqlalchemy.dialects.postgresql import CHAR, MONEY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Client(Base):
    __tablename__ = "clients"
    __table_args__ = {"schema": "crm"}

    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(CHAR(40))  #! padded-text
    country_code: Mapped[str] = mapped_column(CHAR(2))


class Invoice(Base):
    __tablename__ = "invoices"
    __table_args__ = {"schema": "billing"}

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("crm.clients.id"))  #! foreign-key-without-index
    amount: Mapped[Decimal] = mapped_column(MONEY)  #! money-type
    currency: Mapped[str] = mapped_column(CHAR(3))
    due_date: Mapped[str] = mapped_column(String(10))  #! value-stored-as-text
    printed_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)  #! naive-datetime
    sent_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))


class Payment(Base):
    __tablename__ = "payments"
    __table_args__ = {"schema": "billing"}

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("billing.invoices.id"), index=True)
    fee: Mapped[Decimal] = mapped_column(Numeric())  #! numeric-without-precision
    provider_date: Mapped[str] = mapped_column(String(30))
    raw_json: Mapped[str] = mapped_column(Text)  #! value-stored-as-text
