"""An ORM statement for each author, in place of the relationship."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# before = 13
# after = 2
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
    report = {}
    for author in session.scalars(select(Author).order_by(Author.id)).all():  #> loop
        query = select(Post).where(Post.author_id == author.id).order_by(Post.id)
        report[author.name] = [p.title for p in session.scalars(query)]  #! repeated-select Post
    return report


# --- fixed ---
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


def work(session):
    authors = session.scalars(
        select(Author).options(selectinload(Author.posts)).order_by(Author.id)
    )
    return {author.name: [post.title for post in author.posts] for author in authors}
