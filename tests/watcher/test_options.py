"""Options for what is loaded late: the code that is advised cures when it is followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, ForeignKey, create_engine, event, select, text, union_all
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    contains_eager,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
    subqueryload,
)
from tests.watcher.conftest import Author, Editor, Post

from dbwright.core.claim import RunProbe, Trial
from dbwright.core.finding import Recommendation
from dbwright.jobs.watch import Watch, reviewed
from dbwright.rules.registry import rules_for
from dbwright.verify.queries.watched import Run
from dbwright.watcher.inject import instead, options_of, selected

Work = Callable[[Session], Any]


def levels(session: Session) -> Any:
    return [each.level for each in session.scalars(select(Author)) if isinstance(each, Editor)]


def levels_of_posts(session: Session) -> Any:
    posts = session.scalars(select(Post).options(joinedload(Post.author))).all()
    return [post.author.level for post in posts if isinstance(post.author, Editor)]


def bios(session: Session) -> Any:
    return [author.bio for author in session.scalars(select(Author))]


def pictures(session: Session) -> Any:
    return [(author.photo, author.avatar) for author in session.scalars(select(Author))]


def bios_of_posts(session: Session) -> Any:
    query = select(Post).options(selectinload(Post.author))
    return [post.author.bio for post in session.scalars(query)]


def of_one(session: Session) -> Any:
    author = session.get(Author, 1)
    assert author is not None
    return [[each.id for each in post.comments] for post in author.posts]


def joined_by_the_query(session: Session) -> Any:
    query = select(Author).join(Author.posts).options(contains_eager(Author.posts))
    return [
        [each.id for each in post.comments]
        for author in session.scalars(query).unique()
        for post in author.posts
    ]


def of_an_alias(session: Session) -> Any:
    alias = aliased(Author)
    return [[each.id for each in author.posts] for author in session.scalars(select(alias))]


def behind_a_subquery(session: Session) -> Any:
    query = select(Author).options(subqueryload(Author.posts))
    authors = session.scalars(query)
    return [[each.id for p in author.posts for each in p.comments] for author in authors]


def after_its_column(session: Session) -> Any:
    authors = session.scalars(select(Author))
    return [(author.bio, [each.id for each in author.posts]) for author in authors]


def of_a_given_statement(session: Session) -> Any:
    query = select(Author).from_statement(select(Author).order_by(Author.id))
    return [[each.id for each in author.posts] for author in session.scalars(query)]


def authors_of_a_given_union(session: Session) -> Any:
    query = union_all(select(Post).where(Post.id < 5), select(Post).where(Post.id >= 5))
    return [post.author.name for post in session.scalars(select(Post).from_statement(query))]


def of_a_text(session: Session) -> Any:
    query = session.query(Author).from_statement(text("select * from author order by id"))
    return [[each.id for each in author.posts] for author in query]


def bios_of_a_text(session: Session) -> Any:
    query = select(Author).from_statement(text("select * from author order by id"))
    return [author.bio for author in session.scalars(query)]


CASES = [
    (of_a_given_statement, "selectinload(Author.posts)"),
    (authors_of_a_given_union, "selectinload(Post.author)"),
    (of_a_text, "selectinload(Author.posts)"),
    (bios_of_a_text, "undefer(Author.bio)"),
    (levels, "selectin_polymorphic(Author, [Editor])"),
    (levels_of_posts, "joinedload(Post.author).selectin_polymorphic([Editor])"),
    (bios, "undefer(Author.bio)"),
    (pictures, 'undefer_group("pictures")'),
    (bios_of_posts, "selectinload(Post.author).undefer(Author.bio)"),
    (of_one, "options=[selectinload(Author.posts).selectinload(Post.comments)]"),
    (joined_by_the_query, "contains_eager(Author.posts).selectinload(Post.comments)"),
    (behind_a_subquery, "subqueryload(Author.posts).selectinload(Post.comments)"),
    (of_an_alias, "selectinload(Author.posts)"),
    (after_its_column, "selectinload(Author.posts)"),
]


@pytest.mark.parametrize(("work", "code"), CASES, ids=lambda each: getattr(each, "__name__", ""))
def test_the_option_that_is_advised_cures(engine: Engine, work: Work, code: str) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        before = work(session)
    found = watch.report()
    assert not found.unverified
    (advised,) = [each for each in found.recommendations if code in each.advice.fix.code]
    event.listen(Session, "do_orm_execute", given := _given(_trial(advised)))
    try:
        with Watch(engine) as again, Session(engine) as session:
            assert work(session) == before
    finally:
        event.remove(Session, "do_orm_execute", given)
    assert again.recording.statements < watch.recording.statements
    rules = {(each.rule, each.location.object) for each in again.report().recommendations}
    assert (advised.rule, advised.location.object) not in rules


def test_a_given_statement_has_to_select_the_column_too(engine: Engine) -> None:
    """The option alone changes nothing where the text has no such column."""
    with Watch(engine) as watch, Session(engine) as session:
        query = select(Author).from_statement(select(Author).order_by(Author.id))
        assert all(author.bio for author in session.scalars(query))
    (found,) = watch.report().recommendations
    assert found.rule == "deferred-load"
    assert "select the column in the statement that is given" in found.advice.fix.title


def test_what_is_refreshed_comes_by_a_select_of_its_own_where_the_text_is_given(
    engine: Engine,
) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        query = select(Post).from_statement(select(Post).order_by(Post.id))
        for post in session.scalars(query):
            session.refresh(post, ["author"])
    (found,) = (r for r in watch.report().recommendations if r.rule == "refresh-loop")
    assert found.advice.fix.code.endswith(".options(selectinload(Post.author))")


def _trial(advised: Recommendation) -> Trial:
    probe = next(each.probe for each in advised.claims if each.kind == "fewer_statements")
    assert isinstance(probe, RunProbe)
    (trial,) = probe.trials
    return trial


def _given(trial: Trial) -> Callable[[Any], None]:
    """Gives the options as watcher/inject.py does in another process, where lines are not asked."""

    def given(state: Any) -> None:
        asks = state.is_select or state.is_from_statement
        entity = selected(state.statement, trial.class_) if asks else None
        if entity is None or state.is_relationship_load or state.is_column_load:
            return
        for chain in trial.options:
            plain = [[loader, owner, name, dict(more)] for loader, owner, name, more in chain]
            state.statement = instead(state.statement, options_of(plain, entity))

    return given


class Base(DeclarativeBase):
    """Classes of which one is joined to what is loaded late."""


class Shelf(Base):
    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"))
    room: Mapped[Room] = relationship()


class Room(Base):
    __tablename__ = "room"
    id: Mapped[int] = mapped_column(primary_key=True)
    chairs: Mapped[list[Chair]] = relationship(lazy="joined")


class Chair(Base):
    __tablename__ = "chair"
    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"))
    legs: Mapped[list[Leg]] = relationship()


class Leg(Base):
    __tablename__ = "leg"
    id: Mapped[int] = mapped_column(primary_key=True)
    chair_id: Mapped[int] = mapped_column(ForeignKey("chair.id"))


def test_a_chain_goes_through_what_a_late_load_joins() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        chairs = [Chair(legs=[Leg(), Leg()]) for _ in range(3)]
        session.add(Shelf(room=Room(chairs=chairs)))
        session.commit()
    with Watch(engine) as watch, Session(engine) as session:
        shelf = session.scalars(select(Shelf)).one()
        assert [len([leg.id for leg in chair.legs]) for chair in shelf.room.chairs] == [2, 2, 2]
    (advised,) = watch.report().recommendations
    chain = "joinedload(Shelf.room).selectinload(Room.chairs).selectinload(Chair.legs)"
    assert chain in advised.advice.fix.code
    event.listen(Session, "do_orm_execute", given := _given(_trial(advised)))
    try:
        with Watch(engine) as again, Session(engine) as session:
            shelf = session.scalars(select(Shelf)).one()
            assert [len(chair.legs) for chair in shelf.room.chairs] == [2, 2, 2]
    finally:
        event.remove(Session, "do_orm_execute", given)
    assert again.recording.statements == 3


def test_an_option_that_a_run_refutes_is_not_advised(engine: Engine) -> None:
    """What the program does is told all the same, with what was tried."""
    with Watch(engine) as watch, Session(engine) as session:
        bios(session)
    seen = Run(0, b"", watch.recording)
    same = Run(0, b"", replace(watch.recording, injected=1))
    rules = [rule for rule in rules_for("queries") if rule.name == "deferred-load"]
    (found,) = reviewed(seen, rules, lambda _: same).recommendations
    assert found.claims[0].kind == "repeats_statement"
    assert "undefer" not in found.advice.fix.title + found.advice.fix.code
    assert "21 statements became 21" in found.advice.fix.title
