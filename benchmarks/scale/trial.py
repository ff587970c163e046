"""A backfill that runs in a thread while harm is done to it, and the servers that it runs on."""

from __future__ import annotations

import contextlib
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kills import ADD, disturb, fill, judged
from servers import Postgres, until
from sqlalchemy import Engine

from dbwright.backfill import Settings, Status, run, status
from dbwright.backfill.run import Progress

SMALL = Settings(first_size=20, max_size=20, lease_seconds=1.0, max_waiting=0)
ROWS = 20_000


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
