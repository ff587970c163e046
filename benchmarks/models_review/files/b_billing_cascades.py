"""Cascades of Python against actions of the database."""

from sqlalchemy import ForeignKey, MetaData, Numeric, String, delete
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


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


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoices: Mapped[list["Invoice"]] = relationship(back_populates="account", foreign_keys="Invoice.account_id")  #! children-nullified-on-delete
    notes: Mapped[list["Note"]] = relationship(cascade="all, delete-orphan")  #! cascade-loads-children
    contacts: Mapped[list["Contact"]] = relationship(cascade="all, delete-orphan")  #! cascade-without-on-delete
    profile: Mapped["BillingProfile"] = relationship(back_populates="account", passive_deletes="all")


class Invoice(Base):
    __tablename__ = "invoices"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    payer_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)  #! set-null-on-not-null
    total: Mapped[float] = mapped_column()  #! float-money
    account: Mapped[Account] = relationship(back_populates="invoices", foreign_keys=[account_id])


class Note(Base):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)


class Contact(Base):
    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)


class BillingProfile(Base):
    __tablename__ = "billing_profiles"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)  #! one-to-one-without-unique
    iban_hash: Mapped[str] = mapped_column(String(64))
    account: Mapped[Account] = relationship(back_populates="profile")


def forget(session: Session) -> None:
    session.execute(delete(Account))
