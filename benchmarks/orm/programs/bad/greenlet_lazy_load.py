"""Async: a relationship that is not loaded."""

# /// label
# on = ["asyncpg", "aiosqlite"]
# root = "Post"
# option = "joinedload(Post.author)"
# raises = {aiosqlite = ["StatementError", "MissingGreenlet"], else = "MissingGreenlet"}
# result_fixed = "Author 0"
# measure = "connects"
# before = 1
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


async def work(session):
    post = (await session.scalars(select(Post).order_by(Post.id).limit(1))).one()  #> root
    return post.author.name  #! missing-greenlet Post.author
