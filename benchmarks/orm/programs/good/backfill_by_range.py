"""A backfill by ranges of the key, with a commit for each."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "write-loop"
# why = "each UPDATE changes a range of rows, and is committed to hold locks for a short time"
# measure = "commits"
# before = 4
# ///

from sqlalchemy import ForeignKey, String, func, select, update
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
    for low in range(1, 61, 15):
        query = update(Reading).where(Reading.id >= low, Reading.id < low + 15)
        session.execute(query.values(value=Reading.value + 1))
        session.commit()
    return session.scalar(select(func.sum(Reading.value)))
