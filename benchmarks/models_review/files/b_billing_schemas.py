"""Billing over two schemas."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Customer(Base):
    __tablename__ = "customers"
    __table_args__ = {"schema": "crm"}

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    username: Mapped[str] = mapped_column(String(60))  #! missing-natural-unique
    invoices: Mapped[list["Invoice"]] = relationship(back_populates="customer", lazy="joined", passive_deletes="all")  #! joined-collection


class Invoice(Base):
    __tablename__ = "invoices"
    __table_args__ = (
        Index("ix_invoices_number", "number"),  #! redundant-index
        {"schema": "billing"},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    customer_id: Mapped[int] = mapped_column(Integer, ForeignKey("crm.customers.id"), index=True)  #! foreign-key-type-mismatch
    status: Mapped[str] = mapped_column(String(20))  #! open-status
    customer: Mapped[Customer] = relationship(back_populates="invoices")


invoice_files = Table(  #! missing-primary-key
    "invoice_files",
    Base.metadata,
    Column("invoice_id", ForeignKey("billing.invoices.id"), nullable=False),  #! foreign-key-without-index
    Column("path", String(200), nullable=False),
    schema="billing",
)
