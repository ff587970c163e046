"""A count for each row: one grouped query gives all."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# static = true
# before = 13
# after = 1
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
    counts = []
    for author in session.scalars(select(Author).order_by(Author.id)).all():  #> loop
        query = select(func.count()).select_from(Post).where(Post.author_id == author.id)
        counts.append((author.name, session.scalar(query)))  #! count-per-row Post.author_id
    return counts


# --- fixed ---


def work(session):
    query = (
        select(Author.name, func.count(Post.id))
        .outerjoin(Author.posts)
        .group_by(Author.id, Author.name)
        .order_by(Author.id)
    )
    return [tuple(row) for row in session.execute(query)]
