"""A loop over pages with LIMIT and OFFSET."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# looks = "repeated-select"
# why = "each statement reads a page of rows"
# before = 5
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
    found, page = [], 0
    while True:
        query = select(Reading).order_by(Reading.id).limit(15).offset(page * 15)
        rows = session.scalars(query).all()
        if not rows:
            return found
        found += [reading.value for reading in rows]
        page += 1
