"""Near to needless indexes: other order, other method, other operator class, a condition, more columns."""

from sqlalchemy import Computed, ForeignKey, Index, MetaData, String, Text, desc, func, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
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


class Shelf(Base):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)


class Item(Base):
    __tablename__ = "items"
    __table_args__ = (
        Index("ix_items_shelf_title", "shelf_id", "title"),
        Index("ix_items_title", "title"),
        Index("ix_items_title_like", "title", postgresql_ops={"title": "text_pattern_ops"}),
        Index("ix_items_title_down", "shelf_id", desc("title")),
        Index("ix_items_sold", "shelf_id", postgresql_where=text("is_sold")),
        Index("ix_items_code_covering", "code", postgresql_include=["title"]),
        Index("ix_items_body_hash", "body", postgresql_using="hash"),
        Index("ix_items_body_head", func.left(text("body"), 100)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
    title: Mapped[str] = mapped_column(String(120))
    code: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    is_sold: Mapped[bool] = mapped_column(server_default=text("false"))
