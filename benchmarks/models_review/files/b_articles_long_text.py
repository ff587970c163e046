"""Articles whose long texts stand in b-trees."""

from sqlalchemy import Column, Index, MetaData, String, Text, UniqueConstraint, func, text
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


class Article(Base):
    __tablename__ = "articles"
    __table_args__ = (
        Index("ix_articles_body", "body"),  #! long-text-index
        Index("ix_articles_summary_md5", func.md5(text("summary"))),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    body: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, index=True)  #! long-text-index


class Snippet(Base):
    __tablename__ = "snippets"
    __table_args__ = (UniqueConstraint("content", name="uq_snippets_content"),)  #! long-text-index

    id: Mapped[int] = mapped_column(primary_key=True)
    content = Column(String, nullable=False)
    message: Mapped[str] = mapped_column(String(500), index=True)
