"""Fleets on Celery, with any broker: `pip install 'dbwright[celery]'`.

# where the Celery app is made, so that its workers import it
from dbwright import fleet_station
from dbwright.fleet.celery import on_celery

fleet = on_celery(app, fleet_station("shop", inventory, state="postgresql://…/operations"))

dbwright fleet upgrade --inventory … --state postgresql://…/operations --on shop.tasks:fleet
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dbwright.fleet.queues import Message, Queue, Station

if TYPE_CHECKING:
    from celery import Celery  # type: ignore[import-untyped]

TASK = "dbwright.fleet"


def on_celery(app: Celery, station: Station, *, queue: str | None = None) -> Queue:
    """Registers the task `dbwright.fleet` on an app, and gives what sends its messages."""
    options: dict[str, Any] = {"queue": queue} if queue else {}

    @app.task(  # type: ignore[untyped-decorator]
        name=TASK, acks_late=True, reject_on_worker_lost=True, ignore_result=True
    )
    def task(message: Message) -> None:
        station.turn(message)

    return Queue(lambda message: task.apply_async((message,), **options))
