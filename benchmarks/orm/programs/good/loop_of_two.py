"""A loop over two fixed codes."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "repeated-select"
# why = "two turns, written in the source"
# before = 2
# ///

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Sensor(Base):
    __tablename__ = "sensor"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)


class Reading(Base):
    __tablename__ = "reading"
    id: Mapped[int] = mapped_column(primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"), index=True)
    value: Mapped[int] = mapped_column()


def fill(session):
    session.add_all(Sensor(id=n, code=f"S{n:02}") for n in range(1, 11))
    session.flush()
    session.add_all(Reading(id=n, sensor_id=n % 10 + 1, value=n * 7 % 50) for n in range(1, 61))


def work(session):
    found = {}
    for code in ("S01", "S02"):
        found[code] = session.scalar(select(Sensor.id).where(Sensor.code == code))
    return found
