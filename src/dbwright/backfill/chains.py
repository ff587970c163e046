"""What queues share: a message works for some seconds and sends the next, until nothing is left.

A message holds nothing but a name, so one that is delivered twice, late or to two workers does
no harm; where one is lost, `ensure` sends another.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from dbwright.backfill.definition import Backfill, Settings
from dbwright.backfill.pace import Rate
from dbwright.backfill.run import Progress, progress, start, status
from dbwright.backfill.state import Status
from dbwright.backfill.trouble import first_line, kind_of
from dbwright.backfill.work import PATIENCE, Worked, Worker, work
from dbwright.core.errors import BrokerError

SECONDS = 20.0
"""How long a message works: a deployment waits no longer for its worker to end."""
LATER = 5.0
"""After how many seconds a worker that found every range in hand looks again."""
_MOST_PATIENCE = 600.0
Send = Callable[[str, int, float], None]
"""Sends the message for (name, workers) after so many seconds."""


def turn(
    engine: Engine,
    name: str,
    workers: int,
    send: Send,
    *,
    replicas: tuple[str, ...] = (),
    is_redelivered: bool = False,
) -> Worked | None:
    """Does what one message is for, and sends the next one; None where enough workers are there.

    One that a broker delivers again comes while the lease of the worker that died still counts:
    it is sent once more for when that has ended. Raises what `work` raises: the queue shows it,
    and `ensure` or the next run goes on.
    """
    found = status(engine, name)
    if found.state != "running":
        return None
    if found.workers >= workers:
        if is_redelivered:
            send(name, workers, found.lease_seconds)
        return None
    done = work(engine, name, Worker(replicas=replicas), SECONDS)
    if done.outcome == "more":
        send(name, workers, 0.0)
    elif done.outcome == "waiting":
        send(name, workers, LATER)
    return done


@dataclass(frozen=True, slots=True)
class Chains:
    """The messages of one queue: they are sent by `send`, and their workers use `engine`."""

    engine: Callable[[], Engine]
    send: Send

    def start(
        self, backfill: Backfill, settings: Settings | None = None, *, workers: int = 1
    ) -> Status:
        """Starts a backfill, or goes on with it, with so many workers; gives how it stands."""
        found, _ = start(self.engine(), backfill, settings)
        self.ensure(backfill.name, workers)
        return found

    def ensure(self, name: str, workers: int = 1) -> int:
        """Sends a message for each worker that is missing; gives how many. Safe at any time."""
        found = status(self.engine(), name)
        missing = workers - found.workers if found.state == "running" else 0
        for _ in range(missing):
            self.send(name, workers, 0.0)
        return max(missing, 0)

    def wait(
        self,
        name: str,
        workers: int = 1,
        *,
        watch: Callable[[Progress], None] | None = None,
        every: float = 1.0,
    ) -> Status:
        """Waits for the end of a backfill, and sends what a broker lost; gives how it ended.

        A database that went away is called again for five minutes, a broker for ever.
        """
        rate, engine = Rate(), self.engine()
        idle_since: float | None = None
        patience = LATER + SECONDS
        found = status(engine, name)
        lost_since: float | None = None
        while found.state == "running":
            words, now = "", time.monotonic()
            is_short = found.workers < (workers if found.has_more else 1)
            idle_since = (idle_since or now) if is_short else None
            patience = patience if is_short else LATER + SECONDS
            try:
                found, lost_since = status(engine, name), None
                if idle_since is not None and now - idle_since > patience:
                    self.ensure(name, workers)
                    # messages do not pile up over a night without workers
                    idle_since, patience = now, min(2 * patience, _MOST_PATIENCE)
            except BrokerError as error:
                words = error.message
            except DBAPIError as error:
                lost_since = lost_since or now
                if kind_of(error, engine.dialect.name) != "lost" or now - lost_since > PATIENCE:
                    raise
                words = f"waits for the database: {first_line(error)}"
            if watch is not None:
                watch(progress(found, rate, words))
            if found.state == "running":
                time.sleep(every)
        return found
