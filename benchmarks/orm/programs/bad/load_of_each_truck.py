"""Single-table inheritance: a subclass's column is not in the SELECT of the base class."""

# /// label
# on = ["sqlite", "psycopg"]
# root = "Vehicle"
# option = "selectin_polymorphic(Vehicle, [Truck])"
# before = 9
# after = 2
# ///

from sqlalchemy import String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Vehicle(Base):
    __tablename__ = "vehicle"
    id: Mapped[int] = mapped_column(primary_key=True)
    plate: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "vehicle"}


class Truck(Vehicle):
    load: Mapped[int | None] = mapped_column()
    __mapper_args__ = {"polymorphic_identity": "truck"}


class Bus(Vehicle):
    seats: Mapped[int | None] = mapped_column()
    __mapper_args__ = {"polymorphic_identity": "bus"}


def fill(session):
    for number in range(8):
        session.add(Truck(plate=f"T {number}", load=number * 10))
        session.add(Bus(plate=f"B {number}", seats=40 + number))


def work(session):
    total = 0
    for vehicle in session.scalars(select(Vehicle).order_by(Vehicle.id)).all():  #> loop, root
        if isinstance(vehicle, Truck):
            total += vehicle.load  #! inheritance-load Truck.load
    return total
