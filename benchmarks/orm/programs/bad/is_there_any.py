"""A collection is loaded to ask whether it is empty."""

# /// label
# on = ["sqlite", "psycopg"]
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
    active = []
    for author in session.scalars(select(Author).order_by(Author.id)).all():  #> loop
        if author.posts:  #! collection-counted Author.posts
            active.append(author.name)
    return active


# --- fixed ---


def work(session):
    query = select(Author.name).where(Author.posts.any()).order_by(Author.id)
    return list(session.scalars(query))
