"""One statement that loads relationships of several classes: each is told of its own."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, foreign, mapped_column
from sqlalchemy.orm import relationship as related

from dbwright.collect.watched import recording
from dbwright.watcher.facts import facts
from dbwright.watcher.hook import Watcher


class Base(DeclarativeBase):
    pass


class Message(Base):
    __tablename__ = "message"
    id: Mapped[int] = mapped_column(primary_key=True)
    about: Mapped[int]


class Said:
    """A class that messages are about."""

    @declared_attr
    def messages(cls) -> Mapped[list[Message]]:
        return related(
            Message,
            primaryjoin=lambda: cls.id == foreign(Message.about),  # type: ignore[attr-defined]
            viewonly=True,
        )


class User(Said, Base):
    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)


class Folder(Said, Base):
    __tablename__ = "folder"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


def test_a_statement_of_two_classes_is_told_of_each() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    watcher = Watcher(engine)
    with Session(engine) as session:
        session.add_all([User(), User(), Folder(user_id=1), Folder(user_id=1), Folder(user_id=2)])
        session.commit()
        watcher.start()
        for owner in (User, Folder):
            for each in session.scalars(select(owner)).all():
                assert each.messages == []
        watcher.stop()
    found = recording(facts(watcher), Path.cwd())
    late = [each for scope in found.scopes for each in scope.groups if each.how == "lazy"]
    assert len({each.shape for each in late}) == 1
    owners = [(each.owner.rpartition(".")[2], each.count, each.batch) for each in late]
    assert owners == [("User", 2, 2), ("Folder", 3, 3)]
