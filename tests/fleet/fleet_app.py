"""The application that workers of the queues import: which fleet and broker, variables say."""

from __future__ import annotations

import os
from pathlib import Path

from dbwright import fleet_station
from dbwright.fleet import queues
from dbwright.jobs.fleet import Source

queues.BEAT, queues.PATIENCE = 0.2, 3.0
ROOT = Path(os.environ["FLEET_ROOT"])
station = fleet_station(ROOT, Source(file=str(ROOT / "fleet.txt")), state=os.environ["FLEET_STATE"])

if "BROKER" in os.environ:
    from celery import Celery

    from dbwright.fleet.celery import on_celery

    app = Celery("it", broker=os.environ["BROKER"])
    app.conf.broker_transport_options = {"visibility_timeout": 2}
    app.conf.task_default_queue = os.environ["QUEUE"]
    app.conf.worker_prefetch_multiplier = 1
    fleet = on_celery(app, station)
else:
    from procrastinate import App, PsycopgConnector

    from dbwright.fleet.procrastinate import on_procrastinate

    jobs = App(connector=PsycopgConnector(conninfo=os.environ["JOBS"]))
    fleet = on_procrastinate(jobs, station)
