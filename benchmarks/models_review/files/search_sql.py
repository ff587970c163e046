"""A search that writes what people type into SQL."""

from typing import Any

from sqlalchemy import String, column, literal_column, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Recipe(Base):
    __tablename__ = "recipes"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))


COLUMNS = {"title": "title", "newest": "id desc"}


def search(session: Session, words: str) -> Any:
    return session.execute(text(f"select id from recipes where title ilike '%{words}%'"))  #! sql-injection


def ordered(session: Session, order: str) -> Any:
    return session.scalars(select(Recipe).order_by(text(order + " desc")))  #! sql-injection


def safe(session: Session, words: str, order: str) -> Any:
    statement = text(f"select id from recipes where title = :words order by {COLUMNS[order]}")
    return session.execute(statement, {"words": words})


def counted(session: Session) -> Any:
    return session.execute(text(f"select count(*) from {Recipe.__tablename__}"))
