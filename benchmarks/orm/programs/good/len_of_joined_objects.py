"""Objects that a join gives several times are counted once each."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# looks = "rows-loaded-to-count"
# why = "a count of the joined rows is another number"
# before = 2
# ///

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
    for number in range(12):
        posts = [Post(title=f"Post {number}.{part}") for part in range(2)]
        session.add(Author(name=f"Author {number}", posts=posts))


def work(session):
    query = select(Author).join(Author.posts).where(Post.title.like("Post 1%"))
    some = len(session.scalars(query).unique().all())
    return some + len(session.query(Author).join(Author.posts).all())
