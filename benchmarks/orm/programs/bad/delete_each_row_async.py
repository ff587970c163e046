"""Async: objects are deleted and flushed one by one."""

# /// label
# on = ["asyncpg", "aiosqlite"]
# before = 12
# after = 2
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


async def work(session):
    query = select(Reading).where(Reading.value < 10).order_by(Reading.id).limit(10)
    for reading in (await session.scalars(query)).all():  #> loop
        await session.delete(reading)
        await session.flush()  #! flush-storm Reading
    await session.commit()
    return await session.scalar(select(func.count(Reading.id)))


# --- fixed ---
from sqlalchemy import ForeignKey, String, delete, func, select


async def work(session):
    query = select(Reading.id).where(Reading.value < 10).order_by(Reading.id).limit(10)
    await session.execute(delete(Reading).where(Reading.id.in_(query)))
    await session.commit()
    return await session.scalar(select(func.count(Reading.id)))
