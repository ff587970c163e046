"""Statements run in turn without and with indexes, timed by the server's own clock.

An index is taken away inside a savepoint, and stands again when that is rolled back. The time is
that of planning and executing as EXPLAIN ANALYZE tells it: no network is in it, and parallel
workers are.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import psycopg

from dbwright.core.index_proof import Shape, Timing
from dbwright.core.plan import Node
from dbwright.dialects.postgresql import explain
from dbwright.dialects.postgresql.question import ask

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
_SLOW = 1000.0
_SLOW_ROUNDS = 3
_TIMED = "explain (analyze, timing off, buffers off, costs off, summary, format json)"
_SEEN = "explain (analyze, timing off, buffers, wal, format json)"


class Race:
    """The runs on one connection, in a transaction that its caller rolls back."""

    def __init__(self, connection: psycopg.Connection[Any], seconds: float) -> None:
        self.connection, self.seconds = connection, seconds

    def run(self, sql: str, sides: Sequence[Side], rounds: int = _ROUNDS) -> list[Timing]:
        """Gives the times of each side, run in turn; raises psycopg.Error where it cannot run.

        A side that takes longer than a statement may is run once.
        """
        times: list[list[float]] = [[] for _ in sides]
        cut: set[int] = set()
        for turn in range(rounds):
            order = range(len(sides)) if turn % 2 == 0 else reversed(range(len(sides)))
            for number in order:
                mine = times[number]
                if number in cut or (turn >= _SLOW_ROUNDS and min(mine) > _SLOW):
                    continue
                began = time.monotonic()
                try:
                    mine += self._turn(sql, sides[number], mine)
                except psycopg.errors.QueryCanceled:
                    if time.monotonic() - began < 0.9 * self.seconds:
                        raise  # somebody else's doing: it says nothing of the statement
                    cut.add(number)
        return [
            _timing(found, self.seconds * 1000 if number in cut else None)
            for number, found in enumerate(times)
        ]

    def compare(self, sql: str, without: Side, with_: Side) -> tuple[Timing, Timing]:
        """Gives the times of two sides; run again and longer where they leave a doubt."""
        before, after = self.run(sql, (without, with_))
        if before.cut or after.cut or before.least > _SLOW:
            return before, after
        if is_slower(before, after) or _is_doubtful(before, after):
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

    def _used(self, sql: str) -> tuple[str, ...]:
        return _indexes(explain.plan(self.connection, sql))

    def _turn(self, sql: str, side: Side, known: Sequence[float]) -> list[float]:
        """Gives a few times of one side; the first run after a change fills the server's caches."""
        with self._standing(side):
            if known and min(known) > _SLOW:
                explain.plan(self.connection, sql)
                return [self._once(sql)]
            first = self._once(sql)
            if first > _SLOW:
                return [first]
            again = self._once(sql)
            count = min(_MOST, int(_SAMPLE / max(again, 0.01)))
            return [again, *(self._once(sql) for _ in range(count - 1))]

    def _once(self, sql: str) -> float:
        found = self._explained(f"{_TIMED} {sql}")
        return float(found["Planning Time"] + found["Execution Time"])

    def _explained(self, sql: str) -> Any:
        with self.connection.transaction(force_rollback=True):
            return self.connection.execute(sql.encode()).fetchall()[0][0][0]

    @contextlib.contextmanager
    def _standing(self, gone: Side) -> Iterator[None]:
        with self.connection.transaction(force_rollback=True):
            for name in sorted(gone):
                self.connection.execute(f"drop index {name}".encode())
            yield


def _timing(found: Sequence[float], limit: float | None) -> Timing:
    if limit is not None:
        return Timing(limit, limit, 0.0, len(found) + 1, cut=True)
    parts = statistics.quantiles(found, n=4) if len(found) > 1 else [0.0, 0.0, 0.0]
    spread = parts[2] - parts[0]
    figures = (round(each, 4) for each in (statistics.median(found), min(found), spread))
    return Timing(*figures, len(found))


def is_slower(before: Timing, after: Timing) -> bool:
    """Whether a statement became slower, by the medians and by the least."""
    pairs = ((before.median, after.median), (before.least, after.least))
    return all(now > SLOWER * base and now - base > NOTICEABLE for base, now in pairs)


def is_faster(before: Timing, after: Timing) -> bool:
    """Whether the gain shows beyond the noise: the median is below the least that was seen."""
    return after.median < before.least and after.least < _GAIN * before.least


def _is_doubtful(before: Timing, after: Timing) -> bool:
    gain = before.median - after.median
    return gain > max(0.1 * before.median, _LITTLE) and not is_faster(before, after)


def outcome(before: Timing, after: Timing) -> Literal["faster", "alike", "slower"]:
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
