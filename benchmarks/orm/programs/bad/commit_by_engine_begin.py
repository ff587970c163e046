"""engine.begin() for each row: connection, transaction and commit."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# measure = "commits"
# before = 10
# after = 1
# ///

from sqlalchemy import ForeignKey, String, create_engine, func, insert, select
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


ROWS = [{"id": number + 200, "sensor_id": 1, "value": number} for number in range(10)]


def save(engine, rows):
    for row in rows:  #> loop
        with engine.begin() as connection:  #! commit-per-row reading
            connection.execute(insert(Reading.__table__), row)


def main(url):
    engine = create_engine(url)
    save(engine, ROWS)
    with engine.connect() as connection:
        return connection.scalar(select(func.count(Reading.id)))


# --- fixed ---


def save(engine, rows):
    with engine.begin() as connection:
        connection.execute(insert(Reading.__table__), rows)
