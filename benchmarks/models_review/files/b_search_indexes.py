"""A table with an index for every wish, and some twice."""

from sqlalchemy import ForeignKey, Index, MetaData, Numeric, String, UniqueConstraint, desc
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


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


class Listing(Base):  #! too-many-indexes
    __tablename__ = "listings"
    __table_args__ = (
        Index("ix_listings_city_street", "city", "street"),
        Index("ix_listings_city_street_again", "city", "street"),  #! redundant-index
        Index("ix_listings_price_down", desc("price")),
        Index("ix_listings_rooms_area", "rooms", "area"),
        Index("ix_listings_year_lift", "year", "has_lift"),
        Index("ix_listings_floor", "floor"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(String(60))
    street: Mapped[str] = mapped_column(String(60))
    price: Mapped[object] = mapped_column(Numeric(12, 2))
    rooms: Mapped[int] = mapped_column(index=True)  #! redundant-index
    area: Mapped[int] = mapped_column(index=True)
    floor: Mapped[int]
    year: Mapped[int]
    zip: Mapped[str] = mapped_column(String(10), index=True)
    owner: Mapped[str] = mapped_column(String(60), index=True)
    agent: Mapped[str] = mapped_column(String(60), index=True)
    energy: Mapped[str] = mapped_column(String(2), index=True)
    heating: Mapped[str] = mapped_column(String(20), index=True)
    has_lift: Mapped[bool] = mapped_column(index=True)  #! boolean-index


class Agency(Base):
    __tablename__ = "agencies"
    __table_args__ = (
        UniqueConstraint("name", name="uq_agencies_name"),
        Index("ix_agencies_name_unique", "name", unique=True),  #! redundant-index
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
