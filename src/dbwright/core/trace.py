"""Trace: what one run of a revision did on a sandbox with rows, statement by statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dbwright.core.migration import Migration
from dbwright.core.operation import Statement
from dbwright.core.place import Place

Direction = Literal["upgrade", "downgrade"]


@dataclass(frozen=True, slots=True)
class Lock:
    """A relation lock newly held after (or, in autocommit, during) a statement.

    `relation` is a table key; `existed` whether the table stood before the revision.
    """

    relation: str
    mode: str
    existed: bool = True


@dataclass(frozen=True, slots=True)
class Blocked:
    """A second connection's statement that waited while the lock was held, and was given up.

    `why` is the server's own word where it was asked instead: MySQL's refusal of LOCK=NONE.
    """

    relation: str
    action: Literal["SELECT", "INSERT"]
    lock: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """Rows of a relation read by the statement, and the rows it holds."""

    relation: str
    rows_read: int
    rows: int
    lock: str | None = None

    @property
    def whole(self) -> bool:
        """Whether every row was read."""
        return self.rows > 0 and self.rows_read >= self.rows


@dataclass(frozen=True, slots=True)
class SqlError:
    """An error of the database, with its code (SQLSTATE, or SQLite's name)."""

    code: str
    message: str
    detail: str = ""
    constraint: str | None = None


@dataclass(frozen=True, slots=True)
class StatementTrace:
    """One statement as it ran. `blocked` are the probes that had to wait; times in milliseconds.

    `began` counts from the start of the revision, without the time that watching it took;
    `lock_timeout` is what the session had set when it ran ("0": none), empty where not asked.
    `rows_locked` are the rows of the table written that a second connection found locked then.
    """

    statement: Statement
    milliseconds: float = 0.0
    wal_bytes: int = 0
    locks: tuple[Lock, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    scans: tuple[Scan, ...] = ()
    rewritten: tuple[str, ...] = ()
    rebuilt_indexes: tuple[str, ...] = ()
    rows_changed: int | None = None
    error: SqlError | None = None
    lock_timeout: str = ""
    began: float = 0.0
    rows_locked: int | None = None


@dataclass(frozen=True, slots=True)
class RowLoss:
    """Values that a run removed or changed: of a table, or of one column of it.

    `lost` counts rows gone (column None) or values gone or changed; `of` is how many there were.
    """

    table: str
    column: str | None
    lost: int
    of: int
    example: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One run of one revision. `error` is the text of what stopped it, Python or database.

    `on_purpose` says that a `raise` of the project's own stopped it, which is an answer and no
    fault. `difference` lists how the catalog after it differs from the one wanted (for a
    downgrade: the catalog before the upgrade), one sentence each.
    """

    revision: str
    direction: Direction
    server: str
    statements: tuple[StatementTrace, ...] = ()
    error: str | None = None
    sql_error: SqlError | None = None
    difference: tuple[str, ...] = ()
    losses: tuple[RowLoss, ...] = ()
    milliseconds: float = 0.0
    error_place: str | None = None
    on_purpose: bool = False

    @property
    def failed(self) -> bool:
        """Whether the run stopped."""
        return self.error is not None


@dataclass(frozen=True, slots=True)
class OldCode:
    """A statement of the old code that fails on the new schema and did not on the old one.

    Of the new code (`project`) it fails on the old schema and does not on the new one.
    """

    mapper: str
    action: Literal["SELECT", "INSERT", "UPDATE", "DELETE"]
    sql: str
    error: SqlError
    origin: Literal["merge base", "recorded", "project"] = "merge base"


@dataclass(frozen=True, slots=True)
class EmptyTable:
    """A table for which no row could be made, and why."""

    table: str
    why: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """An upgrade stopped on purpose behind one of its commits, then run again from the start.

    `stopped` is the statement that was refused, `left` what was there by then that was not
    before; `error` and `sql_error` are the second run's, at its statement `failing`.
    """

    stopped: str
    left: tuple[str, ...] = ()
    error: str | None = None
    sql_error: SqlError | None = None
    failing: str | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """What `alembic upgrade --sql`, or the downgrade, wrote for a revision.

    `error` stopped it, at `place`. Else it was run in the place of the revision: `difference` says
    how the database then differs from the one after the revision itself, one sentence each.
    """

    direction: Direction
    statements: tuple[str, ...] = ()
    error: str | None = None
    place: Place | None = None
    difference: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A revision run up, down and up again on a sandbox filled with rows.

    `rows` are the rows per table before the run; `empty` the tables that stayed empty;
    `without_rows` the first run on an empty database when the run with rows failed; `old_code`
    is None when no old code was known; `new_code` are the statements of the code to come that
    need the revision, None when nobody asked; `new_broken` those that worked before
    it and fail after it; `old_ran` and `new_ran` count those that were tried;
    `stand_ins` names what was replaced for the run;
    `server_major` is the version it ran on; `migration` is the revision itself, for rules that
    read both. The downgrade meets rows written under the new schema as well; `down_old_rows` is
    a second one without them, run when the first failed. `kept_invalid` are indexes that were
    marked invalid, as a failed build leaves them, and stayed so when the upgrade's statements
    ran again without an error. `sequences_behind` are the
    columns (`table.column`) whose next generated value a row has already. `refused_rows` is an
    upgrade that stopped because a constraint refused rows that knew nothing of it; the other runs
    are on rows that meet it. `at_the_edge` is an upgrade whose own arithmetic or text failed
    on values as large as their types admit; the other runs then met more ordinary rows.
    `down_at_the_edge` is a downgrade to a narrower type that stopped at wider values written since;
    `down` then met the rows of before. `together` is the upgrade in one transaction with the
    pending revisions below it, where it hangs on what they have done. `interrupted` are the runs
    of an upgrade that commits in the middle, each stopped behind one of the commits. `elsewhere`
    is the upgrade in a database of another time zone, where it converts timestamps. `scripts` are
    what `--sql` writes for a revision that takes the connection, where the project may want that;
    `scripts_wanted` is whether it says so.
    """

    revision: str
    server: str
    server_major: int = 0
    dialect: str = "postgresql"
    up: Trace | None = None
    down: Trace | None = None
    again: Trace | None = None
    without_rows: Trace | None = None
    rows: dict[str, int] = field(default_factory=dict)
    empty: tuple[EmptyTable, ...] = ()
    old_code: tuple[OldCode, ...] | None = None
    stand_ins: tuple[str, ...] = ()
    not_run: str | None = None
    migration: Migration | None = field(default=None, compare=False)
    down_old_rows: Trace | None = None
    kept_invalid: tuple[str, ...] = ()
    at_the_edge: Trace | None = None
    down_at_the_edge: Trace | None = None
    refused_rows: Trace | None = None
    sequences_behind: tuple[str, ...] = ()
    together: Trace | None = None
    interrupted: tuple[Interrupted, ...] = ()
    elsewhere: tuple[StatementTrace, ...] = ()
    new_code: tuple[OldCode, ...] | None = None
    new_broken: tuple[OldCode, ...] = ()
    scripts: tuple[Script, ...] = ()
    scripts_wanted: bool = False
    old_ran: int = 0
    new_ran: int = 0

    def traces(self) -> tuple[Trace, ...]:
        """The runs that took place, in order."""
        return tuple(run for run in (self.up, self.down, self.again) if run is not None)
