"""The desk: follows one attempt at a revision, statement by statement, from a second session."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from typing import Any, cast

from sqlalchemy import Connection, text

from dbwright.core.errors import UpgradeError
from dbwright.core.upgraded import StatementRun, StatementState
from dbwright.deploy.invalid import drop_invalid
from dbwright.deploy.journal import Entry, Journal
from dbwright.deploy.locks import Locks
from dbwright.deploy.resume import mark_of
from dbwright.deploy.target import Target

SHOWN = 200
"""The first statements of a revision that a report has; those that failed stand there besides."""
_READS = ("select", "show", "pragma", "with", "values", "explain", "describe")
_DDL = ("create", "alter", "drop", "rename", "truncate")


@dataclass(slots=True)
class Record:
    """A statement as it runs."""

    number: int
    sql: str
    digest: str
    alone: bool
    file: str | None
    line: int | None
    started: float
    seconds: float = 0.0
    state: str = "running"
    rows: int | None = None
    gives: bool = False
    error: str = ""


@dataclass(slots=True)
class Failure:
    """What the database said, with its code."""

    error: str
    code: str


@dataclass(slots=True)
class UpgradeDesk:
    """Answers for one attempt; `stands` are statements that an attempt before has left done."""

    target: Target
    connection: Connection
    journal: Journal
    locks: Locks
    token: str
    revision: str
    lock_seconds: float = 5.0
    stands: dict[int, Entry] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    count: int = 0
    dropped: list[str] = field(default_factory=list)
    failure: Failure | None = None
    has_written: bool = False
    is_finished: bool = False
    is_committed: bool = False

    def answer(self, question: str, message: dict[str, Any]) -> Any:
        """Gives the answer to a question of the child."""
        found = getattr(self, f"_on_{question}", None)
        return found(message) if found is not None else None

    def tick(self) -> None:
        """Looks at the locks while a statement runs."""
        running = self._running()
        self.locks.look(running.started if running else None)

    def _running(self) -> Record | None:
        last = self.records[-1] if self.records else None
        return last if last is not None and last.state == "running" else None

    def _on_connected(self, message: dict[str, Any]) -> None:
        """Sees with our own session that the child's is on the same database."""
        session, family = message["session"], self.target.family
        if family == "sqlite":
            is_it = os.path.samefile(str(session), str(self.target.parts.database))
        elif family == "mysql":
            sql = """
                select count(*) from information_schema.processlist
                where id = :id and db = database()"""
            is_it = bool(self.connection.execute(text(sql), {"id": session}).scalar())
        else:
            sql = """
                select count(*) from pg_stat_activity where pid = :pid
                and datname = current_database() and application_name = :token"""
            values = {"pid": session, "token": self.token}
            is_it = bool(self.connection.execute(text(sql), values).scalar())
        if not is_it:
            raise UpgradeError(
                f"env.py reached another database than {self.target.shown}",
                way_out="Nothing was changed there. See what env.py does to its engine: an event "
                "that changes the arguments of a connection?",
            )
        self.locks.pid = session

    def _on_statement_started(self, message: dict[str, Any]) -> str | None:
        self._committed()
        number = message["number"]
        record = Record(
            number,
            message["sql"] if number <= SHOWN else message["sql"][:80],
            message["digest"],
            message["alone"],
            message["file"],
            message["line"],
            time.monotonic(),
        )
        self.count = record.number
        known = self.stands.get(record.number)
        if known is not None:
            if known.digest != record.digest:
                raise _changed(self.revision, known, record)
            if not (known.gives and _first_word(known.sql) in _READS):
                record.state = "passed over"
                self.records.append(record)
                return "pass over"
        self._prepare(record)
        record.started = time.monotonic()
        self.records.append(record)
        return None

    def _prepare(self, record: Record) -> None:
        """Notes what no transaction will undo before it runs, and clears its way."""
        family = self.target.family
        if family == "postgresql":
            if not record.alone:
                return
            dropped = drop_invalid(self.connection, record.sql, self.lock_seconds)
            if dropped:
                self.dropped.append(dropped)
        elif _first_word(record.sql) not in _DDL:
            return
        if family != "sqlite":
            self._keep_before(record.number)
        self._put(record, "running")

    def _put(self, record: Record, state: Any) -> None:
        self.has_written = True
        mark = mark_of(self.connection) if record.state == "running" else ""
        given = (self.revision, record.number, record.sql, record.digest, state, record.gives)
        self.journal.put(Entry(*given, mark))

    def _keep_before(self, number: int) -> None:
        for record in self.records:
            if record.number < number and record.state == "done":
                record.state = "kept"
                self._put(record, "done")

    def _on_statement_finished(self, message: dict[str, Any]) -> None:
        record = self.records[-1]
        if record.number != message["number"] or record.state == "passed over":
            return
        record.seconds = time.monotonic() - record.started
        record.state, record.gives = "done", message["gives"]
        record.rows = message["rows"] if (message["rows"] or -1) >= 0 else None
        self.locks.look(record.started)
        if message["kept"]:
            self._keep_before(record.number)
            record.state = "kept"
            self._put(record, "done")
            self.locks.release()
        elif self.target.family == "sqlite" and _first_word(record.sql) in _DDL:
            self.journal.drop(self.revision, record.number)

    def _on_statement_failed(self, message: dict[str, Any]) -> None:
        self.failure = Failure(message["error"], message["code"])
        self.is_committed = False
        for each in self.records:
            if each.state == "committing":
                each.state = "undone"
                self.journal.drop(self.revision, each.number)
        record = self._running()
        if record is None or record.number != message["number"]:
            return
        record.seconds = time.monotonic() - record.started
        record.state, record.error = "failed", message["error"]
        if message["kept_before"]:
            self._keep_before(record.number)
        if self.has_written:
            self.journal.drop(self.revision, record.number)

    def _on_committing(self, message: dict[str, Any]) -> None:
        self.locks.look()
        self.locks.release()
        if message["revision"] is None:
            self.is_committed = self.is_finished
            return
        for record in self.records:
            if record.state == "done":
                # one that dies in the commit is told as cut off, neither as kept nor as undone
                record.state = "committing"
                self._put(record, "running")

    def _committed(self) -> None:
        """Takes statements for kept whose commit has gone well: the child has gone on."""
        for record in self.records:
            if record.state == "committing":
                record.state = "kept"
                self._put(record, "done")

    def _on_backfilling(self, message: dict[str, Any]) -> None:
        """Takes what was before a backfill for committed."""
        self._committed()

    def _on_rolled_back(self, message: dict[str, Any]) -> None:
        """Has what a savepoint may have undone be passed over by no later attempt."""
        for record in self.records:
            if record.state == "done":
                record.digest = "undone in part"

    def _on_revision_finished(self, message: dict[str, Any]) -> None:
        self.is_finished = message.get("error") is None
        if self.is_finished:
            self._committed()

    def after_failure(self) -> None:
        """Has what was not kept told as undone."""
        for record in self.records:
            if record.state == "done":
                record.state = "undone"
            elif record.state in ("running", "committing"):
                record.state = "unknown"

    def statements(self) -> tuple[StatementRun, ...]:
        """Gives the statements for the report."""
        return tuple(
            _run(record)
            for record in self.records
            if record.number <= SHOWN or record.state in ("failed", "unknown")
        )

    def standing(self) -> dict[int, Entry]:
        """Gives what stands of the revision after this attempt."""
        found = dict(self.stands)
        for record in self.records:
            if record.state == "kept":
                found[record.number] = Entry(
                    self.revision, record.number, record.sql, record.digest, "done", record.gives
                )
        return found


def _run(record: Record) -> StatementRun:
    cut_off = record.state in ("running", "committing")
    state = cast(StatementState, "unknown" if cut_off else record.state)
    return StatementRun(
        record.number,
        record.sql,
        round(record.seconds, 4),
        state,
        record.alone,
        record.rows,
        record.error,
        record.file,
        record.line,
    )


def done(statement: StatementRun) -> StatementRun:
    """Gives a statement of a revision that is done: what was kept is done like the others."""
    return replace(statement, state="done") if statement.state == "kept" else statement


def _first_word(sql: str) -> str:
    words = sql.split(None, 1)
    return words[0].lower() if words else ""


def _changed(revision: str, known: Entry, record: Record) -> UpgradeError:
    return UpgradeError(
        f"{revision} cannot be resumed: its statement {record.number} was {_short(known.sql)}, "
        f"which stands, and is now {_short(record.sql)}",
        way_out="Undo by hand what stands and run it whole, or do the rest by hand and stamp it.",
    )


def _short(sql: str) -> str:
    words = " ".join(sql.split())
    return f"`{words[:120]}{' …' if len(words) > 120 else ''}`"
