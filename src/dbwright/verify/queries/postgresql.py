"""PostgreSQL as a ground: statements run in turn, as they are and after a change, or planned."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg.rows import scalar_row

from dbwright.core.explained import Explained
from dbwright.dialects.postgresql import explain, parameters, side_effects
from dbwright.dialects.postgresql import statistics as statistics_of
from dbwright.verify.queries.ground import (
    NOTICEABLE,
    CannotTry,
    Compared,
    Side,
    described,
    is_transactional,
    of_plans,
    used,
)

_ROUNDS, _SLOW_ROUNDS, _SLOW, _VERY_SLOW = 7, 3, 1000.0, 5000.0
_MORE_ROUNDS, _LOUD, _SHORT = 21, 0.2, 50.0
"""So many rounds are run where the times lie further apart than this part of them: the machine is
busy. Statements of more milliseconds are not repeated for it."""
_LIMITS = (("statement_timeout", "30s"), ("lock_timeout", "3s"))
"""What holds in each transaction: after a rollback a setting of one is gone."""
_PLANNED = 2.0
"""Milliseconds from which on the time of planning counts: below, the first look at a table is
most of it."""
_SAVED, _SAVED_PAGES = 0.03, 8
"""Milliseconds and pages that a gain must save: below them is nothing that anybody waits for."""
_ONLY_READ = "the database is only read (`queries review --prove-on CLONE` tries it on a clone)"
_NAME = "dbwright_side"
_FEWER, _SLOWER = 3.0, 0.9
"""So many times fewer pages are a gain that needs no clock, unless the clock goes against it."""
_PATIENCE = 30.0
"""Seconds that VACUUM waits for transactions that are older, those of other databases too."""
_OLDER = """
    select exists (select from pg_stat_activity where pid <> pg_backend_pid()
                   and backend_xid is not null and xact_start < %s)"""
_MANY, _NEARLY_ALL = 10, 0.85
"""So many turns say by themselves which side is faster, where it won this part of them."""
_LOST_ROUNDS, _LOST = 3, 1.2
"""After so many rounds it is over for a side whose fastest run is not so many times faster."""


def text_of(side: Side) -> str:
    """Gives a side's statement with its values in it."""
    if not side.values:
        return side.sql
    return parameters.filled(side.sql, parameters.places(side.sql), dict(side.values))


def _asked(side: Side) -> str:
    """Gives what is explained: a side whose settings are of prepared statements is one."""
    if not _is_prepared(side):
        return text_of(side)
    return f"execute {_NAME} ({', '.join(value for _, value in sorted(side.values))})"


def _is_prepared(side: Side) -> bool:
    return bool(side.values) and any(name == "plan_cache_mode" for name, _ in side.settings)


@contextlib.contextmanager
def _prepared(connection: psycopg.Connection[Any], side: Side) -> Iterator[None]:
    """Prepares a side whose settings are of prepared statements, for the time of the block."""
    if not _is_prepared(side):
        yield
        return
    _forget(connection)
    connection.execute(f"prepare {_NAME} as {side.sql}".encode())
    yield
    _forget(connection)


def _forget(connection: psycopg.Connection[Any]) -> None:
    with contextlib.suppress(psycopg.errors.InvalidSqlStatementName), connection.transaction():
        connection.execute(f"deallocate {_NAME}".encode())


def _set(connection: psycopg.Connection[Any], settings: Sequence[tuple[str, str]]) -> None:
    for name, value in settings:
        connection.execute("select set_config(%s, %s, true)", [name, value])


def planned(connection: psycopg.Connection[Any], side: Side, *, run: bool = False) -> Explained:
    """Gives the plan of a side's statement, with the settings that are not the server's own."""
    with _prepared(connection, side):
        options = "verbose, settings"
        return explain.explained(connection, _asked(side), analyze=run, options=options)


@dataclass(slots=True)
class Seen:
    """The runs of one side: milliseconds of each, the pages of the last, its plan and cost."""

    times: list[float] = field(default_factory=list)
    pages: int = 0
    cost: float = 0.0
    indexes: tuple[str, ...] = ()
    cut: bool = False

    @property
    def median(self) -> float:
        """The median of the runs."""
        return statistics.median(self.times)

    @property
    def noise(self) -> float:
        """What the middle half of the runs lies within, as a part of their median."""
        parts = statistics.quantiles(self.times, n=4) if len(self.times) > 1 else [0.0, 0.0, 0.0]
        return (parts[2] - parts[0]) / max(self.median, 1e-6)

    @property
    def is_loud(self) -> bool:
        """Whether other work of the machine is in the times, and more runs cost little."""
        return self.noise > _LOUD and self.median < _SHORT and not self.cut


class Rows:
    """A database with rows, on one connection whose transaction is rolled back after each try.

    `disposable` says that what cannot be rolled back, as VACUUM, may be done there; `writable`
    that anything may be changed at all. A user's own database is neither: there only what reads
    and has no effect beyond its transaction is run.
    """

    runs = True

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        words: str,
        *,
        disposable: bool = False,
        writable: bool = True,
    ) -> None:
        self.connection, self.words = connection, words
        self.disposable, self.writable = disposable, writable

    def changed(self, setup: Sequence[str]) -> contextlib.AbstractContextManager[None]:
        """Gives a transaction in which these statements were run; it is rolled back at its end."""
        return self._standing(Side("", tuple(setup)))

    def plan(self, side: Side) -> Explained:
        """Gives the plan of a side; raises psycopg.Error or CannotTry."""
        with self._standing(side):
            return planned(self.connection, side)

    def run(self, side: Side) -> Explained:
        """Gives the plan of a side with what a run counted; raises psycopg.Error or CannotTry."""
        self._check(side)
        with self._standing(side):
            return planned(self.connection, side, run=True)

    def compare(self, before: Side, after: Side) -> Compared:
        """Gives the milliseconds of two sides, run in turn; raises psycopg.Error or CannotTry."""
        first, second = Seen(), Seen()
        self._check(before, after)
        if not is_transactional(after.setup):
            return self._one_after_the_other(before, after, first, second)
        pairs = [(before, first), (after, second)]
        for turn in range(_MORE_ROUNDS):
            slow = min(first.times, default=0.0)
            if (turn >= _SLOW_ROUNDS and slow > _SLOW) or (turn and slow > _VERY_SLOW):
                break
            if turn >= _ROUNDS and not (first.is_loud or second.is_loud):
                break
            if turn == _LOST_ROUNDS and _is_lost(first, second):
                break
            for side, seen in pairs if turn % 2 == 0 else reversed(pairs):
                if not seen.cut:
                    self._turn(side, seen)
        return compared(first, second)

    def _turn(self, side: Side, seen: Seen) -> None:
        """Notes a run or two; a statement whose time is up takes at least that long."""
        began = time.monotonic()
        try:
            with self._standing(side):
                self._run(side, seen)
                if seen.times[-1] < _SLOW:
                    self._run(side, seen)
        except psycopg.errors.QueryCanceled:
            seen.cut = True
            seen.times.append(1000 * (time.monotonic() - began))

    def _check(self, *sides: Side) -> None:
        """Raises CannotTry for what must not be run here."""
        if self.disposable:
            return
        for side in sides:
            if side.setup and not self.writable:
                raise CannotTry(_ONLY_READ)
            if why := side_effects.lasting(self.connection, text_of(side)):
                raise CannotTry(why)
            if not self.writable and side_effects.written(text_of(side)):
                raise CannotTry("it writes, and this database is only read")
            if parameters.places(text_of(side)):
                raise CannotTry("its parameters have no values, so it cannot be run")

    def _one_after_the_other(
        self, before: Side, after: Side, first: Seen, second: Seen
    ) -> Compared:
        """What VACUUM does stays: the first side runs before it, the second behind it.

        So the clock of a machine whose load changes meanwhile says nothing by itself: what VACUUM
        gains are pages that need not be read.
        """
        if not self.disposable:
            raise CannotTry("VACUUM cannot be taken back, so it is not run here")
        for side, seen in ((before, first), (after, second)):
            self.connection.rollback()
            statistics_of.settle(self.connection)
            self.connection.autocommit = True
            try:
                if side.setup:
                    self._wait_for_older()
                for step in side.setup:
                    self.connection.execute(step.encode())
            finally:
                self.connection.autocommit = False
            for turn in range(_MORE_ROUNDS):
                if turn >= _ROUNDS and not seen.is_loud:
                    break
                with self._standing(replace(side, setup=())):
                    self._run(side, seen)
        found = compared(first, second)
        return replace(found, beyond_noise=found.beyond_noise and second.pages < first.pages)

    def _wait_for_older(self) -> None:
        """Waits until no transaction that has written is older: VACUUM FULL keeps what it may see.

        That of another database counts too, since each snapshot begins with the oldest of all.
        """
        end = time.monotonic() + _PATIENCE
        with self.connection.cursor(row_factory=scalar_row) as cursor:
            now = cursor.execute("select clock_timestamp()").fetchone()
            while cursor.execute(_OLDER, [now]).fetchone():
                if time.monotonic() > end:
                    raise CannotTry("an older transaction of the server keeps what VACUUM takes")
                time.sleep(0.05)

    def _run(self, side: Side, seen: Seen) -> None:
        serializes = self.connection.info.server_version >= 170000
        if side.sent and not serializes:
            self._send(text_of(side), seen)
            return
        sql = _asked(side)
        options = "analyze, buffers, timing off, summary, format json"
        if serializes:
            options += ", serialize text"
        with self.connection.transaction(force_rollback=True):
            found = self.connection.execute(f"explain ({options}) {sql}".encode()).fetchall()
        (top,) = found[0][0] if isinstance(found[0], tuple) else next(iter(found[0].values()))
        planning, execution = float(top["Planning Time"]), float(top["Execution Time"])
        seen.times.append(execution + (planning if planning + execution > _PLANNED else 0.0))
        root = top["Plan"]
        seen.pages = root.get("Shared Hit Blocks", 0) + root.get("Shared Read Blocks", 0)
        seen.cost = float(root["Total Cost"])
        seen.indexes = used(explain.node(root))

    def _send(self, sql: str, seen: Seen) -> None:
        """Notes the time until all rows have come; they are dropped as they come."""
        began = time.perf_counter()
        with self.connection.cursor() as cursor, cursor.copy(f"copy ({sql}) to stdout") as rows:
            for _ in rows:
                pass
        seen.times.append(1000 * (time.perf_counter() - began))

    @contextlib.contextmanager
    def _standing(self, side: Side) -> Iterator[None]:
        with self.connection.transaction(force_rollback=True):
            for step in side.setup:
                self.connection.execute(step.encode())
            _set(self.connection, [*_LIMITS, *side.settings])
            with _prepared(self.connection, side):
                yield


def _is_lost(first: Seen, second: Seen) -> bool:
    """Whether no more runs would make a gain of what two sides took."""
    fastest = min(first.times) / max(min(second.times), 1e-6)
    return fastest < _LOST and not first.cut and not compared(first, second).gains


def _wins(first: Seen, second: Seen) -> bool:
    """Whether the second side was faster in nearly all of many turns.

    On a machine that is busy with other things the slower half of the fast one's runs reaches the
    fastest of the slow one's: of 20 pairs on a load of 12, one whose sides differ by 2.6 times.
    There the second won 93 to 100 % of the turns, and 14 to 64 % where both were the same query.
    """
    turns = list(zip(first.times, second.times, strict=False))
    saved = min(first.times) - min(second.times) >= _SAVED
    won = sum(after < before for before, after in turns)
    return saved and len(turns) >= _MANY and won >= _NEARLY_ALL * len(turns)


def compared(first: Seen, second: Seen) -> Compared:
    """Gives what the runs of two sides say of them."""
    least = min(first.times) / max(min(second.times), 1e-6)
    shows = min(first.times) - second.median >= _SAVED or _wins(first, second)
    by_clock = not second.cut and least >= NOTICEABLE and shows
    fewer = first.pages >= max(_FEWER * max(second.pages, 1), second.pages + _SAVED_PAGES)
    fewer = fewer and first.cost > second.cost
    by_pages = not (first.cut or second.cut) and fewer and least >= _SLOWER
    spreads = [seen.noise * seen.median for seen in (first, second)]
    noise = max(spreads) / max(first.median, second.median, 1e-6)
    words = f"{described(first.median, second.median, 'ms')} (noise {noise:.0%})"
    if first.cut:
        words = f"more than {words}, where its time was up"
    if first.pages != second.pages and not first.cut:
        words += f", {described(first.pages, second.pages, 'pages')}"
    if by_pages and not by_clock:
        before, after, unit = float(first.pages), float(max(second.pages, 1)), "pages"
    else:
        before, after, unit = first.median, second.median, "ms"
    return Compared(before, after, unit, by_clock or by_pages, words, second.indexes)


class Estimates:
    """A database that only plans: the user's, in a transaction that may only read, or a twin.

    What is compared is the planner's cost.
    """

    runs = writable = False

    def __init__(self, connection: psycopg.Connection[Any], words: str) -> None:
        self.connection, self.words = connection, words

    @contextlib.contextmanager
    def changed(self, setup: Sequence[str]) -> Iterator[None]:
        """Gives a transaction that is rolled back; nothing is changed here."""
        with self.connection.transaction(force_rollback=True):
            yield

    def plan(self, side: Side) -> Explained:
        """Gives the plan of a side; raises psycopg.Error or CannotTry."""
        if side.setup:
            raise CannotTry(_ONLY_READ)
        with self.connection.transaction(force_rollback=True):
            _set(self.connection, [*_LIMITS, *side.settings])
            return planned(self.connection, side)

    def run(self, side: Side) -> Explained:
        """Raises CannotTry: nothing is run here."""
        raise CannotTry("only plans are made here, and nothing is run")

    def compare(self, before: Side, after: Side) -> Compared:
        """Gives the planner's costs of two sides; raises psycopg.Error or CannotTry."""
        return of_plans(self.plan(before).root, self.plan(after).root)
