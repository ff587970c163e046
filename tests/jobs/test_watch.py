"""`dbwright.watch()`: nested, as a decorator, in coroutines, of several engines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool
from tests.watcher.conftest import Author, Base, Post

from dbwright import watch


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(made)
    with Session(made) as session:
        session.add_all(Author(posts=[Post()]) for _ in range(6))
        session.commit()
    yield made
    made.dispose()


def load(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)):
            assert author.posts


def send(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("select 1"))


def test_one_within_another_counts_for_both(engine: Engine) -> None:
    with watch(engine) as outer:
        send(engine)
        with watch(engine) as inner:
            send(engine)
        with outer:
            send(engine)
        send(engine)
    send(engine)
    assert outer.recording.statements == 4
    assert inner.recording.statements == 1


def test_each_of_several_engines_is_seen_by_itself_and_all_by_one(engine: Engine) -> None:
    other = create_engine("sqlite://")
    with watch(engine) as first, watch(other) as second, watch() as both:
        send(engine)
        send(other)
        send(other)
    assert [each.recording.statements for each in (first, second, both)] == [1, 2, 3]
    other.dispose()


def test_a_function_is_watched_each_time(engine: Engine) -> None:
    seen = watch(engine)

    @seen
    def page(number: int) -> int:
        """Its own words."""
        load(engine)
        return number

    assert [page(1), page(number=2)] == [1, 2]
    load(engine)
    assert (page.__name__, page.__doc__) == ("page", "Its own words.")
    assert seen.recording.statements == 14
    (found,) = seen.report().recommendations
    assert found.location.object == "Author.posts"


def test_coroutines_are_watched() -> None:
    async def run() -> tuple[int, int]:
        engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
        counted = watch(engine)

        @counted
        async def page() -> None:
            async with AsyncSession(engine) as session:
                await session.execute(text("select 1"))

        async with watch(engine) as seen:
            await asyncio.gather(page(), page())
        await page()
        await engine.dispose()
        return counted.recording.statements, seen.recording.statements

    assert asyncio.run(run()) == (3, 2)
