"""What customers think of the products."""

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Integer, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.models.base import Base, BigIntKey, CreatedAt

if TYPE_CHECKING:
    from shop.models.accounts import User
    from shop.models.catalog import Product


class Review(Base):
    """A review with one to five stars. It stays, without a name, when its author leaves."""

    __tablename__ = "reviews"
    __table_args__ = (UniqueConstraint("product_id", "user_id", name="uq_reviews_product_user"),)

    id: Mapped[BigIntKey]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    # Set when the author bought the product here: the page then says "verified purchase".
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="SET NULL"))
    rating: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[str]
    # None until a moderator has decided.
    is_approved: Mapped[bool | None]
    helpful_count: Mapped[int] = mapped_column(Integer, server_default="0")
    created_at: Mapped[CreatedAt]

    product: Mapped["Product"] = relationship(back_populates="reviews")
    author: Mapped["User | None"] = relationship()
    votes: Mapped[list["ReviewVote"]] = relationship(
        back_populates="review", cascade="all, delete-orphan", passive_deletes=True
    )


class ReviewVote(Base):
    """A reader's "this helped me" or "it did not"."""

    __tablename__ = "review_votes"
    __table_args__ = (CheckConstraint("value in (-1, 1)", name="ck_review_votes_value"),)

    review_id: Mapped[int] = mapped_column(
        ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    value: Mapped[int] = mapped_column(SmallInteger)

    review: Mapped[Review] = relationship(back_populates="votes")
