#! target: mysql-8.0
"""A shop on MySQL: texts without a length, prices that lose their cents."""

from decimal import Decimal

from sqlalchemy import ForeignKey, Numeric, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String)  #! string-without-length
    price: Mapped[Decimal] = mapped_column(Numeric)  #! numeric-without-precision, missing-check
    sku: Mapped[str] = mapped_column(String(32), unique=True)
    story: Mapped[str] = mapped_column(Text)


class Photo(Base):
    __tablename__ = "photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    path: Mapped[str] = mapped_column(String(200))
    caption: Mapped[str | None] = mapped_column(String())  #! string-without-length
