"""Async: the same with itertools."""

# /// label
# on = ["asyncpg", "aiosqlite"]
# looks = "repeated-select"
# why = "an expanding IN of fifty keys in each turn"
# before = 6
# ///

import itertools

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    posts: Mapped[list["Post"]] = relationship(back_populates="author", order_by="Post.id")


class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)
    author: Mapped[Author] = relationship(back_populates="posts")


def fill(session):
    for number in range(300):
        posts = [Post(title=f"Post {number}.{part}") for part in range(2)]
        session.add(Author(name=f"Author {number}", posts=posts))


def chunks(keys, size):
    keys = iter(keys)
    while chunk := list(itertools.islice(keys, size)):
        yield chunk


async def work(session):
    total = 0
    for chunk in chunks(range(1, 301), 50):
        authors = await session.scalars(select(Author).where(Author.id.in_(chunk)))
        total += len(authors.all())
    return total
