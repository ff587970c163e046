"""Fan-out: who works on the databases of a wave, and how many at once, in all and per host.

An engine is a `FanOut`: it takes the members of a wave and gives an event as each ends, and
where it knows as each begins. That is all it knows; what an event means is told in `waves`, and
state stays there.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol

from dbwright.core.fleet import TargetRun
from dbwright.deploy.hand import Hand
from dbwright.fleet.inventory import Member

Do = Callable[[Hand, Member], TargetRun]
RENEWED = 250
"""After how many databases a child is replaced: what a project's code gathers ends with it."""


@dataclass(frozen=True, slots=True)
class Event:
    """A member has begun, or has ended with a result."""

    member: Member
    result: TargetRun | None = None


class FanOut(Protocol):
    """Does something with each member; gives events, until all have ended or it is to stop."""

    def __call__(
        self, members: Sequence[Member], do: Do, stops: threading.Event
    ) -> Iterator[Event]:
        """Begins no further member once `stops` is set; those that run are waited for."""
        ...


@dataclass(slots=True)
class Threads:
    """The engine in this process: threads, each with a child of its own that stays."""

    hand: Callable[[], Hand]
    at_once: int = 4
    per_host: int = 4
    _hands: list[Hand] = field(default_factory=list)

    def __enter__(self) -> Threads:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for hand in self._hands:
            hand.close()
        self._hands.clear()

    def __call__(
        self, members: Sequence[Member], do: Do, stops: threading.Event
    ) -> Iterator[Event]:
        """Gives events; an error that `do` raises ends the run and is raised here."""
        count = min(self.at_once, len(members))
        while len(self._hands) < count:
            self._hands.append(self.hand())
        line = Line(members, self.per_host, stops)
        events: queue.Queue[Event | BaseException | None] = queue.Queue()
        threads = [
            threading.Thread(target=_work, args=(line, hand, do, events), daemon=True)
            for hand in self._hands[:count]
        ]
        for thread in threads:
            thread.start()
        try:
            yield from _events(events, count)
        finally:
            line.close()
            for thread in threads:
                thread.join()


def _events(events: queue.Queue[Event | BaseException | None], running: int) -> Iterator[Event]:
    while running:
        event = events.get()
        if event is None:
            running -= 1
        elif isinstance(event, BaseException):
            raise event
        else:
            yield event


class Line:
    """The members that wait, by their hosts, in turn."""

    def __init__(self, members: Sequence[Member], per_host: int, stops: threading.Event) -> None:
        self._waiting: dict[str, deque[Member]] = {}
        for member in members:
            self._waiting.setdefault(member.target.host, deque()).append(member)
        self._per_host = per_host
        self._busy: Counter[str] = Counter()
        self._stops = stops
        self._closed = False
        self._changed = threading.Condition()

    def next(self) -> Member | None:
        """Gives the next member whose host has room; None where there is none left."""
        with self._changed:
            while self._waiting and not self._stops.is_set() and not self._closed:
                if (member := self.take()) is not None:
                    return member
                self._changed.wait(0.5)
        return None

    def take(self) -> Member | None:
        """Gives the same without waiting for room."""
        with self._changed:
            for host in [] if self._stops.is_set() else [*self._waiting]:
                if self._busy[host] < self._per_host:
                    return self._taken(host)
        return None

    def _taken(self, host: str) -> Member:
        waiting = self._waiting.pop(host)
        member = waiting.popleft()
        if waiting:
            self._waiting[host] = waiting  # behind the others
        self._busy[host] += 1
        return member

    def done(self, member: Member) -> None:
        """Makes room on a member's host."""
        with self._changed:
            self._busy[member.target.host] -= 1
            self._changed.notify_all()

    def close(self) -> None:
        """Hands out no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def _work(
    line: Line, hand: Hand, do: Do, events: queue.Queue[Event | BaseException | None]
) -> None:
    count = 0
    try:
        while (member := line.next()) is not None:
            events.put(Event(member))
            try:
                result = do(hand, member)
            finally:
                line.done(member)
            events.put(Event(member, result))
            count += 1
            if count % RENEWED == 0:
                hand.close()
    except BaseException as error:
        events.put(error)
    finally:
        events.put(None)
