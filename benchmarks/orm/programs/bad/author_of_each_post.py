"""A list of posts with their authors: the author of each is loaded on its own."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# static = true
# root = "Post"
# option = "joinedload(Post.author)"
# before = 13
# after = 1
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
    rows = []
    posts = session.scalars(select(Post).order_by(Post.id))  #> root
    for post in posts:  #> loop
        rows.append((post.title, post.author.name))  #! lazy-load Post.author
    return rows
