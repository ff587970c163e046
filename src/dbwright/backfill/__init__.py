"""Backfills: work on every row of a large table, in batches that commit with how far they got.

    from dbwright.backfill import Backfill, engine_of, run

    run(engine_of(url), Backfill("orders_total", "orders", set="total_cents = total * 100",
                                 where="total_cents IS NULL"), workers=2)

`step` is the heart: one batch, one transaction, its rows and its place together. Every engine only
calls `work`, which calls it: threads here, Celery and Procrastinate in modules of those names.
"""

from dbwright.backfill.definition import Backfill, Batch, Settings
from dbwright.backfill.estimate import Estimate, estimate
from dbwright.backfill.in_revision import in_revision
from dbwright.backfill.run import (
    Progress,
    cancel,
    engine_of,
    failures,
    forget,
    known,
    list_all,
    pause,
    resume,
    run,
    settings_of,
    start,
    status,
)
from dbwright.backfill.state import Failure, Status
from dbwright.backfill.work import Worked, Worker, work

__all__ = [
    "Backfill",
    "Batch",
    "Estimate",
    "Failure",
    "Progress",
    "Settings",
    "Status",
    "Worked",
    "Worker",
    "cancel",
    "engine_of",
    "estimate",
    "failures",
    "forget",
    "in_revision",
    "known",
    "list_all",
    "pause",
    "resume",
    "run",
    "settings_of",
    "start",
    "status",
    "work",
]
