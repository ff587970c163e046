"""Inheritance as it should be: single tables with NULL for others, joined tables, an abstract rung."""

from sqlalchemy import CheckConstraint, ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


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


class Payment(Base):
    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("kind <> 'card' or last4 is not null", name="card_has_digits"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}


class CardPayment(Payment):
    last4: Mapped[str | None] = mapped_column(String(4))
    __mapper_args__ = {"polymorphic_identity": "card"}


class Transfer(Payment):
    retries: Mapped[int] = mapped_column(server_default="0")
    bank_name: Mapped[str | None] = mapped_column(String(60))
    __mapper_args__ = {"polymorphic_identity": "transfer"}


class Vehicle(Base):
    __tablename__ = "vehicles"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "vehicle"}


class Truck(Vehicle):
    __tablename__ = "trucks"

    id: Mapped[int] = mapped_column(ForeignKey("vehicles.id", ondelete="CASCADE"), primary_key=True)
    axles: Mapped[int]
    __mapper_args__ = {"polymorphic_identity": "truck"}
