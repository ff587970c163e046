"""Keys in chunks: each statement reads many rows."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# looks = "repeated-select"
# why = "an expanding IN of a hundred keys in each turn"
# before = 4
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
    for number in range(400):
        posts = [Post(title=f"Post {number}.{part}") for part in range(2)]
        session.add(Author(name=f"Author {number}", posts=posts))


def work(session):
    keys = list(range(1, 401))
    names = []
    for start in range(0, len(keys), 100):
        chunk = keys[start : start + 100]
        query = select(Author.name).where(Author.id.in_(chunk)).order_by(Author.id)
        names += session.scalars(query)
    return names
