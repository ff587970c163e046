"""Async: one statement for each key of a request."""

# /// label
# on = ["asyncpg", "aiosqlite"]
# static = true
# before = 8
# after = 1
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


WANTED = range(1, 9)


async def work(session):
    codes = []
    for key in WANTED:  #> loop
        result = await session.execute(select(Sensor.code).where(Sensor.id == key))  #! repeated-select Sensor
        codes.append(result.scalar_one())
    return codes


# --- fixed ---


async def work(session):
    query = select(Sensor.code).where(Sensor.id.in_(WANTED)).order_by(Sensor.id)
    return list(await session.scalars(query))
