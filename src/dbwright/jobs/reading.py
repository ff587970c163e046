"""A guarded read of a user's database, from the door to its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dbwright.collect import guarded
from dbwright.core.errors import UsageError
from dbwright.core.reading import Answer, Limits

_MOST = Limits(seconds=600, lock_seconds=60, rows=100_000, bytes=50_000_000, value=10_000_000)


def run(sql: str, db: str, parameters: Sequence[Any], limits: Limits | None) -> Answer:
    """Gives the answer; UsageError for limits that are none, ReadRefused for more than a read."""
    chosen = limits or Limits()
    for name in ("seconds", "lock_seconds", "rows", "bytes", "value"):
        given, most = getattr(chosen, name), getattr(_MOST, name)
        if not 0 < given <= most:
            raise UsageError(
                f"the limit {name} is {given}, and it has to be above 0 and at most {most:,}"
            )
    return guarded.read(db, sql, parameters, chosen)
