"""A worker: takes a range, runs its batches, takes the next; what each engine's message starts."""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import itertools
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from dbwright.backfill import leases, state, tables
from dbwright.backfill.brakes import Brakes
from dbwright.backfill.definition import Backfill, Settings
from dbwright.backfill.leases import Lease, LeaseLost
from dbwright.backfill.pace import Pace
from dbwright.backfill.servers import limit, prepare, reading, server_of, transaction
from dbwright.backfill.state import State
from dbwright.backfill.statements import Statements
from dbwright.backfill.step import Call, skip_row, step
from dbwright.backfill.trouble import first_line, kind_of
from dbwright.core.errors import BackfillError, ReadOnlyError, UsageError
from dbwright.core.named import named

Outcome = Literal["done", "failed", "cancelled", "paused", "more", "waiting"]
Tell = Callable[[str], None]
PATIENCE = 300.0
"""Seconds for which a server that went away is called again."""
_TRIES = 10
_WAIT = 0.5


@dataclass(frozen=True, slots=True)
class Worked:
    """What one call of `work` came to: `more` is left to do, or `waiting` for other workers."""

    outcome: Outcome
    written: int
    batches: int


@dataclass(slots=True)
class Worker:
    """One worker of a backfill: its name, what tells it to stop, whom it tells why it waits."""

    name: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    tell: Tell = lambda words: None
    replicas: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.name = self.name or f"{socket.gethostname()}:{os.getpid()}"[:190]


def work(
    engine: Engine, name: str, worker: Worker | None = None, seconds: float = float("inf")
) -> Worked:
    """Works on a backfill that was started, for so many seconds; gives what is left.

    Any number of these may run at once, in any processes; a second one of the same message does
    no harm. Raises BackfillError where the work cannot go on, UsageError for a name that is not
    there.
    """
    turn = _Turn(engine, name, worker or Worker(), time.monotonic() + seconds)
    try:
        return turn.run()
    finally:
        turn.close()


@dataclass(slots=True)
class _Turn:
    engine: Engine
    name: str
    worker: Worker
    until: float
    written: int = 0
    batches: int = 0
    connection: Connection | None = None
    statements: Statements | None = None
    settings: Settings = field(default_factory=Settings)
    brakes: Brakes = field(default_factory=lambda: Brakes(Settings()))
    call: Call | None = None
    lost_since: float | None = None
    has_written: bool = False
    """Whether it met a server that can be written to: one that only reads later is a failover."""

    def run(self) -> Worked:
        outcome: Outcome | None = None
        while outcome is None:
            try:
                outcome = self._once()
                self.lost_since = None
            except LeaseLost:
                continue
            except ReadOnlyError as error:
                if not self.has_written:
                    raise
                self._lost(error.message, error)
            except DBAPIError as error:
                self._failed(error)
        return Worked(outcome, self.written, self.batches)

    def close(self) -> None:
        self.brakes.close()
        if self.connection is not None:
            with contextlib.suppress(Exception):
                self.connection.close()

    def _once(self) -> Outcome | None:
        """Takes a range and goes through it; gives an outcome where the turn is over."""
        if self.worker.stop.is_set() or time.monotonic() >= self.until:
            return "more"
        connection = self._connected()
        assert self.statements is not None
        found = leases.claim(connection, self.statements, self.settings, self.worker.name)
        if isinstance(found, Lease):
            return self._through(connection, found)
        if found == "over":
            ended = leases.finish(connection, self.statements, self.settings)
            return None if ended == "running" else _outcome(ended)
        if found == "waiting":
            if self.until != float("inf"):
                return "waiting"
            self.worker.stop.wait(_WAIT)
            return None
        return _outcome(found)

    def _through(self, connection: Connection, lease: Lease) -> Outcome | None:
        """Runs the batches of a range until it is over, or the turn is."""
        pace = Pace(self.settings, lease.size)
        is_over = False
        try:
            while not is_over:
                if self.worker.stop.is_set() or time.monotonic() >= self.until:
                    return "more"
                if self._waits(connection, lease):
                    continue
                is_over, met = self._batch(connection, lease, pace)
                if met != "running":
                    return _outcome(met)
        finally:
            if not is_over:
                with contextlib.suppress(Exception):
                    leases.release(connection, lease)
        return None

    def _waits(self, connection: Connection, lease: Lease) -> bool:
        """Whether the next batch has to wait; if so it waits a little, and keeps its lease."""
        reason = self.brakes.reason(connection)
        if not reason:
            return False
        self.worker.tell(reason)
        with transaction(connection):
            if leases.hold(connection, lease).state != "running":
                return False  # the next step says so
            leases.keep(connection, lease, self.settings.lease_seconds)
        self.worker.stop.wait(_WAIT)
        return True

    def _batch(self, connection: Connection, lease: Lease, pace: Pace) -> tuple[bool, State]:
        """Runs the next batch, in ever smaller ones where it fails."""
        assert self.statements is not None
        repeats = itertools.count(1)
        while True:
            try:
                done = step(connection, self.statements, self.settings, lease, pace.size, self.call)
            except DBAPIError as error:
                if self._shrunk(connection, error, pace, repeats):
                    continue
                words = first_line(error)
                _, count, is_over = skip_row(
                    connection, self.statements, self.settings, lease, words
                )
                if count > self.settings.max_failures:
                    told = f"more than {self.settings.max_failures} rows failed, last: {words}"
                    state.set_state(connection, self.name, "failed", told)
                    return is_over, "failed"
                return is_over, "running"
            if done.state == "running":
                self.written += done.written
                self.batches += 1
                self.lost_since = None
                pace.took(done.seconds, is_full=done.is_full)
            return done.is_over, done.state

    def _shrunk(
        self, connection: Connection, error: DBAPIError, pace: Pace, repeats: Iterator[int]
    ) -> bool:
        """Whether the batch is to be tried again; False for one row that cannot be written."""
        kind = kind_of(error, connection.dialect.name)
        if kind == "again" or (kind == "smaller" and not pace.shrink()):
            if (attempt := next(repeats)) > _TRIES:
                raise error
            self.worker.tell(f"tried again: {first_line(error)}")
            self.worker.stop.wait(random.uniform(0, 0.05 * 2 ** min(attempt, 6)))
            return True
        if kind == "smaller":
            return True
        if kind == "row":
            return pace.shrink()
        raise error

    def _failed(self, error: DBAPIError) -> None:
        """Waits for a server that went away; raises BackfillError where waiting is no help."""
        kind = kind_of(error, self.engine.dialect.name)
        words = first_line(error)
        if kind in ("again", "smaller"):
            self.worker.tell(f"tried again: {words}")
            self.worker.stop.wait(random.uniform(0.05, 0.5))
            return
        if kind != "lost" and not (kind == "read only" and self.has_written):
            raise BackfillError(
                f"the backfill {self.name} stopped: {words}", way_out=_ways_out(kind)
            ) from error
        self._lost(words, error)

    def _lost(self, words: str, error: Exception) -> None:
        """Lets go of a connection, and waits before the next one is made."""
        now = time.monotonic()
        self.lost_since = self.lost_since or now
        if self.connection is not None:
            with contextlib.suppress(Exception):
                self.connection.invalidate()
                self.connection.close()
            self.connection = None
        self.engine.dispose()
        if now - self.lost_since > PATIENCE:
            raise BackfillError(
                f"the database did not come back within {PATIENCE:.0f} s: {words}",
                way_out="Run it again when it is there: it goes on behind the last batch.",
            ) from error
        self.worker.tell(f"waits for the database: {words}")
        self.worker.stop.wait(random.uniform(0.2, 1.0))
        if self.worker.stop.is_set():
            raise BackfillError(
                f"stopped while the database was away: {words}",
                way_out="Run it again when it is there: it goes on behind the last batch.",
            ) from error

    def _connected(self) -> Connection:
        """Gives the connection, made anew where it was lost; the backfill is read with it."""
        if self.connection is not None:
            return self.connection
        connection = prepare(self.engine.connect(), 2.0, 30.0)
        self.connection = connection
        refuse_replica(connection)
        self.has_written = True
        with reading(connection):
            found = state.entry(connection, self.name)
        with reading(connection):
            table = tables.find(connection, found.backfill)
        self.statements = Statements(found.backfill, table)
        self.settings = replace(found.settings, replicas=self.worker.replicas)
        self.brakes.close()
        self.brakes = Brakes(self.settings)
        if found.digest != digest_of(found.backfill):
            raise BackfillError(
                f"the backfill {self.name} was started with another version of "
                f"{found.backfill.call} than this worker has",
                way_out="Let workers of one version do it; or cancel it, and start the new version "
                "under another name.",
            )
        self.call = loaded(found.backfill.call) if found.backfill.call else None
        limit(connection, self.settings.lock_seconds, self.settings.batch_seconds)
        return connection


def _outcome(found: State) -> Outcome:
    return "more" if found == "running" else found


def _ways_out(kind: str) -> str:
    if kind == "read only":
        return "Name the primary: this server only reads."
    if kind == "full":
        return "Make room on the server's disk and run it again: it goes on behind the last batch."
    return "Nothing of this batch is there. Mend it and run it again: it goes on behind the last."


def loaded(path: str) -> Call:
    """Gives the function of `package.module:name`; UsageError where there is none."""
    found = named(path, "the step")
    if not callable(found):
        raise UsageError(f"{path} is no function", way_out="Name one of (connection, batch).")
    step_function: Call = found
    return step_function


def digest_of(backfill: Backfill) -> str:
    """Gives what tells two versions of a step apart: all that it says, and its function's text."""
    if not backfill.call:
        return backfill.digest
    try:
        source = inspect.getsource(loaded(backfill.call))
    except (OSError, TypeError):
        source = ""  # compiled: nothing can be read
    return hashlib.sha256(f"{backfill.digest} {source}".encode()).hexdigest()


def refuse_replica(connection: Connection) -> None:
    """Raises BackfillError on a server that only reads."""
    name = server_of(connection).name
    sql = {
        "postgresql": "SELECT pg_is_in_recovery()"
        " OR current_setting('transaction_read_only') = 'on'",
        "mysql": "SELECT @@global.read_only",
    }.get(name)
    if sql is None:
        return
    with reading(connection):
        if connection.scalar(text(sql)):
            raise ReadOnlyError(
                "this server only reads: it is a replica, or was set so",
                way_out="Name the primary.",
            )
