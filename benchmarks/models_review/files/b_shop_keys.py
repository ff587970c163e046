"""A shop: foreign keys and pairs without the index that deletes and joins need."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, MetaData, String, Table, UniqueConstraint
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


product_tags = Table(
    "product_tags",
    Base.metadata,
    Column("product_id", ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),  #! foreign-key-without-index
)


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True, index=True)


class Product(Base):
    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("vendor_id", "sku", name="uq_products_vendor_sku"),
        Index("ix_products_vendor", "vendor_id"),  #! redundant-index
        Index("ix_products_listed", "is_listed"),  #! boolean-index
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    sku: Mapped[str] = mapped_column(String(32))
    is_listed: Mapped[bool] = mapped_column(Boolean)
    tags: Mapped[list[Tag]] = relationship(secondary=product_tags)


class Vendor(Base):
    __tablename__ = "vendors"

    id: Mapped[int] = mapped_column(primary_key=True, index=True)  #! redundant-index
    name: Mapped[str] = mapped_column(String(80))


class PriceList(Base):
    __tablename__ = "price_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))  #! foreign-key-without-index
