"""Writes to a user's database: planned by anybody, approved by a human, applied once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from dbwright import dialects
from dbwright.collect import write_plans
from dbwright.collect.database import UserDatabase, dialect_of, driver_errors, opened
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.reading import Limits
from dbwright.core.writing import PlannedStatement, WritePlan, Written, hash_of

_LONGEST, _MOST = 100_000, 50
_LIMITS = Limits(seconds=300, lock_seconds=5)
"""What an approved write may take: a human waits for it."""
_READS = ("SELECT", "VALUES", "SHOW", "EXPLAIN", "VARIABLE SHOW")
Approve = Callable[[WritePlan], bool]


def plan(sql: str, db: str, *, trial: bool = False) -> WritePlan:
    """Gives what would run and writes it down for a human; nothing is changed.

    `trial` runs it in a transaction that is rolled back: that holds locks and fires triggers, and
    is a human's to ask for. Raises UsageError for what cannot be planned.
    """
    if not sql.strip():
        raise UsageError("there is no statement to plan", way_out="Give the SQL of the write.")
    if len(sql) > _LONGEST:
        raise UsageError(f"a plan has at most {_LONGEST:,} characters: nobody reads more")
    with opened(db) as database:
        room = dialects.get(database.dialect)
        try:
            room.reading_run.prepare(database.connection, Limits(), write=True)
            statements, alone = room.writing.planned(database.connection, sql)
        except driver_errors() as error:
            raise database.failed("cannot plan this on", error) from error
        server = database.words
    _refuse_odd(statements, alone)
    here = write_plans.identity(db)
    made = WritePlan(
        hash_of(here, tuple(each.sql for each in statements)),
        here,
        tuple(statements),
        time.time(),
        alone,
        notes=(server, *_notes(statements, alone)),
    )
    if trial:
        made = replace(made, tried=_trial(made, db))
    write_plans.keep(made)
    return made


def apply(hash: str, db: str, approve: Approve) -> Written:
    """Runs the plan of a hash once `approve`, which shows it to a human, has said yes.

    Raises UsageError for a plan that there is not, and for a no; CollectError where the database
    refuses a statement: then all are rolled back, those apart that commit by themselves.
    """
    found = write_plans.kept(hash, db)
    if not approve(found):
        raise UsageError("nothing was run: the plan was not approved")
    write_plans.kept(hash, db)  # it may have ended, or been changed, while it was shown
    write_plans.used(hash)
    started = time.monotonic()
    rows = _run(found, db, commit=True)
    return Written(hash, found.database, rows, round(time.monotonic() - started, 3))


def _run(made: WritePlan, db: str, *, commit: bool) -> tuple[int | None, ...]:
    with opened(db, write=True) as database:
        room = dialects.get(database.dialect)
        rows: list[int | None] = []
        try:
            room.reading_run.prepare(database.connection, _LIMITS, write=True)
            if made.alone:
                room.writing.leave_transaction(database.connection)
            for each in made.statements:
                rows.append(room.writing.execute(database.connection, each.sql))
            if commit:
                database.connection.commit()
        except driver_errors() as error:
            raise _failed(database, made, len(rows), error) from error
        return tuple(rows)


def _failed(database: UserDatabase, made: WritePlan, done: int, error: Exception) -> CollectError:
    text = str(error.args[-1] if error.args else error).strip().splitlines()
    number = f"statement {done + 1} of {len(made.statements)}"
    left = "It ran by itself: see what it left." if made.alone else "All of it was rolled back."
    if database.dialect in ("mysql", "mariadb"):
        left = "What changes a schema stays; the rest was rolled back."
    return CollectError(
        f"{database.shown} refused {number}: {text[0] if text else type(error).__name__}",
        way_out=f"{left} Plan it again once it is mended.",
    )


def _trial(made: WritePlan, db: str) -> str:
    lasting = any(each.kind.split()[0] in _SCHEMA for each in made.statements)
    if made.alone or (lasting and dialect_of(made.database) in ("mysql", "mariadb")):
        return "not tried: it cannot be rolled back"
    rows = _run(made, db, commit=False)
    counted = ", ".join("-" if each is None else f"{each:,}" for each in rows)
    return f"tried and rolled back: {counted} rows"


_SCHEMA = ("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE")


def _refuse_odd(statements: list[PlannedStatement], alone: bool) -> None:
    if not statements:
        raise UsageError("there is no statement to plan", way_out="Give the SQL of the write.")
    if len(statements) > _MOST:
        raise UsageError(f"a plan has at most {_MOST} statements: nobody reads more")
    if alone and len(statements) > 1:
        raise UsageError(
            "a statement that takes no transaction is planned alone",
            way_out="Plan VACUUM and CONCURRENTLY one by one.",
        )
    if all(each.kind in _READS for each in statements):
        raise UsageError(
            "this only reads, and needs no plan", way_out="dbwright queries read SQL --db URL"
        )


def _notes(statements: list[PlannedStatement], alone: bool) -> list[str]:
    found = []
    if alone:
        found.append("It runs outside of a transaction, and cannot be rolled back.")
    for each in statements:
        if each.everything:
            found.append(f"{each.kind} has no WHERE: it is about every row.")
    return found
