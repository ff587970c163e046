"""Models that are dataclasses, partial rows: the entity is one column of two."""

# /// label
# on = ["sqlite", "pymysql"]
# root = "City"
# option = "joinedload(City.country)"
# before = 7
# after = 1
# ///

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship


class Base(MappedAsDataclass, DeclarativeBase):
    pass


class Country(Base):
    __tablename__ = "country"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))


class City(Base):
    __tablename__ = "city"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    country_id: Mapped[int] = mapped_column(ForeignKey("country.id"), index=True)
    country: Mapped[Country] = relationship(init=False, repr=False)


def fill(session):
    session.add_all(Country(id=n, name=f"Country {n}") for n in range(1, 7))
    session.flush()
    session.add_all(City(id=n, name=f"City {n}", country_id=n % 6 + 1) for n in range(1, 19))


def work(session):
    rows = session.execute(select(City, City.name).order_by(City.id)).all()  #> root
    return [(name, city.country.name) for city, name in rows]  #! lazy-load City.country
