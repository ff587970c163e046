"""How a program holds its connections: pauses within transactions, and who uses them together.

The little that each statement costs stands in hook.py; what is here runs when something is seen.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from time import monotonic
from types import FrameType
from typing import Any

from .groups import Group, Tally
from .stacks import Line, Stacks

PAUSE = 0.3
"""So many seconds of waiting between two statements of one transaction are taken down."""
_MOMENT = 0.1
_MOST = 200
_OPEN = 10_000
_DEEP = 60


class After:
    """What is done behind a statement in place of SQLAlchemy's own, which it calls: `made`.

    It ends the time of one that is looked at, which stands for `weight` of its group.
    """

    __slots__ = ("began", "group", "held", "made", "weight")

    def __init__(
        self,
        held: Open | None,
        made: Callable[[], None] | None,
        group: Group | None = None,
        weight: int = 0,
    ) -> None:
        self.held, self.made, self.group, self.weight = held, made, group, weight
        self.began = time.perf_counter()

    def __call__(self) -> None:
        made, self.made = self.made, None  # it knows the one who knows this
        if made is not None:
            made()
        self.end()
        if self.held is not None:
            self.held.after()

    def end(self) -> None:
        """Takes down how long it took, once."""
        group, self.group = self.group, None
        if group is not None:
            group.milliseconds += (time.perf_counter() - self.began) * 1000 * self.weight
        if self.held is not None:
            self.held.timed = None


class Open:
    """A transaction that is open on a connection: its last statement, and whose it is.

    `last` is when a statement ended last, less than 0 while another one runs, 0 until the first has
    ended. `plain` says that the end of each statement of this dialect is noted by itself (sent.py),
    and `timed` is what times the last one.
    """

    __slots__ = (
        "cpu",
        "delayed",
        "failed",
        "is_async",
        "last",
        "looked",
        "others",
        "plain",
        "tally",
        "thread",
        "timed",
        "who",
        "wrote",
    )

    def __init__(self, is_async: bool, plain: bool) -> None:
        self.is_async, self.plain = is_async, plain
        self.last = self.cpu = self.delayed = self.looked = 0.0
        self.who = self.thread = 0
        self.wrote = False
        self.tally: Tally | None = None
        self.others: dict[int, set[int]] = {}
        self.failed: tuple[Line, ...] = ()
        self.timed: After | None = None

    def after(self) -> None:
        """A statement has ended."""
        self.last = monotonic()


class Pause:
    """Pauses between the same two lines within transactions."""

    __slots__ = ("count", "ended", "longest", "wrote")

    def __init__(self) -> None:
        self.count, self.longest, self.wrote, self.ended = 0, 0.0, False, ""


class Delays(threading.local):
    """How long the thread had to wait for a processor, as it was a moment ago at most."""

    seconds = at = 0.0

    def lately(self) -> float:
        """Gives it without asking the system for each transaction of many."""
        now = monotonic()
        if now - self.at > _MOMENT:
            self.at, self.seconds = now, delayed()
        return self.seconds


def delayed() -> float:
    """Gives how many seconds this thread could have run and had no processor; Linux alone knows."""
    try:
        with open("/proc/thread-self/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


class Holds:
    """The transactions that are open, and what was seen of them, by lines."""

    def __init__(self) -> None:
        self.open: dict[int, Open] = {}
        self._ended: dict[int, float] = {}
        self._delays = Delays()
        self.pauses: dict[tuple[tuple[Line, ...], tuple[Line, ...]], Pause] = {}
        self.shared: dict[tuple[str, tuple[Line, ...], tuple[Line, ...]], int] = {}

    def begin(self, connection: Any, plain: bool) -> None:
        """A transaction begins; with autocommit there is none."""
        level = connection.get_execution_options().get("isolation_level")
        level = level or getattr(connection.dialect, "_on_connect_isolation_level", None)
        if str(level).upper() == "AUTOCOMMIT":
            self.open.pop(id(connection), None)
            return
        if len(self.open) > _OPEN:  # those whose connections were lost
            self.open.clear()
        self.open[id(connection)] = held = Open(bool(connection.dialect.is_async), plain)
        held.thread, held.cpu = threading.get_ident(), time.thread_time()
        held.delayed = self._delays.lately()

    def commit(self, connection: Any) -> str:
        """Says which commit it is: one that has only read waits for no disk."""
        held = self.open.get(id(connection))
        return "commit" if held is None or held.wrote else "read-commit"

    def end(self, connection: Any, how: str, stacks: Stacks, frame: FrameType) -> None:
        """A transaction ends by commit or rollback."""
        held = self.open.pop(id(connection), None)
        if held is None:
            return
        if len(self._ended) > _OPEN:
            self._ended.clear()
        self._ended[held.who] = monotonic()
        if held.last > 0.0 and monotonic() - held.last > PAUSE:
            self.pause(held, how, stacks, frame)

    def pause(self, held: Open, how: str, stacks: Stacks, frame: FrameType) -> None:
        """Nothing was sent for a while: it is no waiting while the thread computes or would.

        A thread that could compute, and that a busy machine gives no processor, waits for nothing.
        """
        waited = monotonic() - held.last
        busy = 0.0  # since the transaction began, at most
        if held.thread == threading.get_ident():
            busy = time.thread_time() - held.cpu + delayed() - held.delayed
        if waited - busy < PAUSE or held.tally is None:
            return
        if held.tally.streams:  # rows are read meanwhile
            return
        key = (_lines(held.tally), tuple(stacks.now(frame).lines))
        found = self.pauses.get(key)
        if found is None:
            if len(self.pauses) >= _MOST:
                return
            found = self.pauses[key] = Pause()
        found.count += 1
        found.longest = max(found.longest, waited)
        found.wrote = found.wrote or held.wrote
        found.ended = how

    def other(self, held: Open, who: int, stacks: Stacks, frame: FrameType) -> None:
        """Another thread or task uses a connection within the same transaction.

        That is a fault where it does so during a statement of the first, or where both are in the
        same function at the time: to hand on a session is none.
        """
        if held.who and held.who != who and held.tally is not None:
            during = held.last <= 0.0
            if during or (not held.is_async and self._both(held, who, frame)):
                kind = "task" if held.is_async else "thread"
                key = (kind, _lines(held.tally), tuple(stacks.now(frame).lines))
                if key in self.shared or len(self.shared) < _MOST:
                    self.shared[key] = self.shared.get(key, 0) + 1
        held.who = who

    def look(self, held: Open, lines: list[Line]) -> None:
        """Takes down which other threads are in the same function, while one of them asks."""
        frames = sys._current_frames()
        # a variable of this frame that has it would keep all that stands below it
        frames.pop(threading.get_ident(), None)
        held.others = {}
        if not frames or held.is_async or not lines:
            return
        held.looked = monotonic()
        for number, frame in list(frames.items())[:_DEEP]:
            if number != held.who:
                calls = {id(each) for each in _frames(frame) if each.f_code is lines[0][0]}
                if calls:
                    held.others[number] = calls

    def _both(self, held: Open, who: int, frame: FrameType) -> bool:
        """Whether two threads are in calls of one function at the same time.

        Either the thread of the last statement is still in its call, or this one was there when
        that statement ran. One that has used another connection since has begun something new.
        """
        lines = _lines(held.tally)
        if not lines:
            return False
        code, number = lines[0]
        mine = {id(each) for each in _frames(frame) if each.f_code is code}
        if not mine:
            return False
        if held.others.get(who, set()) & mine and not self._moved(who, held.looked):
            return True
        first = sys._current_frames().get(held.who)
        still = any(each.f_code is code and each.f_lineno >= number for each in _frames(first))
        return still and not self._moved(held.who, held.last)

    def _moved(self, who: int, since: float) -> bool:
        """Whether a thread has used another connection since then."""
        if self._ended.get(who, 0.0) > since:
            return True
        return any(each.who == who and each.last > since for each in self.open.values())


def _frames(frame: FrameType | None) -> list[FrameType]:
    found: list[FrameType] = []
    while frame is not None and len(found) < _DEEP:
        found.append(frame)
        frame = frame.f_back
    return found


def _lines(tally: Tally | None) -> tuple[Line, ...]:
    looked = tally.looked if tally is not None else None
    return looked.stacks[-1] if looked is not None and looked.stacks else ()


def current_task() -> int:
    """Gives the number of the task that runs, 0 where none does."""
    asyncio = sys.modules.get("asyncio")
    try:
        return id(asyncio.current_task()) if asyncio is not None else 0
    except RuntimeError:
        return 0


def on_a_loop() -> bool:
    """Whether an event loop runs on this thread."""
    asyncio = sys.modules.get("asyncio")
    try:
        return asyncio is not None and asyncio.get_running_loop() is not None
    except RuntimeError:
        return False
