"""session.get() for each id of a list."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# static = true
# before = 9
# after = 1
# ///

from sqlalchemy import ForeignKey, String
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


IDS = [3, 1, 4, 5, 9, 2, 6, 8, 7]


def work(session):
    names = []
    for key in IDS:  #> loop
        author = session.get(Author, key)  #! get-loop Author
        names.append(author.name)
    return names


# --- fixed ---
from sqlalchemy import ForeignKey, String, select


def work(session):
    query = select(Author).where(Author.id.in_(IDS))
    found = {author.id: author for author in session.scalars(query)}
    return [found[key].name for key in IDS]
