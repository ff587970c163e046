"""An upgrade of one database: under its gate, a revision at a time, retried and resumed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from dbwright.core.errors import DbwrightError, UpgradeError, UserCodeError
from dbwright.core.upgraded import Outlook, Pending, RevisionRun, UpgradeReport
from dbwright.deploy.gate import held, still_held
from dbwright.deploy.hand import Desk, Hand, NoDesk
from dbwright.deploy.journal import journal_of
from dbwright.deploy.locks import Locks
from dbwright.deploy.resume import Unfinished, unfinished
from dbwright.deploy.revision import Site, run_revision, words_of
from dbwright.deploy.target import Target, lacks_schema, why_read_only

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Code:
    """The project's code: its interpreter, its folder, its configuration."""

    python: Path
    root: Path
    config: str | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How an upgrade behaves. `it_ran` is what the user says of a statement that was cut off."""

    lock_seconds: float = 5.0
    retries: int = 10
    pause_seconds: float = 1.0
    wait_seconds: float = 60.0
    it_ran: bool | None = None


class Unreachable(UpgradeError):
    """The database did not answer."""


class Ahead(UpgradeError):
    """The database stands at a revision that this code does not have."""


@dataclass(slots=True)
class Order:
    """What is to be done: by whose hand, with which code, how far."""

    hand: Hand
    code: Code
    revision: str = "head"
    settings: Settings = field(default_factory=Settings)

    def call(self, command: str, desk: Desk, target: Target, **more: Any) -> Any:
        """Gives the result of a command of the child on a target."""
        token = more.pop("token", "")
        resumes = more.pop("resumes", False)
        return self.hand.call(
            command,
            desk,
            config=self.code.config,
            section=self.code.section,
            revision=self.revision,
            target={
                "url": target.full,
                "dialect": target.parts.get_backend_name(),
                "schema": target.schema if target.family == "postgresql" else None,
                "lock_seconds": self.settings.lock_seconds,
                "x": list(target.arguments),
                "token": token,
                "resumes": resumes,
            },
            **more,
        )


@contextlib.contextmanager
def opened(target: Target) -> Iterator[Connection]:
    """Gives a session of ours, in autocommit; Unreachable where nothing answers."""
    if target.family == "sqlite" and not Path(str(target.parts.database)).exists():
        raise Unreachable(
            f"there is no file {target.parts.database}",
            way_out="An upgrade makes no database. Make it first, or correct the path.",
        )
    engine = target.engine()
    try:
        connection = engine.connect()
    except DBAPIError as error:
        raise Unreachable(
            f"cannot connect to {target.shown}: {words_of(error)}",
            way_out="See that it runs, and that this machine and this role may connect.",
        ) from None
    with connection:
        yield connection


def outlook(order: Order, target: Target, *, with_sql: bool = False) -> Outlook:
    """Gives what an upgrade would do; nothing is changed.

    Raises UpgradeError where it is refused: a replica, several heads, a database ahead of the
    code; UserCodeError where the project's code stops it.
    """
    with opened(target) as connection:
        _refuse_server(connection, target)
        found = _looked(order, target, connection)
    if not with_sql or not found.pending:
        return found
    written = order.call("written", NoDesk(), target, start=list(found.heads))
    if written["failure"] is not None:
        return replace(
            found,
            sql=tuple(written["statements"]),
            sql_missing=f"from there on it asks the database: {written['failure']['message']}",
        )
    if not written["reached"]:
        return replace(found, sql_missing="env.py has no offline mode")
    return replace(found, sql=tuple(written["statements"]))


def _looked(order: Order, target: Target, connection: Connection) -> Outlook:
    site = Site(target, connection, journal_of(target, connection), Locks(connection, ""))
    data = order.call("look", site.desk(), target, token=site.token)
    found = Outlook(
        target.shown,
        tuple(data["heads"]),
        tuple(data["code_heads"]),
        tuple(Pending(**{**each, "heads": tuple(each["heads"])}) for each in data["pending"]),
        tuple(data["unknown"]),
    )
    _refuse_graph(order, found, ran=data["ran"])
    return found


def _refuse_server(connection: Connection, target: Target) -> None:
    why = why_read_only(connection, target)
    if why is not None:
        raise UpgradeError(f"{target.shown} takes no writes: {why}", way_out="Name the primary.")
    if lacks_schema(connection, target):
        raise UpgradeError(
            f"there is no schema {target.schema} in {replace(target, schema=None).shown}",
            way_out="Create it, or take it out of the inventory.",
        )


def _refuse_graph(order: Order, found: Outlook, *, ran: bool) -> None:
    if not ran:
        raise UpgradeError(
            "env.py ended without running any migration",
            way_out="It is to call context.run_migrations(), as alembic's own template does.",
        )
    if found.unknown:
        raise Ahead(
            f"{found.target} is ahead of this code: it stands at {', '.join(found.unknown)}, "
            "which is in no file here",
            way_out="Deploy the code that has this revision; an older one must not upgrade.",
        )
    if order.revision == "head" and len(found.code_heads) > 1:
        raise UpgradeError(
            f"the code has {len(found.code_heads)} heads: {', '.join(found.code_heads)}",
            way_out="Merge them:  alembic merge heads   or say which:  dbwright migrations "
            "upgrade heads",
        )


def upgrade(order: Order, target: Target, say: Say) -> UpgradeReport:
    """Upgrades one database, and gives what happened; it raises nothing but UsageError.

    It waits for another upgrade, runs the pending revisions each in its own transaction, tries
    one again whose lock was not given, and goes on where an earlier upgrade was cut off.
    """
    started = time.monotonic()
    course = _Course(UpgradeReport(target.shown, "failed"))
    try:
        with opened(target) as connection:
            _refuse_server(connection, target)
            with held(target, connection, order.settings.wait_seconds, say) as (waited, who):
                course.report = replace(course.report, waited=round(waited, 3), waited_for=who)
                _run(order, target, connection, course, say)
    except Unreachable as error:
        course.failed("unreachable", error)
    except UpgradeError as error:
        course.failed("failed" if course.report.revisions else "refused", error)
    except (UserCodeError, DBAPIError) as error:
        course.failed("failed", error)
    return replace(course.report, seconds=round(time.monotonic() - started, 3))


@dataclass(slots=True)
class _Course:
    """The report as it grows."""

    report: UpgradeReport

    def failed(self, state: Any, error: Exception) -> None:
        """Notes what stopped it."""
        message, way_out = str(error), ""
        if isinstance(error, DbwrightError):
            way_out = error.way_out or ""
            place = f"{error.file}:{error.line}: " if error.file and error.line else ""
            message = f"{place}{error.message}"
        elif isinstance(error, DBAPIError):
            message = words_of(error)
        self.report = replace(self.report, state=state, error=message, way_out=way_out)


def _run(order: Order, target: Target, connection: Connection, course: _Course, say: Say) -> None:
    locks = Locks(connection, target.family)
    journal = journal_of(target, connection)
    site = Site(target, connection, journal, locks, order.settings.lock_seconds)
    found = _looked(order, target, connection)
    course.report = replace(course.report, before=found.heads, after=found.heads)
    pending = [each.revision for each in found.pending]
    left = unfinished(site.journal, connection, pending, order.settings.it_ran)
    if not pending:
        course.report = replace(course.report, state="nothing to do")
        return
    for number, each in enumerate(found.pending):
        if not still_held(target, connection):
            raise UpgradeError(
                f"the session that keeps other upgrades of {target.shown} out was lost",
                way_out="Run the command again: it goes on from here.",
            )
        say(f"{target.shown}: {each.revision} {each.message}")
        ran = run_revision(order, site, each, left.get(each.revision, Unfinished()), say)
        course.report = replace(course.report, revisions=(*course.report.revisions, ran.run))
        if ran.run.state == "done":
            course.report = replace(course.report, after=each.heads)
        if ran.error is not None:
            rest = tuple(_not_run(later) for later in found.pending[number + 1 :])
            course.report = replace(course.report, revisions=(*course.report.revisions, *rest))
            raise ran.error
    notes = (locks.note,) if locks.note else ()
    course.report = replace(course.report, state="done", notes=notes)


def _not_run(pending: Pending) -> RevisionRun:
    return RevisionRun(pending.revision, pending.message, pending.path)
