"""Fan-out over a queue: a message names a database, a worker upgrades it and writes its row.

No message holds a URL: workers read the inventory themselves. The state database is what both
sides see. A row is `sent`, then `running`, then as it ended; a worker takes one that is sent or
running, so a message that comes twice does no harm: the gate lets one upgrade in, and the second
finds nothing to do.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from dbwright.core.errors import UsageError
from dbwright.core.fleet import TargetRun
from dbwright.deploy.hand import Hand
from dbwright.deploy.run import Code, Settings
from dbwright.fleet.fan_out import RENEWED, Do, Event, FanOut, Line
from dbwright.fleet.inventory import Inventory, Member
from dbwright.fleet.state import State, opened
from dbwright.fleet.work import Task

BEAT = 5.0
"""Seconds between two signs of life of a worker."""
PATIENCE = 60.0
"""Seconds without one after which a message is sent again; twice as long each time."""
Message = dict[str, Any]
Send = Callable[[Message], None]


@dataclass(slots=True)
class Station:
    """What a worker needs: the project's code, the fleet's inventory, where the state is kept."""

    code: Code
    inventory: Callable[[], Inventory]
    state: str
    timeout: float | None = None
    _idle: list[tuple[Hand, int]] = field(default_factory=list)
    _members: dict[str, Member] = field(default_factory=dict)

    def turn(self, message: Message) -> TargetRun | None:
        """Does what one message is for; None where it is not to be done any more."""
        name = message["target"]
        with opened(self.state) as state:
            if not state.take(name):
                return None
            with _beating(state, name):
                run = self._run(message)
            state.put(run)
        return run

    def close(self) -> None:
        """Ends the children that wait for another database."""
        while self._idle:
            self._idle.pop()[0].close()

    def _run(self, message: Message) -> TargetRun:
        name, stands_at = message["target"], message["stands_at"]
        task = Task(
            self.code, message["revision"], Settings(**message["settings"]), stands_at,
            message["wave"],
        )  # fmt: skip
        member = self._member(name)
        if member is None:
            words = "the worker's inventory does not have it"
            return TargetRun(name, "", task.wave, "refused", error=words)
        with self._hand() as hand:
            run = task(hand, member)
        if run.state == "done" and run.revision != stands_at:
            words = f"it stands at {run.revision}, not {stands_at}: the worker has other code"
            return replace(run, state="failed", error=words)
        return run

    def _member(self, name: str) -> Member | None:
        if name not in self._members:
            self._members = {member.name: member for member in self.inventory().members}
        return self._members.get(name)

    @contextlib.contextmanager
    def _hand(self) -> Iterator[Hand]:
        """Gives a child that nobody uses; after some databases there is another one."""
        try:
            hand, count = self._idle.pop()
        except IndexError:
            hand, count = Hand(self.code.python, self.code.root, timeout=self.timeout), 0
        try:
            yield hand
        finally:
            if count < RENEWED:
                self._idle.append((hand, count + 1))
            else:
                hand.close()


@contextlib.contextmanager
def _beating(state: State, name: str) -> Iterator[None]:
    """Says again and again that a database is being worked on."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT):
            with contextlib.suppress(Exception):  # the next one tells it
                state.note(name, "running")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue by what sends its messages; `at` gives the fan-out of one upgrade over it."""

    send: Send

    def at(self, place: str, at_once: int, per_host: int) -> FanOut:
        """Gives what fans out by way of the state at a place."""
        return Queued(self.send, place, at_once, per_host)


@dataclass(slots=True)
class _Sent:
    member: Member
    message: Message
    mark: object = None
    since: float = field(default_factory=time.monotonic)
    patience: float = field(default_factory=lambda: PATIENCE)


@dataclass(frozen=True, slots=True)
class Queued:
    """Sends messages, no more at once than it may, and waits for the rows that workers write."""

    send: Send
    place: str
    at_once: int = 4
    per_host: int = 4
    every: float = 0.5

    def __call__(
        self, members: Sequence[Member], do: Do, stops: threading.Event
    ) -> Iterator[Event]:
        """Gives an event as each ends. What was sent and not begun when it stops is called back."""
        if not isinstance(do, Task):
            raise UsageError("a queue carries upgrades of databases, and nothing else")
        line = Line(members, self.per_host, stops)
        out: dict[str, _Sent] = {}
        with opened(self.place) as state:
            try:
                while self._fill(state, line, do, out):
                    if stops.is_set():
                        for name in state.call_back(out):
                            line.done(out.pop(name).member)
                    for run in self._ended(state, out):
                        sent = out.pop(run.target)
                        line.done(sent.member)
                        yield Event(sent.member, run)
                    if out:
                        time.sleep(self.every)
            finally:
                state.call_back(out)

    def _fill(self, state: State, line: Line, task: Task, out: dict[str, _Sent]) -> bool:
        """Sends what may be sent; gives whether anything is out."""
        while len(out) < self.at_once and (member := line.take()) is not None:
            message = _message(task, member)
            out[member.name] = _Sent(member, message)
            state.note(member.name, "sent")
            self.send(message)
        return bool(out)

    def _ended(self, state: State, out: dict[str, _Sent]) -> list[TargetRun]:
        """Gives those that have ended; of one that shows no sign of life the message goes again."""
        ended = []
        for run, changed in state.marks(out):
            if run.state not in ("sent", "running"):
                ended.append(run)
                continue
            sent, now = out[run.target], time.monotonic()
            if sent.mark != (run.state, changed):
                sent.mark, sent.since = (run.state, changed), now
            elif now - sent.since > sent.patience:
                sent.since, sent.patience = now, 2 * sent.patience
                self.send(sent.message)
        return ended


def _message(task: Task, member: Member) -> Message:
    return {
        "target": member.name,
        "wave": task.wave,
        "revision": task.revision,
        "stands_at": task.stands_at,
        "settings": asdict(task.settings),
    }
