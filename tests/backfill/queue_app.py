"""The application that workers of the queues import: which queue and databases, variables say."""

from __future__ import annotations

import os

from dbwright.backfill import chains, engine_of

chains.SECONDS, chains.LATER = 0.5, 0.5
URL = os.environ["BACKFILL_URL"]

if "BROKER" in os.environ:
    from celery import Celery

    from dbwright.backfill.celery import on_celery

    app = Celery("it", broker=os.environ["BROKER"])
    app.conf.broker_transport_options = {"visibility_timeout": 2}
    app.conf.task_default_queue = os.environ["QUEUE"]
    app.conf.worker_prefetch_multiplier = 1
    backfills = on_celery(app, lambda: engine_of(URL))
else:
    from procrastinate import App, PsycopgConnector

    from dbwright.backfill.procrastinate import on_procrastinate

    jobs = App(connector=PsycopgConnector(conninfo=os.environ["JOBS"]))
    backfills = on_procrastinate(jobs, lambda: engine_of(URL))
