"""Statements run in turn without and with indexes.

An index is taken away inside a savepoint, and stands again when that is rolled back. The time is
that of planning and executing as EXPLAIN ANALYZE tells it: no network is in it. What is compared
is the time on a processor, where it can be read and no parallel worker had a part: what else runs
on the machine is not in that.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import psycopg

from dbwright.core.index_proof import Shape, Timing
from dbwright.core.plan import Node
from dbwright.dialects.postgresql import explain
from dbwright.dialects.postgresql.backend_clock import backend_clock
from dbwright.dialects.postgresql.question import ask

Word = Literal["faster", "alike", "slower"]
Side = frozenset[str]
"""The indexes that are taken away, as they stand in SQL."""

SLOWER, NOTICEABLE = 1.10, 0.05
"""A statement is slower from this factor and this many milliseconds on."""
_LITTLE = 0.01
"""Milliseconds that are not worth a second look."""
_GAIN = 0.98
"""What is left of the shortest time where there is a gain at all."""
_ROUNDS, _AGAIN = 5, 12
_SAMPLE, _MOST = 5.0, 10
"""Milliseconds of runs that a turn takes, and how many runs at most."""
_MANY = 40
"""From so many runs on their quarters can be relied on."""
_STEADY = 50.0
"""From so many milliseconds on, what a first run takes longer does not count."""
_SLOW = 1000.0
_SLOW_ROUNDS = 3
_TIMED = "explain (analyze, timing off, buffers off, costs off, summary, format json)"
_SEEN = "explain (analyze, timing off, buffers, wal, format json)"


class Race:
    """The runs on one connection, in a transaction that its caller rolls back."""

    def __init__(self, connection: psycopg.Connection[Any], seconds: float) -> None:
        self.connection, self.seconds = connection, seconds
        self.clock = backend_clock(connection)

    def run(self, sql: str, sides: Sequence[Side], rounds: int = _ROUNDS) -> list[Timing]:
        """Gives the times of each side, run in turn; raises psycopg.Error where it cannot run.

        A side that takes longer than a statement may is run once.
        """
        several = [_Seen() for _ in sides]
        for turn in range(rounds):
            order = range(len(sides)) if turn % 2 == 0 else reversed(range(len(sides)))
            for number in order:
                seen = several[number]
                if seen.cut or (turn >= _SLOW_ROUNDS and min(seen.times) > _SLOW):
                    continue
                began = time.monotonic()
                try:
                    self._turn(sql, sides[number], seen)
                except psycopg.errors.QueryCanceled:
                    if time.monotonic() - began < 0.9 * self.seconds:
                        raise  # somebody else's doing: it says nothing of the statement
                    seen.cut = True
        return [_timing(seen, self.seconds * 1000) for seen in several]

    def compare(self, sql: str, without: Side, with_: Side) -> tuple[Timing, Timing]:
        """Gives the times of two sides; run again and longer where they leave a doubt."""
        before, after = self.run(sql, (without, with_))
        if before.cut or after.cut or before.least > _SLOW:
            return before, after
        if is_slower(before, after) or is_doubtful(before, after):
            before, after = self.run(sql, (without, with_), _AGAIN)
        return before, after

    def shape(self, sql: str, side: Side) -> Shape:
        """Gives what one run touches; where its time is up only its plan is told."""
        with self._standing(side):
            try:
                found = self._explained(f"{_SEEN} {sql}")["Plan"]
                pages = found.get("Shared Hit Blocks", 0) + found.get("Shared Read Blocks", 0)
            except psycopg.errors.QueryCanceled:
                return Shape(0, 0, self._used(sql))
            used = _indexes(explain.node(found))
            return Shape(int(pages), int(found.get("WAL Bytes", 0)), used)

    def used(self, sql: str, side: Side) -> tuple[str, ...]:
        """Gives the indexes of the plan; nothing is run."""
        with self._standing(side):
            return self._used(sql)

    def word(self, sql: str, sides: tuple[Side, Side], times: tuple[Timing, Timing]) -> Word:
        """Gives how a read ran beside itself; what was not changed has gained nothing.

        A busy machine takes and gives more than noise is thought to be.
        """
        found = outcome(*times)
        if sides[0] == sides[1]:
            return "alike"
        if found == "faster" and self._plan(sql, sides[0]) == self._plan(sql, sides[1]):
            return "alike"
        return found

    def _plan(self, sql: str, side: Side) -> str:
        with self._standing(side):
            return explain.text(self.connection, sql, costs=False)

    def _used(self, sql: str) -> tuple[str, ...]:
        return _indexes(explain.plan(self.connection, sql))

    def _turn(self, sql: str, side: Side, seen: _Seen) -> None:
        """Notes a few times of one side; the first run after a change fills the server's caches."""
        with self._standing(side):
            if seen.times and min(seen.times) > _SLOW:
                explain.plan(self.connection, sql)
                self._runs(sql, 1, seen)
                return
            first = _Seen()
            self._runs(sql, 1, first)
            if first.times[0] > _STEADY:
                seen.add(first)
                return
            self._runs(sql, max(1, min(_MOST, int(_SAMPLE / max(first.times[0], 0.01)))), seen)

    def _runs(self, sql: str, count: int, seen: _Seen) -> None:
        began = self.clock() if self.clock else 0.0
        for _ in range(count):
            found = self._explained(f"{_TIMED} {sql}")
            seen.times.append(float(found["Planning Time"] + found["Execution Time"]))
        if self.clock:
            seen.cpu.append((self.clock() - began) / count)
        nodes = explain.node(found["Plan"]).walk()
        seen.parallel |= any(each.workers_launched for each in nodes)

    def _explained(self, sql: str) -> Any:
        with self.connection.transaction(force_rollback=True):
            return self.connection.execute(sql.encode()).fetchall()[0][0][0]

    @contextlib.contextmanager
    def _standing(self, gone: Side) -> Iterator[None]:
        with self.connection.transaction(force_rollback=True):
            for name in sorted(gone):
                self.connection.execute(f"drop index {name}".encode())
            yield


def _timing(seen: _Seen, limit: float) -> Timing:
    if seen.cut:
        return Timing(limit, limit, 0.0, len(seen.times) + 1, limit, cut=True)
    parts = statistics.quantiles(seen.times, n=4) if len(seen.times) > 1 else [0.0, 0.0, 0.0]
    median, spread = round(statistics.median(seen.times), 4), round(parts[2] - parts[0], 4)
    low = round(parts[0], 4)
    found = Timing(median, round(min(seen.times), 4), spread, len(seen.times), low)
    if not seen.cpu or seen.parallel:
        return found
    cpu = round(statistics.median(seen.cpu), 4), round(min(seen.cpu), 4)
    return replace(found, cpu=cpu[0], least_cpu=cpu[1])


_Pair = tuple[float, float]


def _clocks(before: Timing, after: Timing) -> Iterator[tuple[_Pair, _Pair]]:
    """Gives both medians and both least times by each clock, that of the processor first."""
    if before.cpu and after.cpu and before.least_cpu and after.least_cpu:
        yield (before.cpu, after.cpu), (before.least_cpu, after.least_cpu)
    yield (before.median, after.median), (before.least, after.least)


def is_slower(before: Timing, after: Timing) -> bool:
    """Whether a statement became slower, by the medians and by the least."""
    pairs = next(_clocks(before, after))
    return all(now > SLOWER * base and now - base > NOTICEABLE for base, now in pairs)


def is_faster(before: Timing, after: Timing) -> bool:
    """Whether the gain shows beyond the noise.

    By a clock the median is below the least seen before, or of many runs the middle halves stand
    apart: each lies beyond the other's median.
    """
    apart = after.median < before.low and after.low + after.spread < before.median
    many = min(before.runs, after.runs) >= _MANY
    if apart and many and after.least < _GAIN * before.least:
        return True
    return any(
        median < least and least_after < _GAIN * least
        for (_, median), (least, least_after) in _clocks(before, after)
    )


def is_doubtful(before: Timing, after: Timing) -> bool:
    """Whether there may be a gain that does not show beyond the noise."""
    if is_faster(before, after):
        return False
    pairs = [pair for both in _clocks(before, after) for pair in both]
    return any(first - second > max(0.1 * first, _LITTLE) for first, second in pairs)


@dataclass(slots=True)
class _Seen:
    """The runs of one side: milliseconds of each, and on a processor the mean of each turn."""

    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    cut: bool = False
    parallel: bool = False

    def add(self, other: _Seen) -> None:
        """Takes over the runs of another."""
        self.times += other.times
        self.cpu += other.cpu
        self.parallel |= other.parallel


def outcome(before: Timing, after: Timing) -> Word:
    """Gives in a word how the second side ran beside the first."""
    if is_slower(before, after):
        return "slower"
    return "faster" if is_faster(before, after) else "alike"


def _indexes(node: Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.index for each in node.walk() if each.index))


_ROOTS = """
    with recursive down (root, oid) as (
        select c.oid::regclass::text, c.oid from pg_class c where c.oid = any(%(roots)s::regclass[])
        union select d.root, i.inhrelid from down d join pg_inherits i on i.inhparent = d.oid
    ) select c.relname as name, root from down join pg_class c on c.oid = down.oid
"""


def roots(connection: psycopg.Connection[Any], names: Sequence[str]) -> dict[str, str]:
    """Gives the index of each name that a plan may say: of a partition's, the whole one."""
    return {row.name: row.root for row in ask(connection, _ROOTS, roots=list(names))}
