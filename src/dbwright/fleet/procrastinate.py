"""Fleets on Procrastinate, jobs in PostgreSQL: `pip install 'dbwright[procrastinate]'`.

    from dbwright import fleet_station
    from dbwright.fleet.procrastinate import on_procrastinate

    fleet = on_procrastinate(app, fleet_station("shop", inventory, state="postgresql://…"))

The app must be open where messages are sent; `--on` opens it. A job whose worker was killed stays
`doing` until it is retried as a stalled one; the upgrade does not wait for that and sends another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dbwright.fleet.queues import Message, Queue, Station

if TYPE_CHECKING:
    from procrastinate import App

TASK = "dbwright.fleet"


def on_procrastinate(app: App, station: Station, *, queue: str = "default") -> Queue:
    """Registers the task `dbwright.fleet` on an app, and gives what sends its messages."""

    def send(message: Message) -> None:
        with app.open():
            task.defer(message=message)

    @app.task(name=TASK, queue=queue)
    def task(message: Message) -> None:
        station.turn(message)

    return Queue(send)
