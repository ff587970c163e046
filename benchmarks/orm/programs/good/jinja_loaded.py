"""The template's loop reads what was loaded ahead."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# looks = "lazy-load"
# why = "joinedload before the template"
# before = 1
# ///

from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship


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


pages = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"), autoescape=True
)


def work(session):
    query = select(Post).options(joinedload(Post.author)).order_by(Post.id)
    posts = session.scalars(query).all()
    return pages.get_template("loaded.html").render(posts=posts)
