"""What `migrations rehearse` tells: each revision with its runs, dangers and estimates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dbwright.core.finding import Finding, Unverified
from dbwright.core.report import Summary
from dbwright.core.trace import Rehearsal

REHEARSAL_VERSION = 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a statement would take over the rows that production has.

    `relation` is the table whose rows it works on, `rows` production's. `low` and `high` are
    the rows at which it was measured here, `per_second` the rows it went through in a second
    between the two. With `no_growth` no growth was to be seen, and all of its time was counted.
    """

    statement: int
    relation: str
    rows: int
    milliseconds: float
    low: int
    high: int
    per_second: float
    no_growth: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """One lock on one relation. Times count in milliseconds from the start of the revision.

    `statement` is the number of the statement that took it, from 1, `last` of the last one that
    ran under it. `stops` are the actions of a second session that had to wait for it.
    `estimated` is how long it would be held over production's rows, where that is known.
    """

    relation: str
    mode: str
    begin: float
    end: float
    statement: int
    last: int
    until: Literal["commit", "the end of the statement"]
    stops: tuple[str, ...] = ()
    estimated: float | None = None


@dataclass(frozen=True, slots=True)
class Backup:
    """What to keep before a step that destroys, how to bring it back, and whether that was seen.

    `seen` is what came of it in the rehearsal: the backup taken, the step done, the restore run,
    the rows compared; `held` whether all of them were back, None where it was not run.
    """

    table: str
    what: str
    keep: str
    restore: str
    otherwise: str
    size: str = ""
    held: bool | None = None
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One revision rehearsed. `dangers` are what was seen and should not be.

    `locks` are the timeline of the upgrade, `locks_down` that of the downgrade; `why_not` says what
    kept it from being run, or from being run whole; `allowed` are the rules that a comment of the
    project allows, each with its reason, so that what they are about is no danger.
    """

    revision: str
    message: str
    path: str
    rehearsal: Rehearsal | None = None
    dangers: tuple[Finding, ...] = ()
    locks: tuple[Span, ...] = ()
    locks_down: tuple[Span, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    backups: tuple[Backup, ...] = ()
    why_not: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    @property
    def verdict(self) -> Literal["danger", "unverified", "clean"]:
        """Whether something was dangerous or lost, or could not be told, or neither."""
        if any(item.severity in ("error", "warning") for item in self.dangers):
            return "danger"
        return "unverified" if self.why_not else "clean"

    @property
    def order(self) -> str:
        """How the revision and the code are to be deployed, as both codes were seen to run."""
        run = self.rehearsal
        if run is None or run.up is None or run.up.failed:
            return ""
        old, new = bool(run.old_code), bool(run.new_code)
        if old and new:
            return (
                "neither order works while both run: the deployed code fails after the revision, "
                "the new code before it. Split it into phases."
            )
        if old and run.new_broken:
            return "no code that is known runs after it: the new code fails as the deployed one."
        if old:
            return "the code first, then the revision: the deployed code fails after it."
        if new:
            return "the revision first, then the code: the new code fails before it."
        if run.old_code is not None and run.new_code is not None and not run.new_broken:
            return "either first: the deployed code runs after it, the new code before it."
        return ""


@dataclass(frozen=True, slots=True)
class RehearsalReport:
    """All that one rehearsal of revisions says. `errors` are about what could not be read."""

    outcomes: tuple[Outcome, ...] = ()
    errors: tuple[str, ...] = ()
    unverified: tuple[Unverified, ...] = ()
    summary: Summary = field(default_factory=Summary)

    def count(self, verdict: str) -> int:
        """How many revisions have that verdict."""
        return sum(1 for item in self.outcomes if item.verdict == verdict)

    @property
    def exit_status(self) -> int:
        """0 nothing dangerous or lost, 1 something, 2 nothing could be read, 3 not all verified."""
        if self.errors:
            return 2
        if self.count("danger"):
            return 1
        return 3 if self.unverified or self.count("unverified") else 0
