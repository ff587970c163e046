"""Upgraded: what an upgrade of one database ran, held, waited for, retried and left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StatementState = Literal["done", "kept", "undone", "failed", "passed over", "unknown"]
RevisionState = Literal["done", "failed", "half applied", "not run"]
UpgradeState = Literal["done", "nothing to do", "failed", "refused", "unreachable"]


@dataclass(frozen=True, slots=True)
class StatementRun:
    """A statement of a revision. `alone` is one outside of a transaction.

    Its state is "done", "kept" where the revision failed and it stands all the same, "undone"
    where it was rolled back, "failed", "passed over" where an attempt before had run it, or
    "unknown" where it was cut off.
    """

    number: int
    sql: str
    seconds: float
    state: StatementState
    alone: bool = False
    rows: int | None = None
    error: str = ""
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class LockRun:
    """A lock of the migrating session on a relation: as seen from another session.

    `seconds` is how long it was held at most, `waited` how long the session was seen to wait.
    """

    relation: str
    mode: str
    seconds: float
    waited: float = 0.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that failed: after how many seconds, why, and who stood in the way."""

    seconds: float
    error: str
    blockers: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevisionRun:
    """What one revision did; `statements` are the first of `count`."""

    revision: str
    message: str = ""
    path: str | None = None
    state: RevisionState = "not run"
    seconds: float = 0.0
    count: int = 0
    statements: tuple[StatementRun, ...] = ()
    locks: tuple[LockRun, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    dropped: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A revision that an upgrade would run, and the heads of the database behind it."""

    revision: str
    message: str = ""
    path: str | None = None
    heads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an upgrade would do: from where, which revisions, and their SQL where it can be told."""

    target: str
    heads: tuple[str, ...]
    code_heads: tuple[str, ...]
    pending: tuple[Pending, ...]
    unknown: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()
    sql_missing: str = ""


@dataclass(frozen=True, slots=True)
class UpgradeReport:
    """How an upgrade of one database ended."""

    target: str
    state: UpgradeState
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    revisions: tuple[RevisionRun, ...] = ()
    seconds: float = 0.0
    waited: float = 0.0
    waited_for: str = ""
    error: str = ""
    way_out: str = ""
    notes: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """0 where the database is where it was to be, 1 where not, 3 where it was not reached."""
        if self.state in ("done", "nothing to do"):
            return 0
        return 3 if self.state == "unreachable" else 1
