"""Loops whose turns are no storm: they ask, they are one job each, they were selected by a test."""

from __future__ import annotations

import runpy
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session
from tests.watcher.conftest import Author, Post

from dbwright.jobs.watch import Watch


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose name says nothing of tests."""
    with tempfile.TemporaryDirectory(prefix="dbwright-") as found:
        yield Path(found)


def told(watch: Watch) -> set[str]:
    return {each.rule for each in watch.report().recommendations}


def test_a_loop_that_asks_would_flush_all_the_same(engine: Engine) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        for number in range(100, 108):
            if session.scalars(select(Author).where(Author.id == number)).first() is None:
                session.add(Author(id=number))
                session.flush()
    assert told(watch) == {"repeated-select"}
    with Watch(engine) as watch, Session(engine) as session:
        for number in range(100, 108):
            session.add(Author(id=number))
            session.flush()
    assert told(watch) == {"flush-storm"}


def setUp(session: Session) -> None:
    for number in range(100, 108):
        session.add(Author(id=number))
        session.flush()


def test_what_unittest_does_around_a_test_is_not_judged(engine: Engine) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        setUp(session)
    assert told(watch) == set()


def test_a_row_that_the_turn_wrote_is_read_again(engine: Engine) -> None:
    table = Author.__table__
    with Watch(engine) as watch, engine.begin() as connection:
        for number in range(100, 108):
            connection.execute(insert(table).values(id=number, name="…"))
            connection.execute(select(table).where(table.c.id == number)).one()
    assert told(watch) == {"write-loop"}


def test_a_condition_without_a_value_is_not_lost(engine: Engine) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        for number in range(1, 6):
            query = select(Author).where(Author.id == number, Author.name.is_not(None))
            session.scalars(query).first()
    (found,) = watch.report().recommendations
    assert f"# and where {Author.__tablename__}.name IS NOT NULL" in found.advice.fix.code


def test_rows_that_are_locked_are_not_joined_to_what_may_be_missing(engine: Engine) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        for post in session.scalars(select(Post).with_for_update()):
            assert post.author.id
    (found,) = watch.report().recommendations
    assert "selectinload(Post.author)" in found.advice.fix.code


SHOP = """
from sqlalchemy import create_engine, select

def counts(authors):
    return [len([post.id for post in author.posts]) for author in authors]

def selected(session, author):
    return counts(session.scalars(select(author)).all())

def made(url):
    return create_engine(url)

def caught(session, author, numbers):
    for number in numbers:
        try:
            session.add(author(id=number))
            session.flush()
        except ValueError:
            pass
"""


def shop(folder: Path) -> dict[str, Any]:
    """A program that stands in no folder of tests."""
    file = folder / "shop.py"
    file.write_text(SHOP, encoding="utf-8")
    return runpy.run_path(str(file))


def test_what_a_test_selects_itself_is_not_the_programs(engine: Engine, folder: Path) -> None:
    program = shop(folder)
    with Watch(engine) as watch, Session(engine) as session:
        program["counts"](session.scalars(select(Author)).all())
    assert told(watch) == set()
    with Watch(engine) as watch, Session(engine) as session:
        program["selected"](session, Author)
    assert told(watch) == {"lazy-load"}


def test_a_program_that_a_test_makes_anew_has_its_engine_anew(folder: Path) -> None:
    program = shop(folder)
    with Watch() as watch:
        for _ in range(4):
            made = program["made"](f"sqlite:///{folder}/shop.db")
            made.connect().close()
            made.dispose()
    assert [each.alike for each in watch.recording.engines] == [4]
    assert "engine-per-request" not in told(watch)


def test_turns_whose_error_is_caught_are_no_storm(engine: Engine, folder: Path) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        shop(folder)["caught"](session, Author, range(100, 108))
    assert told(watch) == set()


def walk(session: Session, number: int) -> int:
    """Asks for what the last call has found."""
    found = session.scalars(select(Author.id).where(Author.id == number)).all()
    return len(found) + walk(session, number - 1) if number else 0


def walk_wide(session: Session, numbers: list[int]) -> int:
    """Asks in a loop, and calls itself in it."""
    found = 0
    for number in numbers:
        found += len(session.scalars(select(Author.id).where(Author.id == number)).all())
        found += walk_wide(session, numbers[: number // 2])
    return found


def test_a_walk_down_a_tree_cannot_ask_once(engine: Engine) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        walk_wide(session, [1, 2, 3, 4])
    assert told(watch) == set()


def test_what_a_function_asks_that_calls_itself_cannot_be_asked_once(engine: Engine) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        walk(session, 9)
    assert told(watch) == set()


STORE = """
from site_packages_facade import flushed, writer
from sqlalchemy import select

def save(session, one):
    session.add(one)
    session.commit()

def import_all(session, author, numbers):
    for number in numbers:
        save(session, author(id=number))

@writer
def added(session, one):
    session.add(one)

def flush_all(session, author, numbers):
    for number in numbers:
        flushed(session, author(id=number))

def written(session):
    try:
        session.flush()
    except ValueError as error:
        raise KeyError from error

def add_told(session, author, numbers):
    for number in numbers:
        session.add(author(id=number))
        written(session)

def renamed(session, author):
    for one in session.scalars(select(author)).all():
        one.name += "!"
    session.commit()

def names(authors):
    return [one.name for one in authors]

def renamed_names(session, author):
    authors = session.scalars(select(author)).all()
    renamed(session, author)
    return names(authors)

def add_all(session, author, numbers):
    for number in numbers:
        added(session, author(id=number))
"""
FACADE = """
def writer(function):
    def within(session, *given):
        with session.begin():
            return function(session, *given)
    return within

def flushed(session, one):
    session.add(one)
    session.flush()
"""


def store(folder: Path) -> dict[str, Any]:
    """A program with a library that begins its transactions, or has those of its callers."""
    library = folder / "site-packages" / "site_packages_facade.py"
    library.parent.mkdir()
    library.write_text(FACADE, encoding="utf-8")
    sys.path.insert(0, str(library.parent))
    try:
        (folder / "store.py").write_text(STORE, encoding="utf-8")
        return runpy.run_path(str(folder / "store.py"))
    finally:
        sys.path.remove(str(library.parent))
        del sys.modules["site_packages_facade"]


def test_commits_are_named_by_what_their_loop_writes(engine: Engine, folder: Path) -> None:
    program = store(folder)
    with Watch(engine) as watch, Session(engine) as session:
        for number in range(100, 130):
            program["save"](session, Post(id=number, author_id=1))
        program["import_all"](session, Author, range(100, 108))
    (found,) = watch.report().recommendations
    assert (found.rule, found.location.object) == ("commit-per-row", "Author")


def test_flushes_of_a_library_cannot_be_left_out(engine: Engine, folder: Path) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        store(folder)["flush_all"](session, Author, range(100, 108))
    assert told(watch) == set()


def test_turns_are_those_of_one_call(engine: Engine, folder: Path) -> None:
    program = store(folder)
    with Watch(engine) as watch, Session(engine) as session:
        for start in range(100, 200, 10):
            program["import_all"](session, Author, range(start, start + 4))
    assert told(watch) == set()


def test_a_flush_is_there_for_its_error(engine: Engine, folder: Path) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        store(folder)["add_told"](session, Author, range(100, 108))
    assert told(watch) == set()


def test_the_commit_is_told_that_is_nearest_to_the_reading(engine: Engine, folder: Path) -> None:
    program = store(folder)
    with Watch(engine) as watch, Session(engine) as session:
        program["save"](session, Author(id=100))
        posts = session.scalars(select(Post)).all()
        posts[0].author_id = 2
        session.commit()
        keys = [each.author_id for each in posts]
    (found,) = [each for each in watch.report().recommendations if each.rule == "expired-load"]
    assert len(keys) == 40
    assert "at tests/watcher/test_turns_of_loops.py" in found.message
    assert "inspect(each).identity[0] for each in objects" in str(found.advice)


def test_what_one_request_commits_is_not_expired_in_another(engine: Engine, folder: Path) -> None:
    program = store(folder)
    with Watch(engine) as watch, Session(engine) as session:
        authors = session.scalars(select(Author)).all()
        program["renamed"](session, Author)
        program["names"](authors)
    assert told(watch) == set()
    with Watch(engine) as watch, Session(engine) as session:
        program["renamed_names"](session, Author)
    assert told(watch) == {"expired-load"}


def test_a_library_commits_where_no_caller_has_begun(engine: Engine, folder: Path) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        store(folder)["add_all"](session, Author, range(100, 108))
    assert told(watch) == set()
