"""Near to repeating and multi-valued columns: lines of an address, quarters, arrays, JSON."""

from sqlalchemy import ARRAY, ForeignKey, Index, MetaData, Numeric, String, Text
from sqlalchemy.dialects.postgresql import JSONB
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


class Address(Base):
    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    address1: Mapped[str] = mapped_column(String(80))
    address2: Mapped[str | None] = mapped_column(String(80))
    address3: Mapped[str | None] = mapped_column(String(80))
    line_1: Mapped[str] = mapped_column(String(80))
    line_2: Mapped[str | None] = mapped_column(String(80))
    line_3: Mapped[str | None] = mapped_column(String(80))


class Budget(Base):
    __tablename__ = "budgets"

    id: Mapped[int] = mapped_column(primary_key=True)
    q1: Mapped[object] = mapped_column(Numeric(12, 2))
    q2: Mapped[object] = mapped_column(Numeric(12, 2))
    q3: Mapped[object] = mapped_column(Numeric(12, 2))
    q4: Mapped[object] = mapped_column(Numeric(12, 2))
    sha1: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64))
    sha512: Mapped[str] = mapped_column(String(128))
    x1: Mapped[int]
    x2: Mapped[int]
    x3: Mapped[int]


class Post(Base):
    __tablename__ = "posts"
    __table_args__ = (Index("ix_posts_tags", "tags", postgresql_using="gin"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tags: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    options: Mapped[dict] = mapped_column(JSONB, server_default="{}")
    keywords: Mapped[str] = mapped_column(Text)
    notes: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(String(30))
    phone2: Mapped[str | None] = mapped_column(String(30))


class PostSetting(Base):
    __tablename__ = "post_settings"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict] = mapped_column(JSONB)


class PostTranslation(Base):
    __tablename__ = "post_translations"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
