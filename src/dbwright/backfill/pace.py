"""How large the next batch is, and how fast the work goes."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from dbwright.backfill.definition import Settings

_WINDOW = 20.0
"""Seconds over which the rate is told."""


@dataclass(slots=True)
class Pace:
    """The size of one worker's batches, steered to the time that one shall take.

    A batch that failed for a row is cut in two until the row stands alone; from there the size
    doubles again. Where half of the rows take the same time, it is not the rows that take it: the
    size goes back, and falls no more for that.
    """

    settings: Settings
    size: int
    most: int = 0
    _slow: tuple[int, float] | None = None
    """The size from which on batches took too long, and the seconds that it took."""
    _floor: tuple[int, float] = (1, 0.0)
    """The size below which nothing is gained, and the seconds that a batch takes there."""

    def __post_init__(self) -> None:
        self.most = self.settings.max_size
        self.size = max(1, min(self.size, self.most))

    def took(self, seconds: float, *, is_full: bool) -> None:
        """Learns from a batch that went well; one with few rows says little."""
        factor = min(2.0, max(0.5, self.settings.target_seconds / max(seconds, 1e-4)))
        if not is_full and factor > 1:
            return
        if factor >= 1:
            self._slow = None
        elif is_full:
            self._judge(seconds)
        least = self.size + 1 if factor >= 1.5 else self._floor[0]
        self.size = max(1, min(self.most, max(least, round(self.size * factor))))

    def _judge(self, seconds: float) -> None:
        """Sees whether batches that take too long became quicker with their size."""
        if 0 < 4 * self._floor[1] < seconds:
            self._floor, self._slow = (1, 0.0), None
        size, before = self._slow = self._slow or (self.size, seconds)
        if self.size <= size // 2:
            self._slow = (self.size, seconds)
            if seconds > 0.9 * before:
                self._floor = (size, seconds)

    def shrink(self) -> bool:
        """Halves the size after a failure; gives False where it is one row already."""
        if self.size <= 1:
            return False
        self.size //= 2
        return True


@dataclass(slots=True)
class Rate:
    """Rows a second over the last twenty seconds, by a clock that nobody sets."""

    seen: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, rows: int, now: float | None = None) -> None:
        """Notes how many rows there are by now."""
        at = time.monotonic() if now is None else now
        self.seen.append((at, rows))
        while len(self.seen) > 2 and at - self.seen[0][0] > _WINDOW:
            self.seen.popleft()

    @property
    def rows_a_second(self) -> float:
        """The rows between the first and the last note, a second."""
        if len(self.seen) < 2:
            return 0.0
        (start, first), (end, last) = self.seen[0], self.seen[-1]
        return max(0.0, (last - first) / max(end - start, 1e-6))

    def seconds_for(self, rows: float) -> float | None:
        """Gives how long so many rows take at this rate; None while nothing moves."""
        rate = self.rows_a_second
        return rows / rate if rate > 0 else None
