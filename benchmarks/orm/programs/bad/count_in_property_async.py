"""Async: a count for each row of a page."""

# /// label
# on = ["asyncpg", "aiosqlite"]
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


async def posts_of(session, author):
    query = select(func.count(Post.id)).where(Post.author_id == author.id)
    return await session.scalar(query)  #! count-per-row Post.author_id


async def work(session):
    authors = (await session.scalars(select(Author).order_by(Author.id))).all()
    return [await posts_of(session, author) for author in authors]  #> loop


# --- fixed ---


async def work(session):
    query = select(func.count(Post.id)).select_from(Author).outerjoin(Author.posts)
    return list(await session.scalars(query.group_by(Author.id).order_by(Author.id)))
