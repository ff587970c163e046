"""One object's large collection is loaded for its size."""

# /// label
# on = ["sqlite", "pymysql"]
# measure = "rows"
# before = 401
# after = 2
# ///

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Sensor(Base):
    __tablename__ = "sensor"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    readings: Mapped[list["Reading"]] = relationship()


class Reading(Base):
    __tablename__ = "reading"
    id: Mapped[int] = mapped_column(primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"), index=True)
    value: Mapped[int] = mapped_column()


def fill(session):
    session.add_all(Sensor(id=n, code=f"S{n:02}") for n in range(1, 11))
    session.flush()
    session.add_all(Reading(id=n, sensor_id=1, value=n * 7 % 50) for n in range(1, 401))


def work(session):
    sensor = session.scalars(select(Sensor).where(Sensor.id == 1)).one()
    return {"code": sensor.code, "readings": len(sensor.readings)}  #! collection-counted Sensor.readings


# --- fixed ---
from sqlalchemy import ForeignKey, String, func, select


def work(session):
    sensor = session.scalars(select(Sensor).where(Sensor.id == 1)).one()
    query = select(func.count(Reading.id)).where(Reading.sensor_id == sensor.id)
    return {"code": sensor.code, "readings": session.scalar(query)}
