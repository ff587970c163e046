"""Joined for the filter, and used for the relationship."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# looks = "lazy-load"
# why = "contains_eager"
# before = 1
# ///

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, contains_eager, mapped_column, relationship


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
    for number in range(12):
        posts = [Post(title=f"Post {number}.{part}") for part in range(2)]
        session.add(Author(name=f"Author {number}", posts=posts))


def work(session):
    query = select(Post).join(Post.author).options(contains_eager(Post.author))
    query = query.where(Author.id < 9).order_by(Author.name, Post.id)
    return [post.title + " by " + post.author.name for post in session.scalars(query)]
