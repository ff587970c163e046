"""What is done with one database of a fleet: upgraded, asked where it stands, or read."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from sqlalchemy.exc import SQLAlchemyError

from dbwright.core.errors import DbwrightError, UpgradeError
from dbwright.core.fleet import TargetRun, TargetState
from dbwright.core.upgraded import UpgradeReport
from dbwright.deploy.hand import Hand
from dbwright.deploy.run import Ahead, Code, Order, Settings, Unreachable, opened, outlook, upgrade
from dbwright.deploy.target import Target
from dbwright.fleet.digest import digest_of, lines_of
from dbwright.fleet.inventory import Member

_STATES: dict[str, TargetState] = {
    "done": "done",
    "nothing to do": "done",
    "failed": "failed",
    "refused": "refused",
    "unreachable": "unreachable",
}


@dataclass(frozen=True, slots=True)
class Task:
    """The revision that a fleet is to stand at, and how each database is brought there."""

    code: Code
    revision: str
    settings: Settings
    stands_at: str = ""
    """Where a database stands that is done."""
    wave: int = 0
    only_asks: bool = False

    def __call__(self, hand: Hand, member: Member) -> TargetRun:
        """Does what is to be done with a database; what goes wrong is in the result."""
        return self.asked(hand, member) if self.only_asks else self.upgraded(hand, member)

    def upgraded(self, hand: Hand, member: Member) -> TargetRun:
        """Upgrades a database; what goes wrong is in the result."""
        started = time.monotonic()
        try:
            report = upgrade(self._order(hand), member.target, _silent)
        except Exception as error:  # one database must not end the others' upgrade
            return self._failed(member, error, started)
        run = TargetRun(
            member.name,
            member.target.host,
            self.wave,
            _STATES[report.state],
            ", ".join(report.after),
            _words(report),
            round(time.monotonic() - started, 3),
        )
        if run.state != "done":
            return run
        try:
            return replace(run, digest=digest_of(schema_of(member.target)))
        except (SQLAlchemyError, UpgradeError):
            return run

    def asked(self, hand: Hand, member: Member) -> TargetRun:
        """Asks where a database stands; nothing is changed."""
        started = time.monotonic()
        try:
            found = outlook(self._order(hand), member.target)
        except Exception as error:
            return self._failed(member, error, started)
        state: TargetState = "behind" if found.pending else "done"
        return TargetRun(
            member.name,
            member.target.host,
            self.wave,
            state,
            ", ".join(found.heads),
            seconds=round(time.monotonic() - started, 3),
            pending=len(found.pending),
        )

    def _order(self, hand: Hand) -> Order:
        return Order(hand, self.code, self.revision, self.settings)

    def _failed(self, member: Member, error: Exception, started: float) -> TargetRun:
        state: TargetState = "failed"
        if isinstance(error, UpgradeError):
            state = "refused"
        if isinstance(error, Unreachable):
            state = "unreachable"
        if isinstance(error, Ahead):
            state = "ahead"
        seconds = round(time.monotonic() - started, 3)
        host = member.target.host
        words = (
            str(error) if isinstance(error, DbwrightError) else f"{type(error).__name__}: {error}"
        )
        return TargetRun(member.name, host, self.wave, state, error=words, seconds=seconds)


def schema_of(target: Target) -> tuple[str, ...]:
    """Gives the lines of a database's schema; Unreachable where it does not answer."""
    with opened(target) as connection:
        return lines_of(connection)


def _words(report: UpgradeReport) -> str:
    if not report.error:
        return ""
    failed = next((r.revision for r in report.revisions if r.state not in ("done", "not run")), "")
    where = f"{failed}: " if failed else ""
    return f"{where}{report.error}" + (f"\n{report.way_out}" if report.way_out else "")


def _silent(text: str) -> None:
    """Says nothing: a fleet's progress is told by its databases."""
