"""Near to overlaps: a view-only path, an overlap that is declared, two keys told apart."""

from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class City(Base):
    __tablename__ = "cities"

    id: Mapped[int] = mapped_column(primary_key=True)
    departures: Mapped[list["Leg"]] = relationship(
        back_populates="origin", foreign_keys="Leg.origin_id", passive_deletes="all"
    )
    late_departures: Mapped[list["Leg"]] = relationship(
        primaryjoin="and_(City.id == Leg.origin_id, Leg.delay > 60)", viewonly=True
    )
    delayed: Mapped[list["Leg"]] = relationship(
        primaryjoin="and_(City.id == foreign(Leg.origin_id), Leg.delay > 5)",
        overlaps="departures,origin",
        passive_deletes="all",
    )


class Leg(Base):
    __tablename__ = "legs"

    id: Mapped[int] = mapped_column(primary_key=True)
    origin_id: Mapped[int] = mapped_column(ForeignKey("cities.id"), index=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("cities.id"), index=True)
    delay: Mapped[int]
    origin: Mapped[City] = relationship(foreign_keys=[origin_id], back_populates="departures")
    target: Mapped[City] = relationship(foreign_keys=[target_id])
