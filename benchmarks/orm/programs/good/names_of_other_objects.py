"""A loop over plain objects whose attributes are called as the models' are."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# looks = "lazy-load"
# why = "the elements are no mapped objects"
# before = 1
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


class Line:
    def __init__(self, title, author):
        self.title = title
        self.author = author


def work(session):
    query = select(Post.title, Author.name).join(Post.author).order_by(Post.id)
    posts = [Line(title, name) for title, name in session.execute(query)]
    return [f"{post.title} by {post.author}" for post in posts]
