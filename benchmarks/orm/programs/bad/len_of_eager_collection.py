"""The posts are loaded ahead, and only counted."""

# /// label
# on = ["sqlite", "psycopg"]
# measure = "rows"
# before = 36
# after = 12
# ///

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


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


def report(session):
    query = select(Author).options(selectinload(Author.posts)).order_by(Author.id)
    rows = []
    for author in session.scalars(query).all():  #> loop
        rows.append((author.name, len(author.posts)))  #! collection-counted Author.posts
    return rows


def work(session):
    return report(session)


# --- fixed ---
from sqlalchemy import ForeignKey, String, func, select


def report(session):
    query = select(Author.name, func.count(Post.id)).outerjoin(Author.posts)
    query = query.group_by(Author.id, Author.name).order_by(Author.id)
    return [tuple(row) for row in session.execute(query)]
