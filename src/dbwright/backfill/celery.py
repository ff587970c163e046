"""Backfills on Celery, with any broker: `pip install 'dbwright[celery]'`.

    # where the Celery app is made, so that its workers import it
    from dbwright.backfill.celery import on_celery

    backfills = on_celery(app, lambda: engine)

    backfills.start(Backfill("orders_total", "orders", set="…", where="…"), workers=4)
    backfills.wait("orders_total")

A message is acknowledged when its work is done, so that a broker sends it again where the worker
died: https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.acks_late
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from dbwright.backfill.chains import Chains, turn
from dbwright.core.errors import BrokerError

if TYPE_CHECKING:
    from celery import Celery, Task  # type: ignore[import-untyped]

TASK = "dbwright.backfill"


def on_celery(
    app: Celery,
    engine: Callable[[], Engine],
    *,
    queue: str | None = None,
    replicas: tuple[str, ...] = (),
) -> Chains:
    """Registers the task `dbwright.backfill` on an app, and gives what starts its messages.

    `engine` gives the engine of the database whose tables are written; each process calls it for
    itself. `replicas` are URLs of replicas to ask for their lag.
    """
    from kombu.exceptions import OperationalError

    options: dict[str, Any] = {"queue": queue} if queue else {}

    def send(name: str, workers: int, seconds: float) -> None:
        try:
            task.apply_async((name, workers), countdown=seconds or None, **options)
        except OperationalError as error:
            raise BrokerError(
                f"the broker takes no message of the backfill {name}: {error}",
                way_out="Start it again when the broker is there: it goes on where it is.",
            ) from error

    @app.task(  # type: ignore[untyped-decorator]
        name=TASK,
        bind=True,
        acks_late=True,
        reject_on_worker_lost=True,
        ignore_result=True,
        max_retries=None,
    )
    def task(self: Task, name: str, workers: int) -> None:
        is_redelivered = bool((self.request.delivery_info or {}).get("redelivered"))
        turn(engine(), name, workers, send, replicas=replicas, is_redelivered=is_redelivered)

    return Chains(engine, send)
