"""What the shop sells."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.models.base import Base, BigIntKey, CreatedAt

if TYPE_CHECKING:
    from shop.models.reviews import Review

product_tags = Table(
    "product_tags",
    Base.metadata,
    Column("product_id", ForeignKey("products.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("tag_id", ForeignKey("tags.id", ondelete="CASCADE"), nullable=False, index=True),
)


class Category(Base):
    """A shelf of the shop; shelves may stand in shelves."""

    __tablename__ = "categories"
    __table_args__ = (CheckConstraint("parent_id <> id", name="ck_categories_not_own_parent"),)

    id: Mapped[BigIntKey]
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("categories.id", ondelete="RESTRICT"), index=True
    )
    slug: Mapped[str] = mapped_column(String(80), unique=True, index=True)
    name: Mapped[str]
    position: Mapped[int] = mapped_column(Integer, server_default="0")

    parent: Mapped["Category | None"] = relationship(
        back_populates="children", remote_side="Category.id"
    )
    children: Mapped[list["Category"]] = relationship(
        back_populates="parent", passive_deletes="all"
    )
    products: Mapped[list["Product"]] = relationship(
        back_populates="category", passive_deletes="all"
    )


class Tag(Base):
    """A word that products can be filtered by: decaf, single origin, gift."""

    __tablename__ = "tags"

    id: Mapped[BigIntKey]
    name: Mapped[str] = mapped_column(String(40), unique=True)


class Product(Base):
    """A product page; what is sold and counted are its variants."""

    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("slug", name="uq_products_slug"),)

    id: Mapped[BigIntKey]
    sku: Mapped[str] = mapped_column(String(32), unique=True)
    slug: Mapped[str] = mapped_column(String(160))
    title: Mapped[str] = mapped_column(String(160))
    description: Mapped[str] = mapped_column(server_default="")
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id", ondelete="RESTRICT"))
    supplier_id: Mapped[int | None] = mapped_column(BigInteger)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_published: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())

    category: Mapped[Category] = relationship(back_populates="products", lazy="joined")
    variants: Mapped[list["ProductVariant"]] = relationship(
        back_populates="product",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="ProductVariant.position",
    )
    tags: Mapped[list[Tag]] = relationship(secondary=product_tags, order_by=Tag.name)
    reviews: Mapped[list["Review"]] = relationship(back_populates="product")

    def __repr__(self) -> str:
        return f"<Product {self.sku}>"


class ProductVariant(Base):
    """A bag of 250 g, a bag of a kilo, a kettle in black."""

    __tablename__ = "product_variants"
    __table_args__ = (
        UniqueConstraint("product_id", "name", name="uq_product_variants_product_name"),
        Index("ix_product_variants_product_id", "product_id"),
        CheckConstraint("weight_grams > 0", name="ck_product_variants_weight"),
    )

    id: Mapped[BigIntKey]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    price: Mapped[float] = mapped_column(Float)
    weight_grams: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer, server_default="0")

    product: Mapped[Product] = relationship(back_populates="variants")
