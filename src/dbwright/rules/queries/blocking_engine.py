"""A coroutine waits for the database by blocking the whole event loop.

## What it does

Looks for statements of a blocking driver on the thread of a running event loop, and in the source
for a Session that blocks in a coroutine.

## Why is this bad?

Nothing else runs meanwhile: no other request is answered, no timeout fires. One statement that
waits a second for a lock stops the service for a second.

## When to leave it

When nothing else runs on the loop: a script, or what is done once at the start.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Group, Line, Recording
from dbwright.core.rule import Applies, ProgramExample
from dbwright.core.source import is_test
from dbwright.recipes.queries import holding

APPLIES = Applies()
SEVERITY = "warning"
_MODELS = """
class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)

def fill(session):
    session.add_all(Account() for _ in range(5))

import asyncio

def accounts(engine):
    with Session(engine) as session:
        return session.scalars(select(Account.id)).all()
"""
BAD = ProgramExample(
    _MODELS
    + """
async def serve(engine):
    return accounts(engine)

def main(url):
    return asyncio.run(serve(create_engine(url)))
""",
    claims=("blocks_event_loop",),
    fixed="""
async def serve(engine):
    return await asyncio.to_thread(accounts, engine)
""",
)
BAD_SERVER = ProgramExample(BAD.code, BAD.fixed, BAD.claims, dialect="postgresql")
GOOD = ProgramExample(
    _MODELS
    + """
async def serve(engine):
    return await asyncio.to_thread(accounts, engine)

def main(url):
    return asyncio.run(serve(create_engine(url)))
"""
)
GOOD_ASYNC = ProgramExample(
    _MODELS
    + """
async def work(session):
    return (await session.scalars(select(Account.id))).all()
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each line that blocks an event loop."""
    lines: dict[tuple[str, int], list[Group]] = {}
    for scope in recording.scopes:
        for group in scope.groups:
            place, shape = group.place, recording.shape(group)
            if not group.blocking or place is None or is_test(place.file):
                continue
            if shape is not None and shape.verb != "other":  # tables that are made at the start
                lines.setdefault((place.file, place.line), []).append(group)
    for groups in lines.values():
        yield _seen(recording, groups)
    for blocked in recording.blocked:
        yield _finding(blocked.at, "", 0, "")


def _seen(recording: Recording, groups: list[Group]) -> Finding:
    place = groups[0].place
    assert place is not None
    count = sum(group.blocking for group in groups)
    milliseconds = sum(group.milliseconds for group in groups)
    witness = f"{count:,} statements took {milliseconds:,.1f} ms on the loop's thread"
    shape = recording.shape(groups[0])
    return _finding(place, witness, milliseconds, shape.dialect if shape is not None else "")


def _finding(line: Line, witness: str, milliseconds: float, dialect: str) -> Finding:
    proposition = "the event loop waits for the statement"
    small = dialect == "sqlite" and milliseconds < 50
    return holding.finding(
        line,
        "its statement blocks the event loop: nothing else runs until the database has answered",
        [holding.claim("blocks_event_loop", "groups", line, proposition, witness)],
        severity="info" if small else None,
        evidence=[witness] if witness else [],
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives an async engine, or a thread."""
    return Advice(
        reason="the driver waits inside of the call, and the event loop has only this thread",
        fix=Fix(
            "leave it to a thread, or use an async driver",
            "await asyncio.to_thread(work, engine)  # work makes its own Session\n\n"
            '# or throughout:\nengine = create_async_engine("postgresql+asyncpg://…")\n'
            "async with AsyncSession(engine) as session:\n    await session.scalars(query)",
        ),
        alternatives=(
            Alternative(
                "def instead of async def for the handler",
                "FastAPI and Starlette run it in a thread of their pool; nothing in it may await",
            ),
        ),
        risk=Risk(
            "objects of the thread's Session are read on the loop, and load more there",
            "load what is read before the thread ends, or give plain values back",
        ),
        undo=Undo("call it in the coroutine again"),
        tests="await it beside asyncio.sleep(0) in a loop that counts: the count goes on meanwhile",
        backup="none needed: no row changes",
    )
