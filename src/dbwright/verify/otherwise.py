"""An upgrade run once more under other conditions: stopped in its middle, in another time zone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from dbwright.core.schema import Schema
from dbwright.core.trace import Rehearsal
from dbwright.recipes import half_applied
from dbwright.scratch.worker import Worker
from dbwright.verify import interrupted, time_zones
from dbwright.verify.executed import executed


def added(
    found: Rehearsal,
    worker: Worker,
    project_args: dict[str, Any],
    fresh: Callable[[], AbstractContextManager[tuple[Any, Schema]]],
) -> Rehearsal:
    """Gives the rehearsal with these runs, where the upgrade goes through, be it without rows.

    `fresh` gives a database of before, with rows, and its schema.
    """
    up, migration = found.up, found.migration
    without = found.without_rows
    if up is None or migration is None or (up.failed and (without is None or without.failed)):
        return found

    def upgrade(host: Any) -> None:
        worker.call("upgrade", host, revision=found.revision, **project_args)

    halves = half_applied.halves(executed(migration, found))
    found = replace(
        found, interrupted=interrupted.interrupted(upgrade, fresh, found.revision, halves)
    )
    if up.failed or found.dialect != "postgresql":
        return found
    return replace(found, elsewhere=time_zones.elsewhere(upgrade, fresh, migration, up))
