"""INSERT as text on a connection, one for each row."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# before = 13
# after = 2
# ///

from sqlalchemy import ForeignKey, String, text
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


ROWS = [(number + 100, number % 10 + 1, number) for number in range(12)]


def work(session):
    connection = session.connection()
    query = text("insert into reading (id, sensor_id, value) values (:id, :sensor, :value)")
    for key, sensor, value in ROWS:  #> loop
        connection.execute(query, {"id": key, "sensor": sensor, "value": value})  #! write-loop reading
    session.commit()
    return session.scalar(text("select count(*) from reading"))


# --- fixed ---


def work(session):
    query = text("insert into reading (id, sensor_id, value) values (:id, :sensor, :value)")
    rows = [{"id": key, "sensor": sensor, "value": value} for key, sensor, value in ROWS]
    session.connection().execute(query, rows)
    session.commit()
    return session.scalar(text("select count(*) from reading"))
