"""Orders with composite keys."""

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, MetaData, String
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


class Order(Base):
    __tablename__ = "orders"

    shop: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lines: Mapped[list["Line"]] = relationship()  #! children-nullified-on-delete


class Line(Base):
    __tablename__ = "lines"
    __table_args__ = (
        ForeignKeyConstraint(["shop", "number"], ["orders.shop", "orders.number"]),
        Index("ix_lines_shop_number", "shop", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[int]
    number: Mapped[int]


class Parcel(Base):
    __tablename__ = "parcels"
    __table_args__ = (
        ForeignKeyConstraint(["shop", "number"], ["orders.shop", "orders.number"], ondelete="SET NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[int]  #! set-null-on-not-null, foreign-key-without-index
    number: Mapped[int]
