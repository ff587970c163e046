"""After an error the program goes on with a transaction that has failed.

## What it does

Looks for a Session that is used after a flush failed (PendingRollbackError), and for statements in
a transaction that PostgreSQL has aborted: it names what caught the first error, and what went on.

## Why is this bad?

Nothing of what follows is done: every statement fails until the rollback, those of the rest of the
request or the batch among them, and the first error is hidden behind the later ones.

## When to leave it

Never: without a rollback nothing can be saved in that transaction.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Error, Recording
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import holding

APPLIES = Applies()
SEVERITY = "error"
_KINDS = ("PendingRollbackError", "InFailedSqlTransaction", "InFailedSQLTransactionError")
_MODELS = """
class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(40), unique=True)

def fill(session):
    session.add(Account(owner="ada"))

from sqlalchemy.exc import IntegrityError, InternalError, PendingRollbackError
"""
BAD = ProgramExample(
    _MODELS
    + """
def work(session):
    session.add(Account(owner="ada"))
    try:
        session.flush()
    except IntegrityError:
        pass
    try:
        session.add(Account(owner="grace"))
        session.flush()
    except PendingRollbackError:
        session.rollback()
    return "done"
""",
    claims=("fails_at_runtime",),
    fixed="""
def work(session):
    for owner in ("ada", "grace"):
        try:
            with session.begin_nested():
                session.add(Account(owner=owner))
        except IntegrityError:
            continue
    return "done"
""",
)
BAD_ABORTED = ProgramExample(
    _MODELS
    + """
def main(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        try:
            connection.execute(insert(Account).values(owner="ada"))
        except IntegrityError:
            pass
        try:
            return connection.scalar(select(func.count(Account.id)))
        except InternalError:
            return "aborted"
""",
    claims=("fails_at_runtime",),
    dialect="postgresql",
)
GOOD = ProgramExample(
    _MODELS
    + """
def work(session):
    for owner in ("ada", "grace"):
        try:
            with session.begin_nested():
                session.add(Account(owner=owner))
        except IntegrityError:
            continue
    return "done"
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each line that caught an error and went on without rollback."""
    told: set[tuple[str, int]] = set()
    for error in recording.errors:
        if error.kind not in _KINDS or not error.stack:
            continue
        at = error.handler or (error.first or error.stack)[0]
        if (at.file, at.line) not in told:
            told.add((at.file, at.line))
            yield _finding(error)


def _finding(error: Error) -> Finding:
    at = error.handler or (error.first or error.stack)[0]
    witness = f"{error.kind} at {holding.said(error.stack[0])}"
    claim = holding.claim(
        "fails_at_runtime", "errors", error.stack[0], "what follows the error fails", witness
    )
    first = [f"first error: {holding.said(error.first[0])}"] if error.first else []
    return holding.finding(
        at,
        "the transaction has failed, and the program goes on without a rollback",
        [claim],
        evidence=[*first, f"went on: {holding.said(error.stack[0])}"],
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives a savepoint around what may fail, or the rollback."""
    return Advice(
        reason="a failed flush rolls the transaction back, and PostgreSQL ends it at the first "
        "error: only a rollback, or one to a savepoint, makes it usable again",
        fix=Fix(
            "a savepoint around what may fail",
            "try:\n    with session.begin_nested():\n        session.add(row)\n"
            "except IntegrityError:\n    …  # the savepoint is rolled back, the rest goes on",
        ),
        alternatives=(
            Alternative(
                "session.rollback() in the except",
                "takes back all that the transaction has done so far, not only what failed",
            ),
            Alternative(
                "insert … on conflict do nothing",
                "no error at all, and no savepoint; only for keys that are there already",
            ),
        ),
        risk=Risk(
            "a savepoint for each row costs two statements more",
            "take on conflict do nothing where there are many rows",
        ),
        undo=Undo("take the savepoint away"),
        tests="a row whose key is there already, then another one: the other one is saved",
        backup="none needed: what was lost is saved now",
    )
