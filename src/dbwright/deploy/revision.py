"""One revision: tried, tried again when its lock was not given, told when it is half applied."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from dbwright.core.errors import DbwrightError, UpgradeError, UserCodeError
from dbwright.core.upgraded import Attempt, Pending, RevisionRun, RevisionState
from dbwright.deploy.desk import Failure, UpgradeDesk, done
from dbwright.deploy.journal import Journal
from dbwright.deploy.locks import Locks
from dbwright.deploy.resume import Unfinished
from dbwright.deploy.target import Target

if TYPE_CHECKING:
    from dbwright.deploy.run import Order

LONGEST_PAUSE = 60.0
_AGAIN = {
    "55P03": "a lock was not given in time",
    "40P01": "it was the victim of a deadlock",
    "40001": "it could not be serialized",
    "1205": "a lock was not given in time",
    "1213": "it was the victim of a deadlock",
    "SQLITE_BUSY": "the file was locked",
    "SQLITE_BUSY_SNAPSHOT": "the file was locked",
    "SQLITE_LOCKED": "the file was locked",
}


@dataclass(slots=True)
class Site:
    """A database under upgrade: our session on it, its journal, what is seen of its locks."""

    target: Target
    connection: Connection
    journal: Journal
    locks: Locks
    lock_seconds: float = 5.0
    token: str = field(default_factory=lambda: f"dbwright-upgrade-{uuid.uuid4().hex[:16]}")

    def desk(self, revision: str = "", left: Unfinished | None = None) -> UpgradeDesk:
        """Gives a desk for an attempt at a revision."""
        self.locks.pid = None
        desk = UpgradeDesk(
            self.target,
            self.connection,
            self.journal,
            self.locks,
            self.token,
            revision,
            self.lock_seconds,
        )
        if left is not None:
            desk.stands = dict(left.stands)
            desk.has_written = bool(left.stands)
        return desk


@dataclass(frozen=True, slots=True)
class Ran:
    """A revision's run, and the error that ended the upgrade with it."""

    run: RevisionRun
    error: DbwrightError | None = None


def run_revision(
    order: Order, site: Site, pending: Pending, left: Unfinished, say: Callable[[str], None]
) -> Ran:
    """Runs a revision to its end, or to an error that trying again does not mend."""
    started = time.monotonic()
    attempts: list[Attempt] = []
    dropped: list[str] = []
    while True:
        begun = time.monotonic()
        desk = site.desk(pending.revision, left)
        error = _tried(order, site, pending, desk, resumes=bool(left.stands))
        dropped += desk.dropped
        locks, blockers = site.locks.taken()
        seconds = round(time.monotonic() - begun, 3)
        if error is None:
            site.journal.drop(pending.revision)
            run = _run(pending, desk, "done", time.monotonic() - started, locks)
            return Ran(_with(run, attempts, dropped))
        if desk.is_committed:
            site.journal.drop(pending.revision)
            run = _run(pending, desk, "done", time.monotonic() - started, locks, error.message)
            return Ran(_with(run, attempts, dropped), _behind(error, pending))
        desk.after_failure()
        left = Unfinished(desk.standing())
        why = _why_again(desk.failure, error)
        if why is not None:
            attempts.append(Attempt(seconds, f"{why}: {error.message}", blockers))
        if why is None or len(attempts) > order.settings.retries:
            state: RevisionState = "half applied" if left.stands else "failed"
            run = _run(pending, desk, state, time.monotonic() - started, locks, error.message)
            return Ran(_with(run, attempts, dropped), _told(error, run, left, desk))
        pause = _pause(order.settings.pause_seconds, len(attempts))
        say(f"{pending.revision}: {why}; again in {pause:.1f} s")
        time.sleep(pause)


def _tried(
    order: Order, site: Site, pending: Pending, desk: UpgradeDesk, *, resumes: bool
) -> DbwrightError | None:
    """Runs it once; gives what stopped it."""
    try:
        order.call(
            "advance",
            desk,
            site.target,
            expected=pending.revision,
            token=site.token,
            resumes=resumes,
        )
    except (UserCodeError, UpgradeError) as error:
        return error
    except DBAPIError as error:  # of our own statements
        words = words_of(error)
        desk.failure = Failure(words, str(getattr(error.orig, "sqlstate", "")))
        return DbwrightError(words)
    finally:
        site.locks.release()
    return None


def _why_again(failure: Failure | None, error: DbwrightError) -> str | None:
    if failure is None or isinstance(error, UpgradeError):
        return None
    return _AGAIN.get(failure.code)


def _pause(first: float, count: int) -> float:
    """A random pause, longer each time, so that two that met do not meet again."""
    return random.uniform(0.5, 1.0) * min(first * 2.0 ** (count - 1), LONGEST_PAUSE)


def _run(
    pending: Pending,
    desk: UpgradeDesk,
    state: RevisionState,
    seconds: float,
    locks: Any,
    error: str = "",
) -> RevisionRun:
    statements = desk.statements()
    return RevisionRun(
        pending.revision,
        pending.message,
        pending.path,
        state,
        round(seconds, 3),
        desk.count,
        tuple(map(done, statements)) if state == "done" else statements,
        locks,
        error=error,
    )


def _with(run: RevisionRun, attempts: list[Attempt], dropped: list[str]) -> RevisionRun:
    return replace(run, attempts=tuple(attempts), dropped=tuple(dropped))


def _behind(error: DbwrightError, pending: Pending) -> DbwrightError:
    return UpgradeError(
        error.message,
        file=error.file,
        line=error.line,
        way_out=f"{pending.revision} itself is committed: env.py failed behind it.",
    )


def _told(
    error: DbwrightError, run: RevisionRun, left: Unfinished, desk: UpgradeDesk
) -> DbwrightError:
    """Gives the error with what stands and what to do."""
    if not left.stands:
        way_out = "Nothing of it stands: its transaction was rolled back. Mend it, then again."
    else:
        numbers = ", ".join(str(number) for number in sorted(left.stands))
        undone = [s.number for s in run.statements if s.state in ("undone", "failed")]
        rest = ", ".join(map(str, undone)) or "the rest"
        way_out = (
            f"Statement {numbers} of {run.revision} stands, {rest} does not. Mend what stopped it "
            "and run the command again: it passes over what stands, if that is unchanged."
        )
    if error.way_out:
        way_out = f"{error.way_out} {way_out}"
    return UpgradeError(error.message, file=error.file, line=error.line, way_out=way_out)


def words_of(error: DBAPIError) -> str:
    """Gives the first line of what a database said."""
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error).__name__
