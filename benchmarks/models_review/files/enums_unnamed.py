"""An enum without a name cannot be created; its table's other faults still count."""

from sqlalchemy import Enum, Float, ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Cinema(Base):
    __tablename__ = "cinemas"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class Ticket(Base):
    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    cinema_id: Mapped[int] = mapped_column(ForeignKey("cinemas.id"), index=True)
    seat_class: Mapped[str] = mapped_column(Enum("stalls", "balcony"))  #! unnamed-enum
    price: Mapped[float] = mapped_column(Float)  #! float-money, missing-check
