"""DELETE by key, one execution for each row."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# before = 13
# after = 2
# ///

from sqlalchemy import ForeignKey, String, delete, func, select
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


OLD = range(1, 13)


def work(session):
    for key in OLD:  #> loop
        session.execute(delete(Reading).where(Reading.id == key))  #! write-loop Reading
    session.commit()
    return session.scalar(select(func.count(Reading.id)))


# --- fixed ---


def work(session):
    session.execute(delete(Reading).where(Reading.id.in_(OLD)))
    session.commit()
    return session.scalar(select(func.count(Reading.id)))
