"""A long import that is flushed and expunged in batches, to hold little memory."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "flush-storm"
# why = "fifty rows in each flush"
# measure = "flushes"
# before = 4
# ///

from sqlalchemy import ForeignKey, String, func, select
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
    for start in range(100, 300, 50):
        rows = [Reading(id=n, sensor_id=n % 10 + 1, value=n) for n in range(start, start + 50)]
        session.add_all(rows)
        session.flush()
        session.expunge_all()
    session.commit()
    return session.scalar(select(func.count(Reading.id)))
