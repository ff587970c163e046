"""Errors of waiting: locks, deadlocks, statements out of time, a pool without connections."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dbwright.core.explanation import Do, Explanation, Reason
from dbwright.core.failure import Failure, Known
from dbwright.core.finding import Alternative

BLOCKERS = """select pid, pg_blocking_pids(pid), state, now() - xact_start as open_for, query
from pg_stat_activity where state <> 'idle' order by xact_start"""
_TABLE = re.compile(
    r"(?:alter table|on|update|from|into|table|relation)\s+(?:only\s+|if exists\s+)?[\"`]?(\w+)",
    re.I,
)
_WORDS = (
    "lock timeout", "deadlock detected", "Deadlock found", "Lock wait timeout", "QueuePool limit",
    "database is locked", "statement timeout", "could not serialize", "current transaction is "
    "aborted",
    "transaction has been rolled back", "Can't reconnect until invalid transaction",
)  # fmt: skip

_NO_TABLES = {
    "lock", "the", "a", "statement", "tuple", "alter", "table", "update", "select", "insert",
    "delete", "only", "transaction", "create", "drop", "relation",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Case:
    answer: str
    do: tuple[Do, ...]
    others: tuple[Alternative, ...]
    risk: str
    tests: str


def explains(failure: Failure) -> bool:
    """Whether something was waited for in vain, or its transaction had failed before."""
    return any(word.lower() in failure.message.lower() for word in _WORDS) or failure.kind in (
        "PendingRollbackError", "InFailedSqlTransaction", "DeadlockDetected", "LockNotAvailable",
    )  # fmt: skip


def explain(failure: Failure, known: Known) -> Explanation:
    """Gives who waits for whom, and what ends it."""
    said = f"{failure.kind} {failure.message}".lower()
    table = _table(failure)
    if "queuepool" in said:
        case = _pool()
    elif "deadlock" in said:
        case = _deadlock()
    elif "locked" in said and "database" in said:
        case = _sqlite()
    elif "serialize" in said:
        case = _serialize()
    elif "statement timeout" in said:
        case = _statement()
    elif "lock" in said:
        case = _lock(table)
    else:
        case = _rolled_back()
    reasons = [
        Reason(f"it said: {failure.message.splitlines()[0] if failure.message else failure.kind}")
    ]
    own = failure.own
    if own is not None and own.code:
        reasons.append(Reason(f"it is met by: {own.code}", own.place))
    about = f" on {table}" if table else ""
    return Explanation(
        f"{failure.kind}; a wait that ended in an error{about}",
        case.answer,
        case.do,
        tuple(reasons),
        case.others,
        case.risk,
        "none needed: the statement did nothing, and its transaction is rolled back",
        case.tests,
        "none needed: no row changed",
        "reasoned from the error's text: your database was not asked who held what",
        own.place if own else None,
        more=("dbwright check --select lock-held-over-work,missing-lock-timeout,open-transaction",),
    )


def _table(failure: Failure) -> str:
    for text in (failure.statement, failure.message):
        for found in _TABLE.finditer(text[:5000]):
            if found[1].lower() not in _NO_TABLES:
                return found[1]
    return ""


def _lock(table: str) -> _Case:
    what = f"a lock on {table}" if table else "a lock"
    return _Case(
        f"The statement waited for {what} that another transaction held, and lock_timeout ended "
        "the wait before others had to queue behind it. Nothing was changed: run it again.",
        (
            Do("Run it again, in a quiet moment", "alembic upgrade head", "sh"),
            Do("Where it fails again, see who holds the lock", BLOCKERS, "sql"),
        ),
        (
            Alternative(
                "a loop that tries again with a pause",
                "gets through a busy table by itself; keep lock_timeout at some seconds",
            ),
            Alternative("no lock_timeout", "every query of the table queues behind the wait"),
        ),
        "ending the blocker (pg_terminate_backend) rolls its work back",
        "run the revision while another session holds a row of the table: it must end by itself",
    )


def _deadlock() -> _Case:
    return _Case(
        "Two transactions held what the other one wanted, and the server ended one of them. It "
        "can simply be run again.".replace("simply ", ""),
        (
            Do(
                "Write or lock the rows in one order everywhere, by their key",
                "select(Model).where(…).order_by(Model.id).with_for_update()",
            ),
            Do("Run the transaction again when it is ended: whole, not the statement alone"),
        ),
        (
            Alternative("shorter transactions", "fewer meet; the order is still by chance"),
            Alternative("one statement for all rows", "it locks in the order of its plan"),
        ),
        "a retry repeats what the transaction does outside of the database: mails, calls",
        "two sessions that write the same two rows in either order",
    )


def _pool() -> _Case:
    return _Case(
        "All connections of the pool are in use, and none came back in time: sessions are held "
        "longer than they are needed, or are never closed.",
        (
            Do(
                "Close each session where it ends: a block for each request or job",
                "with Session(engine) as session:\n    …",
            ),
            Do("Hold none over a call to another service, a stream or a sleep"),
            Do("See which are open, and since when", BLOCKERS, "sql"),
        ),
        (
            Alternative(
                "pool_size and max_overflow raised",
                "only helps where that many really work at once; the server's max_connections "
                "bounds all processes together",
            ),
        ),
        "a larger pool hides a leak until the server refuses connections to everybody",
        "a test with pool_size=1, max_overflow=0 and a short pool_timeout: a session that is held "
        "fails at once",
    )


def _sqlite() -> _Case:
    return _Case(
        "Another connection writes to the SQLite file, and it takes one writer at a time.",
        (
            Do(
                "Commit sooner; let readers not wait for the writer",
                "PRAGMA journal_mode=WAL",
                "sql",
            ),
            Do("Wait for it", 'create_engine(url, connect_args={"timeout": 30})'),
        ),
        (
            Alternative(
                "a server such as PostgreSQL", "many writers at once; one more thing to run"
            ),
        ),
        "WAL keeps two more files beside the database: copy all of them, or use .backup",
        "two sessions that write at once",
    )


def _serialize() -> _Case:
    return _Case(
        "Another transaction changed what this one had read, and its isolation level forbids "
        "that: the server asks to run it again.",
        (Do("Run the whole transaction again, a bounded number of times"),),
        (Alternative("READ COMMITTED with locks on the rows", "no retry; readers wait instead"),),
        "a retry repeats what the transaction does outside of the database",
        "two sessions that read and write the same row",
    )


def _statement() -> _Case:
    return _Case(
        "The statement ran longer than statement_timeout allows, and the server ended it.",
        (
            Do(
                "Find out what takes the time",
                'dbwright ask "why is this slow?" slow.sql --db URL',
                "sh",
            ),
        ),
        (
            Alternative(
                "a longer statement_timeout for this one", "others wait for its locks longer"
            ),
        ),
        "a longer timeout holds connections and locks for longer",
        "EXPLAIN (ANALYZE, BUFFERS) of the statement on a copy",
    )


def _rolled_back() -> _Case:
    return _Case(
        "An earlier statement of this transaction failed, and whatever follows is refused until "
        "it is rolled back. The first error is the one to mend.",
        (
            Do(
                "Roll back where an error is caught, or use a block that does", "session.rollback()"
            ),
            Do(
                "To go on after an error that is expected, give it a savepoint",
                "with session.begin_nested():\n    …",
            ),
        ),
        (Alternative("a session for each unit of work", "nothing of the failed one is left"),),
        "what was written before in the same transaction is gone with it",
        "a test that provokes the first error and goes on",
    )
