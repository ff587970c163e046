"""A small database with three levels of objects, and a watcher on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool

from dbwright.watcher.hook import Watcher

SHARED = {"check_same_thread": False}


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="Ada")
    bio: Mapped[str] = mapped_column(default="…", deferred=True)
    photo: Mapped[str] = mapped_column(default="…", deferred=True, deferred_group="pictures")
    avatar: Mapped[str] = mapped_column(default="…", deferred=True, deferred_group="pictures")
    kind: Mapped[str] = mapped_column(default="author")
    posts: Mapped[list[Post]] = relationship(back_populates="author")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "author"}


class Editor(Author):
    __tablename__ = "editor"
    id: Mapped[int] = mapped_column(ForeignKey("author.id"), primary_key=True)
    level: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"polymorphic_identity": "editor"}


class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="posts")
    comments: Mapped[list[Comment]] = relationship()


class Comment(Base):
    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = create_engine("sqlite://", poolclass=StaticPool, connect_args=SHARED)
    Base.metadata.create_all(made)
    with Session(made) as session:
        for number in range(20):
            made_by = Editor if number % 2 else Author
            session.add(made_by(posts=[Post(comments=[Comment()]) for _ in range(2)]))
        session.commit()
    yield made
    made.dispose()


@pytest.fixture
def watcher(engine: Engine) -> Iterator[Watcher]:
    found = Watcher(engine)
    found.start()
    yield found
    found.stop()
    assert found.missed == 0, found.why
