"""A Core statement for each sensor."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# static = true
# before = 11
# after = 2
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


readings = Reading.__table__


def work(session):
    connection = session.connection()
    found = {}
    for code, key in connection.execute(select(Sensor.code, Sensor.id)).all():  #> loop
        query = select(readings.c.value).where(readings.c.sensor_id == key)
        rows = connection.execute(query.order_by(readings.c.id))  #! repeated-select reading
        found[code] = [value for (value,) in rows]
    return found


# --- fixed ---


def work(session):
    connection = session.connection()
    sensors = connection.execute(select(Sensor.code, Sensor.id)).all()
    found = {code: [] for code, _ in sensors}
    codes = {key: code for code, key in sensors}
    query = select(readings.c.sensor_id, readings.c.value)
    query = query.where(readings.c.sensor_id.in_(codes)).order_by(readings.c.id)
    for key, value in connection.execute(query):
        found[codes[key]].append(value)
    return found
