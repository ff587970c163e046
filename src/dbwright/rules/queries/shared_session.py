"""One Session is used by several tasks or threads at the same time.

## What it does

Looks for a statement on a connection on which another thread's or task's is still running, for two
threads that are in one function with the same transaction, for the errors by which SQLAlchemy and
drivers refuse it, and in the source for `gather()` over coroutines that get one AsyncSession.

## Why is this bad?

A Session is one transaction and one set of objects. A commit of one task commits the half of
another, a rollback takes it away, and asyncpg refuses the second statement at all.

## When to leave it

Never for use at the same time. A Session that is handed from thread to thread, one after the other,
as web frameworks do, is not reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Error, Line, Recording
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import holding

APPLIES = Applies()
SEVERITY = "error"
_MODELS = """
class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int] = mapped_column(default=5)

def fill(session):
    session.add_all(Account() for _ in range(5))

import asyncio

async def balance(session, key):
    return await session.scalar(select(Account.balance).where(Account.id == key))
"""
BAD = ProgramExample(
    _MODELS
    + """
async def work(session):
    given = await asyncio.gather(
        *(balance(session, key) for key in range(1, 4)), return_exceptions=True
    )
    await asyncio.sleep(0.1)
    return sorted(map(str, given))[0]
""",
    claims=("shares_transaction",),
    fixed="""
async def work(session):
    query = select(Account.balance).where(Account.id.in_(range(1, 4)))
    return str((await session.scalars(query)).first())
""",
)
GOOD = ProgramExample(
    _MODELS
    + """
from sqlalchemy.ext.asyncio import AsyncSession

async def alone(bind, key):
    async with AsyncSession(bind) as session:
        return await balance(session, key)

async def work(session):
    return await asyncio.gather(*(alone(session.bind, key) for key in range(1, 4)))
"""
)
_SAID = ("concurrent operations", "another operation is in progress", "is already in progress")


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each line that shares a Session."""
    told: set[tuple[str, int]] = set()
    for error in recording.errors:
        if _shares(error) and error.stack:
            at = error.begun or error.stack[0]
            if (at.file, at.line) not in told:
                told.add((at.file, at.line))
                yield _finding(
                    at, "tasks", error.stack[0], f"{error.kind}: {error.message}", "errors"
                )
    for shared in recording.shared:
        if shared.stack:
            at = shared.at or shared.stack[0]
            if (at.file, at.line) not in told:
                told.add((at.file, at.line))
                second = shared.other[0] if shared.other else None
                witness = f"a second {shared.kind} used it at {holding.said(second)}"
                yield _finding(at, f"{shared.kind}s", shared.stack[0], witness, "shared")


def _shares(error: Error) -> bool:
    return any(each in error.message for each in _SAID)


def _finding(at: Line, who: str, line: Line, witness: str, fact: holding.Fact) -> Finding:
    proposition = f"several {who} use one transaction at the same time"
    return holding.finding(
        at,
        f"several {who} use one Session at the same time, and with it one transaction",
        [holding.claim("shares_transaction", fact, line, proposition, witness)],
        evidence=[f"used at {holding.said(line)}", witness],
        tasks=who == "tasks",
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives a Session for each task or thread."""
    code = "with Session(engine) as session:\n    …  # in the function that the thread runs"
    if finding.details["tasks"]:
        code = (
            "async def alone(key):\n    async with AsyncSession(engine) as session:\n"
            "        return await work(session, key)\n\n"
            "await asyncio.gather(*(alone(key) for key in keys))"
        )
    return Advice(
        reason="a Session, and the connection below it, is for one task or thread at a time",
        fix=Fix("make a Session in each task or thread", code),
        alternatives=(
            Alternative(
                "one statement for all of them, with IN",
                "one round trip and one transaction; the result has to be taken apart",
            ),
            Alternative(
                "await one after the other on the same Session",
                "one transaction for all, as slow as all of them together",
            ),
            Alternative(
                "scoped_session, or async_scoped_session with current_task",
                "less to pass on; remove() has to be called at the end of each",
            ),
        ),
        risk=Risk(
            "each task takes a connection of the pool, and sees what others have committed only",
            "bound the tasks by a semaphore below pool_size + max_overflow",
        ),
        undo=Undo("pass the one Session on again"),
        tests="run two of them at once on a server, and compare with one after the other",
        backup="none needed: no row changes",
    )
