"""A workload of any length in bounded memory: each statement with its calls, time and samples.

A statement is told by its fingerprint, which is asked of the grammar once for each shape. Of its
executions a uniform sample is kept. Where the samples of all take too much room, those of the
statements that took the least go; where there are too many statements, these go themselves. What
they took stays counted.
"""

from __future__ import annotations

import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dbwright import dialects
from dbwright.core.plan import Workload, WorkloadStatement
from dbwright.core.statement_kind import BROKEN, OTHER, SEVERAL

SAMPLES = 6
"""So many executions of a statement are kept."""
MOST = 10_000
"""So many statements a workload has, those that took the most first."""
_HELD = 150_000
"""So many statements, shapes and texts are known while it is read."""
_BYTES = 64_000_000
"""So much room samples have."""
_LONG = 50_000
"""A text of so many characters is kept once."""

Sample = tuple[str, str]
"""A statement's text, and its parameters as its source has them."""


@dataclass(slots=True)
class _Group:
    """One statement: `seen` has its executions, those alike as one; `slots` some of too many."""

    kind: str = ""
    calls: float = 0.0
    milliseconds: float | None = None
    seen: dict[Sample, float] | None = field(default_factory=dict)
    slots: list[Sample] = field(default_factory=list)


class Condensed:
    """Executions, added one by one; `told` has how many of a kind of thing were left out.

    `filled` gives a sample's text with its parameters. `most` statements are kept in the end.
    """

    def __init__(
        self,
        filled: Callable[[str, str], str] = lambda sql, values: sql,
        most: int = MOST,
        held: int = _HELD,
        room: int = _BYTES,
        dialect: str = "postgresql",
    ) -> None:
        self._words = dialects.get(dialect).statements
        self._shape: Callable[[str], str | bytes] = dialects.get(dialect).shapes.shape
        self.told: Counter[str] = Counter()
        self.executions = 0
        self._filled, self._most, self._held, self._room = filled, most, held, room
        self._groups: dict[str, _Group] = {}
        self._shapes: dict[str | bytes, _Group | None] = {}
        self._texts: dict[str, _Group] = {}
        self._broken = ""
        self._calls = self._milliseconds = 0.0
        self._bytes = 0
        self._rare: list[float] = [0, 0.0, 0.0]
        self._random = random.Random(0)

    def add(
        self, sql: str, values: str = "", milliseconds: float | None = None, calls: float = 1
    ) -> None:
        """Takes an execution, or `calls` of them that took `milliseconds` together."""
        self.executions += 1
        group = self._texts.get(sql) if values else None
        if group is None:
            key = self._shape(sql)
            group = self._shapes[key] if key in self._shapes else self._known(key, sql)
            if group is None:
                self._several(sql, milliseconds, calls)
                return
            if values and len(self._texts) < self._held // 4:
                self._texts[sql] = group
        group.calls += calls
        self._calls += calls
        if milliseconds is not None:
            group.milliseconds = (group.milliseconds or 0.0) + milliseconds
            self._milliseconds += milliseconds
        if not group.kind:
            self._sample(group, (sql, values), calls)

    def _several(self, sql: str, milliseconds: float | None, calls: float) -> None:
        """Takes a text of several statements, which share its time."""
        parts = self._words.split(sql)
        if len(parts) < 2:
            return
        share = None if milliseconds is None else milliseconds / len(parts)
        self.executions -= 1
        for part in parts:
            self.add(part, "", share, calls)

    def _known(self, key: str | bytes, sql: str) -> _Group | None:
        """Gives the statement of a new shape; None for a text of several."""
        if len(self._shapes) >= self._held:
            self._forget()
        name = self._words.fingerprint(sql)
        group = self._groups.get(name)
        if group is None:
            kind = self._words.kind(sql)
            if kind == SEVERAL and len(self._words.split(sql)) > 1:
                self._shapes[key] = None
                return None
            if kind == BROKEN:
                name = repr(key)
                self._broken = self._broken or " ".join(sql[:200].split())[:50]
            if len(self._groups) >= self._held:
                self._drop(self._held // 2)
            group = self._groups.setdefault(name, _Group(kind))
        self._shapes[key] = group
        return group

    def _sample(self, group: _Group, sample: Sample, calls: float) -> None:
        seen = group.seen
        if seen is None:
            # an execution that is drawn takes the place of any other
            drawn = self._random.random() * group.calls
            if drawn < SAMPLES * calls:
                slot = min(SAMPLES - 1, int(drawn / calls))
                self._bytes += _size(sample) - _size(group.slots[slot])
                group.slots[slot] = _shared(sample, group.slots[0])
        elif sample in seen:
            seen[sample] += calls
            return
        elif seen and len(sample[0]) > _LONG:
            seen[next(iter(seen))] += calls
            return
        elif len(seen) < SAMPLES:
            self._bytes += _size(sample)
            seen[_shared(sample, next(iter(seen), sample))] = calls
        else:
            every = [*seen, sample]
            group.slots = self._random.choices(every, [*seen.values(), calls], k=SAMPLES)
            self._bytes += sum(map(_size, group.slots)) - sum(map(_size, seen))
            group.seen = None
        if self._bytes > self._room:
            self._thin()

    def _thin(self) -> None:
        """Lets the samples go of the statements that took the least, until half the room is free.

        They get others when they run again.
        """
        for _, group in reversed(self._ordered()):
            if self._bytes <= self._room // 2:
                return
            self._bytes -= sum(map(_size, group.seen or group.slots))
            group.seen, group.slots = {}, []

    def _ordered(self) -> list[tuple[str, _Group]]:
        """Gives those that took the most first; of those that took the same any, not the first."""
        return sorted(self._groups.items(), key=lambda item: self._place(*item))

    def _place(self, name: str, group: _Group) -> tuple[float, int]:
        mixed = 0 if group.kind else zlib.crc32(name.encode("utf-8", "replace"))
        return -self._score(group), mixed

    def _drop(self, kept: int) -> None:
        """Drops all but the statements that took the most; what they took stays counted."""
        for name, group in self._ordered()[kept:]:
            del self._groups[name]
            self._bytes -= sum(map(_size, group.seen or group.slots))
            if not group.kind:
                rare = (1, group.calls, group.milliseconds or 0.0)
                self._rare = [a + b for a, b in zip(self._rare, rare, strict=True)]
            else:
                self.told[_KINDS[group.kind]] += int(group.calls)
        self._forget()

    def _forget(self) -> None:
        """Forgets which text is which statement: it is asked of the grammar again."""
        self._shapes.clear()
        self._texts.clear()

    def _score(self, group: _Group) -> float:
        """Gives a statement's share of all calls and of all time."""
        if group.kind:
            return -2.0
        if not group.seen and not group.slots:
            return -1.0
        time = (group.milliseconds or 0.0) / (self._milliseconds or 1.0)
        return group.calls / (self._calls or 1.0) + time

    def workload(self) -> Workload:
        """Gives the statements, with a sentence for each kind of thing that was left out."""
        sampled = sum(1 for group in self._groups.values() if group.seen or group.slots)
        self._drop(min(self._most, sampled))
        found = (one for group in self._groups.values() for one in self._statements(group))
        return Workload(tuple(found), tuple(self._left_out()))

    def _statements(self, group: _Group) -> Iterator[WorkloadStatement]:
        if group.seen is None:
            weights = {each: float(group.slots.count(each)) for each in group.slots}
        else:
            weights = group.seen
        whole = sum(weights.values()) or 1.0
        for (sql, values), weight in weights.items():
            calls, time = group.calls * weight / whole, group.milliseconds
            if time is not None:
                time *= weight / whole
            yield WorkloadStatement(self._filled(sql, values), calls, time)

    def _left_out(self) -> Iterator[str]:
        count, calls, milliseconds = self._rare
        if count:
            shares = [f"{calls / (self._calls or 1):.1%} of all calls"]
            if self._milliseconds:
                shares.append(f"{milliseconds / self._milliseconds:.1%} of the time")
            yield (
                f"{count:,.0f} statements that took the least, as at most {self._most:,} are tuned "
                f"for: {' and '.join(shares)}"
            )
        for what, number in self.told.items():
            such = f", such as `{self._broken}`" if what == _KINDS[BROKEN] else ""
            yield f"{number:,} {what}{such}"


_KINDS = {
    OTHER: "executions of what reads and writes no rows (BEGIN, SET …)",
    BROKEN: "executions of statements that do not parse",
    SEVERAL: "executions of texts that are no statement",
}


def _size(sample: Sample) -> int:
    return len(sample[0]) + len(sample[1]) + 200


def _shared(sample: Sample, other: Sample) -> Sample:
    """Gives the sample with the other's text where it is the same, which is held once then."""
    return (other[0], sample[1]) if sample[0] == other[0] else sample
