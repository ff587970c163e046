"""The engine that needs nothing: workers as threads of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from dbwright.backfill import leases, state, tables
from dbwright.backfill.definition import Backfill, Settings
from dbwright.backfill.pace import Rate
from dbwright.backfill.servers import prepare, reading, server_of
from dbwright.backfill.state import Status
from dbwright.backfill.statements import refuse_moving_keys
from dbwright.backfill.work import Worker, digest_of, loaded, refuse_replica, work
from dbwright.core.errors import BackfillError

_TOLD_EVERY = 1.0
_SEEN_WITHIN = 10.0
"""Seconds that a question waits where SQLite is being written to."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How a backfill stands while it runs, how fast it goes, and why it waits."""

    status: Status
    rows_a_second: float
    seconds_left: float | None
    waits_for: str = ""


def progress(found: Status, rate: Rate, waits_for: str = "") -> Progress:
    """Gives how far a backfill is, and notes it for its rate."""
    rate.add(found.walked)
    left = max(found.expected - found.walked, 0.0)
    return Progress(found, rate.rows_a_second, rate.seconds_for(left), waits_for)


_NOTICED = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""libpq's parameters with which a server that is gone without a word is noticed in a minute; by
themselves the two hours of TCP pass."""


def engine_of(url: str | URL) -> Engine:
    """Gives an engine whose connections are each a fresh one, and notice a server that is gone."""
    found = make_url(url)
    given: dict[str, object] = {}
    if found.drivername in ("postgresql", "postgresql+psycopg", "postgresql+psycopg2"):
        given = {name: value for name, value in _NOTICED.items() if name not in found.query}
    return create_engine(found, poolclass=NullPool, connect_args=given)


def start(
    engine: Engine, backfill: Backfill, settings: Settings | None = None
) -> tuple[Status, bool]:
    """Enters a backfill into the database's state tables, which are made where they are missing.

    Gives how it stands and whether it is new; one that failed goes through its rows anew, one
    that is paused goes on. Raises UsageError where the table has no key to walk it by, or another
    backfill has that name; BackfillError on a server that only reads.
    """
    settings = settings or Settings()
    if backfill.call:
        loaded(backfill.call)
    with engine.connect() as plain:
        connection = prepare(plain, settings.lock_seconds, settings.batch_seconds)
        server_of(connection)
        refuse_replica(connection)
        with reading(connection):
            table = tables.find(connection, backfill)
        refuse_moving_keys(backfill, table, connection.dialect.name)
        state.make_tables(connection)
        _, is_new = state.enter(connection, backfill, settings, table.rows, digest_of(backfill))
        with reading(connection):
            found = state.statuses(connection, backfill.name)[0]
        if found.state in ("paused", "failed"):
            leases.again(connection, backfill.name)
        with reading(connection):
            return state.statuses(connection, backfill.name)[0], is_new


@dataclass(slots=True)
class _Team:
    """The threads of one run: what they say, and the first error that ended one."""

    engine: Engine
    name: str
    replicas: tuple[str, ...]
    stop: threading.Event = field(default_factory=threading.Event)
    words: str = ""
    error: BaseException | None = None
    ended: list[threading.Event] = field(default_factory=list)
    """One of each thread. `Thread.join` that Ctrl-C interrupts takes a thread that runs for one
    that ended, before Python 3.13."""

    def hire(self, count: int) -> None:
        for number in range(1, count + 1):
            worker = Worker(stop=self.stop, tell=self.hear, replicas=self.replicas)
            worker.name = f"{worker.name}:{number}"
            ended = threading.Event()
            self.ended.append(ended)
            threading.Thread(target=self._work, args=(worker, ended), daemon=True).start()

    def hear(self, words: str) -> None:
        self.words = words

    def _work(self, worker: Worker, ended: threading.Event) -> None:
        try:
            work(self.engine, self.name, worker)
        except BaseException as error:
            self.error = self.error or error
            self.stop.set()
        finally:
            ended.set()

    def is_working(self) -> bool:
        return not all(ended.is_set() for ended in self.ended)

    def wait(self, seconds: float | None = None) -> None:
        """Waits for the first thread that still works, for all without a number of seconds."""
        for ended in self.ended:
            if not ended.is_set():
                ended.wait(seconds)
                if seconds is not None:
                    return


def run(
    engine: Engine,
    backfill: Backfill,
    settings: Settings | None = None,
    *,
    workers: int = 1,
    watch: Callable[[Progress], None] | None = None,
) -> Status:
    """Runs a backfill to its end, or goes on with it where it stopped; gives how it ended.

    Ctrl-C ends it behind the batches that run, with their ranges given back. Raises what `start`
    and `work` raise; the state stays in the database, for the next run.
    """
    settings = settings or Settings()
    found, _ = start(engine, backfill, settings)
    if found.state in ("done", "cancelled"):
        return found
    with engine.connect() as connection:
        most = server_of(connection).workers
    team = _Team(engine, backfill.name, settings.replicas)
    team.hire(max(1, min(workers, most)))
    rate = Rate()
    try:
        while team.is_working():
            team.wait(_TOLD_EVERY)
            if watch is not None:
                _show(engine, backfill.name, rate, team, watch)
    finally:
        team.stop.set()
        team.wait()
    if team.error is not None:
        raise team.error
    return status(engine, backfill.name)


def _show(
    engine: Engine, name: str, rate: Rate, team: _Team, watch: Callable[[Progress], None]
) -> None:
    try:
        found = status(engine, name)
    except Exception:
        return  # the server is away: the workers tell it
    words, team.words = team.words, ""
    watch(progress(found, rate, words))


def status(engine: Engine, name: str) -> Status:
    """Gives how a backfill stands; BackfillError where there is none of that name."""
    found = list_all(engine, name)
    if not found:
        raise BackfillError(
            f"there is no backfill {name} in this database",
            way_out="`dbwright migrations backfill --status` lists those there are.",
        )
    return found[0]


def list_all(engine: Engine, name: str | None = None) -> tuple[Status, ...]:
    """Gives how all backfills of a database stand, in the order of their start."""
    with engine.connect() as plain:
        connection = prepare(plain, _SEEN_WITHIN, 30.0)
        if not state.has_tables(connection):
            return ()
        with reading(connection):
            return state.statuses(connection, name)


def known(engine: Engine, name: str) -> Backfill:
    """Gives what a backfill that was started does; UsageError where there is none."""
    with engine.connect() as plain, reading(connection := prepare(plain, 2.0, 30.0)):
        return state.entry(connection, name).backfill


def settings_of(engine: Engine, name: str) -> Settings:
    """Gives the settings that a backfill was last started with; UsageError where there is none."""
    with engine.connect() as plain, reading(connection := prepare(plain, 2.0, 30.0)):
        return state.entry(connection, name).settings


def failures(engine: Engine, name: str, most: int = 100) -> tuple[state.Failure, ...]:
    """Gives the rows of a backfill that could not be written, with what the database said."""
    with engine.connect() as plain, reading(connection := prepare(plain, 2.0, 30.0)):
        return state.failures(connection, name, most)


def pause(engine: Engine, name: str) -> None:
    """Has the workers of a backfill stop behind their batches, until it is resumed."""
    _changed(engine, name, "paused")


def cancel(engine: Engine, name: str) -> None:
    """Ends a backfill for good; what is written stays."""
    _changed(engine, name, "cancelled")


def _changed(engine: Engine, name: str, wanted: state.State) -> None:
    with engine.connect() as plain:
        state.set_state(prepare(plain, 2.0, 30.0), name, wanted)


def resume(engine: Engine, name: str) -> None:
    """Lets a backfill that is paused or failed go on; its workers are started by who has them."""
    with engine.connect() as plain:
        leases.again(prepare(plain, 2.0, 30.0), name)


def forget(engine: Engine, name: str) -> None:
    """Takes a backfill that has ended out of the state tables."""
    with engine.connect() as plain:
        state.forget(prepare(plain, 2.0, 30.0), name)
