"""One batch, in one transaction: its rows and how far its range is done are committed together.

This is all that any engine calls. Whatever dies, is cut off or is sent twice, each row is written
once in effect: either the transaction of its batch is there, with the range moved behind it, or
neither is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from dbwright.backfill import leases, state
from dbwright.backfill.definition import Batch, Settings
from dbwright.backfill.keys import KeyValues, values_of
from dbwright.backfill.leases import Lease
from dbwright.backfill.servers import settle, transaction
from dbwright.backfill.state import State
from dbwright.backfill.statements import Statements

Call = Callable[[Connection, Batch], int]


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step did: the state it met, the rows it wrote, how long it took, where it ended."""

    state: State
    written: int = 0
    seconds: float = 0.0
    reached: KeyValues | None = None
    is_over: bool = False
    is_full: bool = False
    """Whether the batch had as many rows as it might have."""


def step(
    connection: Connection,
    statements: Statements,
    settings: Settings,
    lease: Lease,
    size: int,
    call: Call | None = None,
) -> Stepped:
    """Works on the next `size` rows of a lease's range.

    Raises LeaseLost where another worker has the range, and the driver's error, wrapped by
    SQLAlchemy, where the batch failed; nothing of it is there then.
    """
    began = time.monotonic()
    with transaction(connection):
        settle(connection, settings.lock_seconds, settings.batch_seconds)
        held = leases.hold(connection, lease)
        if held.state != "running":
            return Stepped(held.state)
        end = _end(connection, statements, held, size)
        last = held.upper if end is None else end
        written = _written(connection, statements, held, last, call)
        is_over = leases.advance(
            connection,
            lease,
            held,
            last,
            written=written,
            walked=size if end is not None else written,
            size=size,
            seconds=settings.lease_seconds,
        )
    seconds = time.monotonic() - began
    return Stepped("running", written, seconds, last, is_over, end is not None)


def skip_row(
    connection: Connection, statements: Statements, settings: Settings, lease: Lease, error: str
) -> tuple[KeyValues, int, bool]:
    """Notes that the next row of a range cannot be written, and goes behind it.

    Gives its key, how many rows have failed by now, and whether the range is over.
    """
    with transaction(connection):
        settle(connection, settings.lock_seconds, settings.batch_seconds)
        held = leases.hold(connection, lease)
        end = _end(connection, statements, held, 1)
        last = held.upper if end is None else end
        count = state.add_failure(connection, lease.backfill, last, error)
        is_over = leases.advance(
            connection,
            lease,
            held,
            last,
            written=0,
            walked=1,
            size=1,
            seconds=settings.lease_seconds,
        )
    return last, count, is_over


def _end(
    connection: Connection, statements: Statements, held: leases.Range, size: int
) -> KeyValues | None:
    key, after = statements.key, held.reached
    sql = statements.end(after=after is not None, up_to=True)
    given = {**key.parameters("after", after), **key.parameters("upper", held.upper)}
    return values_of(connection.execute(sql, {**given, "skip": size - 1}).one_or_none())


def _written(
    connection: Connection,
    statements: Statements,
    held: leases.Range,
    last: KeyValues,
    call: Call | None,
) -> int:
    key, after = statements.key, held.reached
    given: dict[str, Any] = {**key.parameters("after", after), **key.parameters("last", last)}
    if call is not None:
        where = statements.batch_condition(after=after is not None)
        batch = Batch(statements.table.quoted, where, given, after, last)
        return int(call(connection, batch) or 0)
    found = connection.execute(statements.batch(after=after is not None), given)
    return max(int(found.rowcount), 0)
