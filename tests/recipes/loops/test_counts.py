"""Rows that are loaded to be counted, read from source; in a run the count is the same."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session
from tests.recipes.loops.counted import ALIKE, ASYNC, function, only

from dbwright.core.mapping import Mapping
from dbwright.recipes.loops.splices import spliced


@pytest.fixture
def session() -> Iterator[Session]:
    """A Session of an empty SQLite database."""
    engine = create_engine("sqlite://")
    with Session(engine) as session:
        yield session
    engine.dispose()


def squeezed(text: str) -> str:
    return "".join(text.split())


class Awaited:
    """A Session whose methods are awaited."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __getattr__(self, name: str) -> Any:
        async def call(*given: Any) -> Any:
            return getattr(self.session, name)(*given)

        return call


def run(text: str, session: Session) -> tuple[Any, list[str]]:
    """Gives what a module's `work` gives, and the statements that it sends."""
    module: dict[str, Any] = {"__name__": "models"}
    exec(compile(text, "models.py", "exec", dont_inherit=True), module)
    connection = session.connection()
    module["Base"].metadata.drop_all(connection)
    module["Base"].metadata.create_all(connection)
    module["fill"](session)
    session.expunge_all()
    sent: list[str] = []

    def note(*given: Any) -> None:
        sent.append(given[2])

    event.listen(connection, "before_cursor_execute", note)
    work = module["work"]
    asynchronous = inspect.iscoroutinefunction(work)
    value = asyncio.run(work(Awaited(session))) if asynchronous else work(session)
    event.remove(connection, "before_cursor_execute", note)
    module["Base"].registry.dispose()
    session.expunge_all()
    return value, sent


@pytest.mark.parametrize("name", [*ALIKE, *ASYNC])
def test_the_count_gives_the_same_number(
    name: str, counted_mapping: Mapping, session: Session
) -> None:
    body, written = (ALIKE | ASYNC)[name]
    text = function(body, "async def" if name in ASYNC else "def")
    found = only(counted_mapping, text)
    after = spliced(text, found.edits)
    assert written in after or squeezed(written) in squeezed(after)
    before, many = run(text, session)
    value, sent = run(after, session)
    assert (value, type(value)) == (before, type(before))
    assert len(sent) <= len(many)
    assert "count(" in sent[0].lower()
    assert "ORDER BY" not in sent[0]
