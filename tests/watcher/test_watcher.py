"""What a watcher takes down: how often, why, from which line, and for objects of which query."""

from __future__ import annotations

import functools
import sys
import threading
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Dialect, Engine, Integer, Table, event, select, text
from sqlalchemy.dialects.sqlite.base import SQLiteExecutionContext
from sqlalchemy.orm import Session, registry, selectinload
from tests.watcher.conftest import Author, Comment, Editor, Post

from dbwright.collect.watched import recording
from dbwright.core.recording import Group, Recording
from dbwright.jobs.watch import Watch
from dbwright.recipes.queries.loading import Loading
from dbwright.watcher import turns
from dbwright.watcher.facts import facts
from dbwright.watcher.groups import Tally
from dbwright.watcher.hook import Watcher
from dbwright.watcher.scopes import scope

TURNS = ("_begin_impl", "_commit_impl", "_rollback_impl")


def seen(watcher: Watcher) -> Recording:
    return recording(facts(watcher), Path.cwd())


def groups(found: Recording, how: str, name: str = "") -> list[Group]:
    return [
        group
        for each in found.scopes
        for group in each.groups
        if group.how == how and (not name or name in group.names)
    ]


def test_each_late_load_is_counted_and_led_back(engine: Engine, watcher: Watcher) -> None:
    """Three levels: comments came from posts, those from authors, those from the query."""
    with Session(engine) as session:
        for author in session.scalars(select(Author)):
            for post in author.posts:
                assert post.comments
    found = seen(watcher)
    (posts,), (comments,) = groups(found, "lazy", "posts"), groups(found, "lazy", "comments")
    assert (posts.count, comments.count) == (20, 40)
    assert posts.batch > 2
    assert comments.batch == 2
    loading = Loading(found, found.scopes[0])
    origin = loading.origin(comments)
    assert origin is not None
    assert origin.line is not None
    assert origin.line.code == "for author in session.scalars(select(Author)):"
    chain = loading.code(loading.steps(origin))
    assert chain == "selectinload(Author.posts).selectinload(Post.comments)"


def test_a_chain_goes_on_from_what_is_loaded(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:
        query = select(Author).options(selectinload(Author.posts))
        for author in session.scalars(query):
            for post in author.posts:
                assert post.comments
    found = seen(watcher)
    assert not groups(found, "lazy", "posts")
    (comments,) = groups(found, "lazy", "comments")
    origin = Loading(found, found.scopes[0]).origin(comments)
    assert origin is not None
    assert [name for _, name in origin.path] == ["posts", "comments"]
    assert origin.loaded == 1


def test_columns_are_told_from_what_expired(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:
        authors = session.scalars(select(Author).limit(4)).all()
        for author in authors:
            assert author.bio
            if isinstance(author, Editor):
                assert author.level
        session.commit()
        for author in authors:
            assert author.name
        session.refresh(authors[0])
        session.expire(authors[1], ["name"])
        assert authors[1].name
        assert session.get(Comment, 1) is not None
    found = seen(watcher)
    assert {group.names for group in groups(found, "column")} == {("bio",), ("level",)}
    assert sum(group.count for group in groups(found, "expired")) == 5
    assert [group.count for group in groups(found, "refresh")] == [1]
    assert [group.count for group in groups(found, "get")] == [1]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=4))
@settings(max_examples=60)
def test_looks_stand_for_every_execution(counts: list[int]) -> None:
    """What is looked at ever more rarely still adds up, whenever somebody asks."""
    tally, stood = Tally(1, False, 1), 0
    for _ in range(sum(counts)):
        tally.count += 1
        if tally.count >= tally.due:
            stood += tally.weight()
    assert stood + tally.count - tally.last == tally.count == sum(counts)


def test_one_line_has_the_exact_count(engine: Engine, watcher: Watcher) -> None:
    """One that runs a thousand times is looked at a few dozen times."""
    with engine.connect() as connection:
        for number in range(1000):
            connection.execute(select(Post.id).where(Post.id == number))
    (group,) = groups(seen(watcher), "direct")
    assert group.count == 1000
    assert group.looked < 40
    assert group.loop is not None
    assert group.parameters == group.looked


def test_a_loop_around_the_watched_block_is_not_its_loop(engine: Engine) -> None:
    """Whoever runs a block again and again, such as a worker, is none of the block's lines."""

    def block() -> Recording:
        with Watch(engine) as watch, Session(engine) as session:
            session.scalars(select(Author)).all()
        return watch.recording

    for _ in range(2):
        (group,) = groups(block(), "direct")
        assert [line.function.rpartition(".")[2] for line in group.stacks[0]] == ["block"]
        assert group.loop is None


def test_a_function_that_a_library_makes_from_text_is_the_librarys(
    engine: Engine, watcher: Watcher
) -> None:
    """SQLAlchemy 2.0 makes `Session.commit` and `create_engine` so."""
    watcher.begin_at(sys._getframe())
    made: dict[str, Any] = {"__name__": event.__name__}
    exec("def through(work): return work()", made)
    with engine.connect() as connection:
        for _ in range(3):
            made["through"](lambda: connection.execute(text("select 1")))
    (group,) = groups(seen(watcher), "direct")
    assert "<string>" not in {line.file for line in group.stacks[0]}


def test_a_wrapper_of_two_functions_is_no_recursion(engine: Engine, watcher: Watcher) -> None:
    watcher.begin_at(sys._getframe())

    def told(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*given: Any) -> Any:
            return function(*given)

        return wrapper

    with engine.connect() as connection:

        @told
        def one(key: int) -> Any:
            return connection.scalar(select(Author.name).where(Author.id == key))

        @told
        def both(key: int) -> Any:
            return one(key)

        def down(key: int) -> None:
            connection.scalar(select(Author.kind).where(Author.id == key))
            if key > 1:
                [down(each) for each in (key - 1,)]

        both(1)
        both(2)
        both(3)
        down(3)
    wrapped, recursive = groups(seen(watcher), "direct")
    assert wrapped.loop is None
    assert recursive.loop is not None


def test_a_loop_of_one_turn_in_each_call_is_none(engine: Engine, watcher: Watcher) -> None:
    watcher.begin_at(sys._getframe())

    def names(*keys: int) -> list[Any]:
        return [connection.scalar(select(Author.name).where(Author.id == key)) for key in keys]

    def kinds(*keys: int) -> list[Any]:
        return [connection.scalar(select(Author.kind).where(Author.id == key)) for key in keys]

    with engine.connect() as connection:
        names(1)
        names(2)
        names(3)
        kinds(1, 2, 3)
    once, again = groups(seen(watcher), "direct")
    assert once.loop is None
    assert again.loop is not None


def test_what_is_kept_grows_by_shapes_alone(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:
        for turn in range(3_000):
            session.scalars(select(Author.id).where(Author.id == turn)).all()
        posts = session.scalars(select(Post)).all()
        assert [post.author for post in posts]
    kept = [each for each in vars(watcher).values() if isinstance(each, (list, dict))]
    assert max(map(len, kept)) <= 2_048 + 1
    (late,) = groups(seen(watcher), "lazy")
    assert len(late.sources) == 1  # the query before it is still known


def test_texts_with_their_values_are_one_shape(engine: Engine, watcher: Watcher) -> None:
    with engine.connect() as connection:
        for number in range(20):
            connection.execute(text(f"select 'it''s', id from post where id = {number}"))
    found = seen(watcher)
    assert len(found.shapes) == 1
    assert found.scopes[0].statements == 20


def test_scopes_are_judged_by_themselves(engine: Engine, watcher: Watcher) -> None:
    """Of requests with one name the one with most executions is kept for each line."""
    for requests in (1, 7, 3):
        with scope(watcher, "GET /posts"), Session(engine) as session:
            for number in range(requests):
                session.scalars(select(Post).where(Post.id == number)).all()
    found = seen(watcher)
    (kept,) = [each for each in found.scopes if each.name]
    assert kept.times == 3
    assert [group.count for group in kept.groups if group.how == "direct"] == [7]


def test_threads_are_watched(engine: Engine, watcher: Watcher) -> None:
    def work() -> None:
        with engine.connect() as connection:
            for number in range(10):
                connection.execute(select(Post.id).where(Post.id == number))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen(watcher).statements == 10


def test_what_goes_wrong_inside_is_counted(engine: Engine, monkeypatch: Any) -> None:
    """The program is another's: no error of ours comes out, and none is hidden."""
    watcher = Watcher(engine)
    watcher.start()
    monkeypatch.setattr(watcher.shapes, "of", lambda *_: 1 / 0)
    with engine.connect() as connection:
        assert connection.execute(text("select 1")).scalar() == 1
    watcher.stop()
    assert watcher.missed == 1
    assert "ZeroDivisionError" in watcher.why


def test_nothing_is_left_behind(engine: Engine) -> None:
    """Its listeners are gone, and what runs then is not seen."""
    before = [vars(Connection)[name] for name in TURNS]
    watcher = Watcher(engine)
    watcher.start()
    assert [vars(Connection)[name] for name in TURNS] != before
    watcher.stop()
    assert [vars(Connection)[name] for name in TURNS] == before
    assert not event.contains(engine, "do_execute", watcher._statement)
    assert not event.contains(Session, "before_flush", watcher._before_flush)
    with engine.connect() as connection:
        connection.execute(text("select 1"))
    assert seen(watcher).statements == 0


def test_nobody_looks_for_listeners_of_statements(engine: Engine) -> None:
    """One listener of SQLAlchemy's events makes each statement dearer by a third."""
    known = Engine._has_events, Dialect._has_events
    everywhere, one = Watcher(), Watcher(engine)
    everywhere.start()
    with engine.connect() as connection:
        assert not connection._has_events
    assert Engine._has_events == known[0]
    one.start()  # another one that is behind statements has to listen
    assert engine._has_events
    everywhere.stop()
    one.stop()
    assert (Engine._has_events, Dialect._has_events) == known
    assert "_has_events" not in {*vars(engine), *vars(engine.dialect)}


def test_a_listener_of_the_program_stays_heard(engine: Engine) -> None:
    heard: list[str] = []
    watcher = Watcher(engine)
    watcher.start()

    @event.listens_for(engine, "before_cursor_execute")
    def listen(_: Any, __: Any, statement: str, *___: Any) -> None:
        heard.append(statement)

    watcher.stop()
    with engine.connect() as connection:
        connection.execute(text("select 1"))
    assert heard == ["select 1"]


def test_watchers_do_not_hide_from_each_other(engine: Engine) -> None:
    """The second one takes the same down; whichever ends first, the other goes on."""
    for order in (1, -1):
        both = [Watcher(), Watcher(engine)]
        for each in both:
            each.start()
        for ending in (None, *both[::order]):
            with Session(engine) as session:
                session.add_all([Comment(post_id=number) for number in range(3)])
                session.commit()
                session.scalars(select(Post).where(Post.id == 1)).all()
            if ending is not None:
                ending.stop()
        first, last = both[::order]
        assert (seen(first).statements, seen(last).statements) == (8, 12)
        for each in both:
            assert not each.missed, each.why
            (commits,) = groups(seen(each), "commit")
            assert commits.count == 2 + (each is last)
            assert sum(group.milliseconds for group in groups(seen(each), "direct")) > 0


def test_what_sqlalchemy_does_behind_a_statement_is_done(engine: Engine) -> None:
    done: list[str] = []

    class Own(SQLiteExecutionContext):
        def post_exec(self) -> None:
            done.append(self.statement)

    engine.dialect.execution_ctx_cls = Own
    watcher = Watcher(engine)
    watcher.start()
    with engine.connect() as connection:
        for _ in range(12):
            connection.execute(text("select 1"))
    watcher.stop()
    assert done == ["select 1"] * 12
    assert watcher.missed == 0, watcher.why
    (group,) = groups(seen(watcher), "direct")
    assert group.count == 12
    assert group.milliseconds > 0


def test_without_the_methods_of_a_connection_events_tell_its_turns(
    engine: Engine, monkeypatch: Any
) -> None:
    monkeypatch.setattr(turns, "_METHODS", {"_no_such_impl": ("begin", ["self"])})
    watcher = Watcher(engine)
    watcher.start()
    with Session(engine) as session:
        session.add(Comment(post_id=1))
        session.commit()
    watcher.stop()
    assert [group.count for group in groups(seen(watcher), "commit")] == [1]
    assert watcher.missed == 0, watcher.why


def test_kinds_without_end_take_no_memory_without_end(engine: Engine, watcher: Watcher) -> None:
    """A column name that changes each time makes shapes without end; the rest is counted."""
    with engine.connect() as connection:
        for number in range(6000):
            connection.exec_driver_sql(f"select 1 as column_{number}a")
    found = seen(watcher)
    assert len(found.shapes) == 5000
    assert found.left_out + sum(each.left_out for each in found.scopes) >= 1000


def test_a_class_that_is_mapped_no_longer_is_left_out(engine: Engine, watcher: Watcher) -> None:
    own = registry()

    class Passing: ...

    table = Table("passing", own.metadata, Column("id", Integer, primary_key=True))
    own.map_imperatively(Passing, table)
    own.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Passing())
        session.commit()
        session.get(Author, 1)
    own.dispose()
    names = [each.rpartition(".")[2] for each in seen(watcher).classes]
    assert "Author" in names
    assert "Passing" not in names
