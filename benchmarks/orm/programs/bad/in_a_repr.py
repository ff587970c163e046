"""`__repr__` reads a relationship, and the list is logged."""

# /// label
# on = ["sqlite"]
# root = "Post"
# option = "joinedload(Post.author)"
# before = 13
# after = 1
# ///

import logging

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

    def __repr__(self):
        return f"<Post {self.title} of {self.author.name}>"  #! lazy-load Post.author


def fill(session):
    for number in range(12):
        posts = [Post(title=f"Post {number}.{part}") for part in range(2)]
        session.add(Author(name=f"Author {number}", posts=posts))


log = logging.getLogger("posts")


def work(session):
    posts = session.scalars(select(Post).order_by(Post.id)).all()  #> root
    log.debug("the posts are %r", posts)
    return f"{posts!r}"  #> loop
