"""A textual statement for each code."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# before = 6
# after = 1
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


CODES = ["S01", "S03", "S04", "S06", "S08", "S10"]


def work(session):
    ids = []
    for code in CODES:  #> loop
        query = text("select id from sensor where code = :code")
        ids.append(session.execute(query, {"code": code}).scalar_one())  #! repeated-select sensor
    return ids


# --- fixed ---
from sqlalchemy import ForeignKey, String, bindparam, text


def work(session):
    query = text("select code, id from sensor where code in :codes")
    query = query.bindparams(bindparam("codes", expanding=True))
    found = dict(session.execute(query, {"codes": CODES}).tuples().all())
    return [found[code] for code in CODES]
