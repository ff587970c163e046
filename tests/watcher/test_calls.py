"""Calls of a function told apart: turns of its loop are of one, tests make many."""

from __future__ import annotations

import gc
import sys
import weakref
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from tests.watcher.conftest import Author, Post

from dbwright.collect.watched import recording
from dbwright.core.recording import Called, Group, Recording
from dbwright.recipes.queries import writing
from dbwright.watcher import calls
from dbwright.watcher.facts import facts
from dbwright.watcher.hook import Watcher


def seen(watcher: Watcher) -> Recording:
    return recording(facts(watcher), Path.cwd())


def groups(watcher: Watcher, how: str) -> list[Group]:
    return [each for scope in seen(watcher).scopes for each in scope.groups if each.how == how]


def fetch(session: Session, keys: list[int]) -> None:
    for key in keys:
        session.get(Post, key)


def test_a_call_has_a_number_that_no_later_one_has() -> None:
    def called() -> tuple[int, int]:
        frame = sys._getframe()
        return calls.number(frame), calls.number(frame)

    found = [called() for _ in range(200)]
    assert all(first == second for first, second in found)
    assert len(set(found)) == 200


def test_what_a_function_has_goes_when_it_returns(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:

        def load() -> weakref.ref[Post]:
            post = session.get(Post, 1)
            assert post is not None
            session.add(Author(name="Eve"))
            session.flush()
            session.commit()
            return weakref.ref(post)

        gc.collect()
        gc.disable()
        try:
            assert load()() is None
        finally:
            gc.enable()


def test_a_loop_that_is_turned_once_by_each_of_many_calls_is_none(
    engine: Engine, watcher: Watcher
) -> None:
    with Session(engine) as session:
        for key in range(1, 7):
            fetch(session, [key])
    (group,) = groups(watcher, "get")
    assert Called("tests/watcher/test_calls.py", "fetch", 1) in group.called
    assert group.loop is not None
    assert "turned_once" in group.loop.function


def test_a_loop_that_is_turned_by_one_call_of_many_is_one(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:
        for keys in ([1], [2], [3, 4, 5], [6]):
            fetch(session, keys)
    (group,) = groups(watcher, "get")
    assert group.loop is not None
    assert group.loop.function == "fetch"


def test_where_something_traces_calls_are_not_told_apart(engine: Engine, watcher: Watcher) -> None:
    before = sys.gettrace()
    sys.settrace(lambda frame, event, argument: None)
    try:
        with Session(engine) as session:
            fetch(session, [1, 2, 3])
    finally:
        sys.settrace(before)
    (group,) = groups(watcher, "get")
    assert group.called == ()
    assert group.loop is not None


def test_what_is_kept_of_calls_is_bounded(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:
        for key in range(1, 400):
            fetch(session, [key])
    (group,) = [each for each in watcher.whole.groups.values() if each.load.how == "get"]
    assert max(map(len, group.calls.values())) <= 4


def test_a_flush_stands_for_those_of_its_own_line(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:
        for number in range(25):
            session.add(Author(name=str(number)))
            session.flush()
        for _ in range(4):
            session.add(Post(author_id=1))
            session.flush()
    assert [each.count for each in groups(watcher, "flush")] == [25, 4]


def test_what_was_not_seen_there_is_no_storm(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:
        for _ in range(6):
            session.add(Post(author_id=1))
            session.flush()
        for _ in range(6):
            session.add(Post(author_id=1))
            session.commit()
    found = seen(watcher)
    (scope,) = found.scopes
    assert len(list(writing.flushes(found, scope, "flush"))) == 1
    assert len(list(writing.commits(found, scope))) == 1
    seen_once = tuple(replace(each, looked=1, called=()) for each in scope.groups)
    once = replace(scope, groups=seen_once)
    assert list(writing.flushes(found, once, "flush")) == []
    assert list(writing.commits(found, once)) == []
