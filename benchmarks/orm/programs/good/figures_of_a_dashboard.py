"""Several counts for one payload, each of something else."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "count-per-row"
# why = "other statements, one of each"
# before = 4
# ///

from sqlalchemy import ForeignKey, String, func, select
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
    for number in range(12):
        posts = [Post(title=f"Post {number}.{part}") for part in range(2)]
        session.add(Author(name=f"Author {number}", posts=posts))


def work(session):
    return {
        "authors": session.scalar(select(func.count()).select_from(Author)),
        "posts": session.scalar(select(func.count()).select_from(Post)),
        "early": session.scalar(select(func.count()).select_from(Post).where(Post.id < 10)),
        "last": session.scalar(select(func.max(Post.id))),
    }
