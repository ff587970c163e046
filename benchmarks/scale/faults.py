"""What befalls a backfill beside its own death: its database, its broker, its disk, its network.

    python faults.py [NAME…] [--times 10]

Each scene starts servers of its own, does the harm at random moments while others write to the
table, and looks at every row. A row that was done twice, or not at all, fails the scene.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kills import ADD, disturb, fill, judged
from servers import Postgres, until
from sqlalchemy import Engine

from dbwright.backfill import Settings, Status, engine_of, run, status
from dbwright.backfill.run import Progress

SMALL = Settings(first_size=20, max_size=20, lease_seconds=1.0, max_waiting=0)
ROWS = 20_000
WAITS = "waits for the database"


@dataclass
class Trial:
    """A backfill that runs in a thread with two workers, what it said, and how it ended."""

    engine: Engine
    settings: Settings = SMALL
    words: list[str] = field(default_factory=list)
    ended: Status | None = None
    error: BaseException | None = None
    thread: threading.Thread | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    others: threading.Thread | None = None

    def start(self, rows: int = ROWS, *, others: bool = True) -> Trial:
        """Fills the table, and sets the workers and those who disturb them to work."""
        fill(self.engine, rows)
        self.again()
        if others:
            self.others = threading.Thread(target=disturb, args=(self.engine, rows, self.stop))
            self.others.start()
        return self

    def again(self) -> None:
        """Runs it in a thread, as the same command again does."""
        self.error = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.ended = run(self.engine, ADD, self.settings, workers=2, watch=self._watch)
        except BaseException as error:
            self.error = error

    def _watch(self, at: Progress) -> None:
        if at.waits_for:
            self.words.append(at.waits_for)

    def is_running(self) -> bool:
        """Whether its workers work."""
        return self.thread is not None and self.thread.is_alive()

    def batches(self) -> int:
        """How many batches there are; -1 while nobody answers."""
        with contextlib.suppress(Exception):
            return status(self.engine, "add").batches
        return -1

    def goes_on(self, count: int = 5) -> None:
        """Waits until so many more batches are done."""
        start = self.batches()
        until(lambda: not self.is_running() or self.batches() >= start + count, "it goes on")

    def close(self) -> str:
        """Waits for the end; gives what came of it."""
        assert self.thread is not None
        self.thread.join()
        self.stop.set()
        if self.others is not None:
            self.others.join()
        if self.error is not None:
            raise self.error
        assert self.ended is not None
        return f"{self.ended.state}, {self.ended.batches:,} batches, {judged(self.engine)}"


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Gives a folder that a server's user can reach."""
    made = Path(tempfile.mkdtemp(prefix="faults-"))
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextlib.contextmanager
def server(place: Path, *settings: str) -> Iterator[Postgres]:
    """Gives a running PostgreSQL, ended with the block."""
    found = Postgres(place, settings=settings).made().start()
    try:
        yield found
    finally:
        found.end(signal.SIGQUIT)


def database(place: Path, times: int) -> str:
    """The postmaster and a backend killed, and an immediate stop, again and again."""
    chance = random.Random(11)
    done: dict[str, int] = {}
    with server(place / "pg") as primary:
        trial = Trial(engine_of(primary.url())).start(ROWS * 2)
        for number in range(3 * times):
            trial.goes_on(chance.randrange(1, 20))
            if not trial.is_running():
                break
            what = ("kill -9 of the postmaster", "kill -9 of a backend", "immediate stop")[
                number % 3
            ]
            if number % 3 == 1:
                primary.kill_backend()
                until(primary.answers, "the server is there again")
            else:
                primary.end(signal.SIGQUIT if number % 3 else signal.SIGKILL)
                time.sleep(chance.random() * 0.3)
                primary.start()
            done[what] = done.get(what, 0) + 1
        told = ", ".join(f"{count} × {what}" for what, count in done.items())
        return f"{told}: {trial.close()}"


SCENES: dict[str, Callable[[Path, int], str]] = {each.__name__: each for each in (database,)}


def main() -> None:
    """Runs the scenes that are named, or all, and prints what came of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", choices=[[], *SCENES])
    parser.add_argument("--times", type=int, default=10)
    arguments = parser.parse_args()
    failed = False
    for name in arguments.scenes or SCENES:
        began = time.monotonic()
        with folder() as place:
            told = SCENES[name](place, arguments.times)
        failed |= "WRONG" in told
        print(f"{name} ({time.monotonic() - began:.0f} s): {told}", flush=True)
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
