"""An aggregate for each row, in a method of a service."""

# /// label
# on = ["sqlite", "psycopg"]
# before = 11
# after = 1
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


class Statistics:
    def __init__(self, session):
        self.session = session

    def highest(self, sensor):
        query = select(func.max(Reading.value)).where(Reading.sensor_id == sensor.id)
        return self.session.execute(query).scalar_one()  #! count-per-row Reading.sensor_id

    def all(self):
        sensors = self.session.scalars(select(Sensor).order_by(Sensor.id)).all()
        return {sensor.code: self.highest(sensor) for sensor in sensors}  #> loop


def work(session):
    return Statistics(session).all()


# --- fixed ---


def work(session):
    query = (
        select(Sensor.code, func.max(Reading.value))
        .outerjoin(Reading, Reading.sensor_id == Sensor.id)
        .group_by(Sensor.id, Sensor.code)
        .order_by(Sensor.id)
    )
    return dict(session.execute(query).tuples().all())
