"""An upgrade run once more under other conditions: stopped in its middle, in another time zone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from dbwright.core.schema import Schema
from dbwright.core.trace import Rehearsal
from dbwright.scratch.worker import Worker
from dbwright.verify import retries, time_zones


def added(
    found: Rehearsal,
    worker: Worker,
    project_args: dict[str, Any],
    fresh: Callable[[], AbstractContextManager[tuple[Any, Schema]]],
) -> Rehearsal:
    """Gives the rehearsal with these runs, where the upgrade went through on PostgreSQL.

    `fresh` gives a database of before, with rows, and its schema.
    """
    up, migration = found.up, found.migration
    if up is None or up.failed or migration is None or found.dialect != "postgresql":
        return found

    def upgrade(host: Any) -> None:
        worker.call("upgrade", host, revision=found.revision, **project_args)

    return replace(
        found,
        interrupted=retries.stopped(upgrade, fresh, found.revision, up),
        elsewhere=time_zones.elsewhere(upgrade, fresh, migration, up),
    )
