"""Backfills on Procrastinate, jobs in PostgreSQL: `pip install 'dbwright[procrastinate]'`.

    from dbwright.backfill.procrastinate import on_procrastinate

    backfills = on_procrastinate(app, lambda: engine)

    backfills.start(Backfill("orders_total", "orders", set="…", where="…"), workers=4)
    backfills.wait("orders_total")

The app must be open where messages are sent. A job whose worker was killed stays `doing` until
it is retried as a stalled one, which `wait` and `ensure` need not: they send another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from dbwright.backfill.chains import Chains, turn
from dbwright.core.errors import BrokerError

if TYPE_CHECKING:
    from procrastinate import App

TASK = "dbwright.backfill"


def on_procrastinate(
    app: App,
    engine: Callable[[], Engine],
    *,
    queue: str = "default",
    replicas: tuple[str, ...] = (),
) -> Chains:
    """Registers the task `dbwright.backfill` on an app, and gives what starts its messages.

    `engine` gives the engine of the database whose tables are written; each process calls it for
    itself. `replicas` are URLs of replicas to ask for their lag.
    """

    from procrastinate.exceptions import ConnectorException

    def send(name: str, workers: int, seconds: float) -> None:
        sent = task.configure(schedule_in={"seconds": round(seconds)}) if seconds else task
        try:
            sent.defer(name=name, workers=workers)
        except ConnectorException as error:
            raise BrokerError(
                f"Procrastinate takes no job of the backfill {name}: {error.__cause__ or error}",
                way_out="Start it again when its database is there: it goes on where it is.",
            ) from error

    @app.task(name=TASK, queue=queue)
    def task(name: str, workers: int) -> None:
        turn(engine(), name, workers, send, replicas=replicas)

    return Chains(engine, send)
