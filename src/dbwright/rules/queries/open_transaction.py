"""A transaction stays open while the program waits for something else.

## What it does

Looks for waits between two statements of one transaction, or between the last one and its end: a
second and more is a warning, three tenths are told. Time that the program computes is no wait, nor
is that in which rows are read as a stream.

## Why is this bad?

The connection is taken from the pool, and rows that were written stay locked: others who change
them wait as long. In PostgreSQL an open transaction also keeps vacuum from cleaning up.

## When to leave it

When the wait has to be inside: a lock that is held on purpose, and never for long.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Pause, Recording
from dbwright.core.rule import Applies, ProgramExample
from dbwright.core.source import is_test
from dbwright.recipes.queries import holding

APPLIES = Applies()
SEVERITY = "warning"
_LONG = 1.0
_MODELS = """
class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int] = mapped_column(default=5)

def fill(session):
    session.add_all(Account() for _ in range(5))

import time

def send(amount):
    time.sleep(0.4)
    return amount
"""
BAD = ProgramExample(
    _MODELS
    + """
def work(session):
    account = session.get(Account, 1)
    account.balance += 1
    session.flush()
    sent = send(account.balance)
    session.commit()
    return sent
""",
    claims=("holds_transaction",),
    fixed="""
def work(session):
    account = session.get(Account, 1)
    account.balance += 1
    balance = account.balance
    session.commit()
    return send(balance)
""",
)
GOOD = ProgramExample(
    _MODELS
    + """
def work(session):
    account = session.get(Account, 1)
    account.balance += 1
    balance = account.balance
    session.commit()
    return send(balance)
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each wait within a transaction."""
    lite = bool(recording.shapes) and all(each.dialect == "sqlite" for each in recording.shapes)
    for pause in recording.pauses:
        first, last = pause.stack[:1], pause.until[:1]
        if not first or not last or any(is_test(each.file) for each in (*first, *last)):
            continue
        if not pause.wrote and (lite or (pause.ended == "rollback" and pause.seconds < _LONG)):
            continue
        yield _finding(pause)


def _finding(pause: Pause) -> Finding:
    first, last = pause.stack[0], pause.until[0]
    at = pause.at or last
    words = f"between {holding.said(first)} and {holding.said(last)}"
    witness = f"{pause.seconds:.1f} s {words}"
    locks = ", with the rows locked that it wrote" if pause.wrote else ""
    claim = holding.claim(
        "holds_transaction", "pauses", first, "nothing is sent while it is open", witness
    )
    return holding.finding(
        at,
        f"the transaction stays open for {pause.seconds:.1f} s of waiting{locks}",
        [claim],
        severity=None if pause.seconds >= _LONG else "info",
        evidence=[f"last statement: {holding.said(first)}", f"then: {holding.said(last)}"],
        wrote=pause.wrote,
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives the wait before the transaction, or behind it."""
    return Advice(
        reason="a transaction should hold what belongs together in the database, and nothing else",
        fix=Fix(
            "commit before the wait, or wait before the first statement",
            "value = object.attribute  # what is needed later\nsession.commit()\nsend(value)",
        ),
        alternatives=(
            Alternative(
                "write a row that says what is to be sent, and have a worker send it",
                "sent once the commit has happened, and never without it; a worker has to run",
            ),
            Alternative(
                "idle_in_transaction_session_timeout on the server",
                "a limit for all that was overlooked; what is over it fails",
            ),
        ),
        risk=Risk(
            "the transaction is committed, and then the other service fails",
            "write down that it is to be done, and do it again until it is",
        ),
        undo=Undo("put the commit behind the wait again"),
        tests="a second connection updates the same row meanwhile, with a short lock_timeout",
        backup="none needed: the same rows are written",
    )
