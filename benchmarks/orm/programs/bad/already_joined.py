"""The author is joined for the filter, and loaded again for each row: contains_eager costs nothing."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# root = "Post"
# option = "contains_eager(Post.author)"
# before = 9
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
    query = select(Post).join(Post.author).where(Author.id <= 8).order_by(Author.name, Post.id)  #> root
    lines = []
    for post in session.scalars(query):  #> loop
        lines.append(post.title + " by " + post.author.name)  #! lazy-load Post.author
    return lines
