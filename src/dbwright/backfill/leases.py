"""Ranges of a table, handed to workers: cut when one is wanted, kept by a lease, folded when done.

Nobody has to know beforehand how keys are spread: whoever wants a range walks the index from where
the last one ended. A lease ends by the database's clock, so a worker that died is followed by
another one; a batch that is running keeps its range's row locked, whatever the clock says.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, text

from dbwright.backfill import state
from dbwright.backfill.definition import Settings
from dbwright.backfill.keys import KeyValues, of_text, to_text, values_of
from dbwright.backfill.servers import limit, reading, server_of, settle, transaction
from dbwright.backfill.state import BACKFILLS, RANGES, Entry, State
from dbwright.backfill.statements import Statements
from dbwright.core.errors import BackfillError

Given = Literal["waiting", "over"]
_BATCHES_IN_RANGE = 4
_SMALLEST, _LARGEST = 1_000, 200_000
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Lease:
    """A range that a worker has in hand, and how large its next batch is to be."""

    backfill: str
    number: int
    token: str
    size: int


def claim(
    connection: Connection, statements: Statements, settings: Settings, worker: str
) -> Lease | Given | State:
    """Gives a range to work on: one that a worker left behind, or the next of the table.

    Gives "waiting" while others have the last ranges in hand, "over" when nothing is left to give
    out, or the backfill's state when it is not running.
    """
    name = statements.backfill.name
    with transaction(connection):
        settle(connection, settings.lock_seconds, settings.batch_seconds)
        found = state.entry(connection, name)
        if found.state != "running":
            return found.state
        left = _left_behind(connection, name, settings, worker)
        if left is not None:
            return left
        found = state.entry(connection, name, lock=True)
        if found.state != "running":
            return found.state
        if not found.is_given_out:
            cut = _cut(connection, statements, settings, found, worker)
            if cut is not None:
                return cut
        return "waiting" if _in_hand(connection, name) else "over"


def _left_behind(
    connection: Connection, name: str, settings: Settings, worker: str
) -> Lease | None:
    server = server_of(connection)
    row = connection.execute(
        text(
            f"SELECT number, size FROM {RANGES} WHERE backfill = :name"
            f" AND NOT {server.lasts('leased_until')} ORDER BY number LIMIT 1{server.skipping}"
        ),
        {"name": name, "seconds": settings.lease_seconds},
    ).one_or_none()
    if row is None:
        return None
    token = uuid.uuid4().hex
    connection.execute(
        text(
            f"UPDATE {RANGES} SET worker = :worker, token = :token,"
            f" leased_until = {server.now} + :seconds WHERE backfill = :name AND number = :number"
        ),
        {
            "worker": worker,
            "token": token,
            "seconds": settings.lease_seconds,
            "name": name,
            "number": row.number,
        },
    )
    return Lease(name, row.number, token, row.size)


def _cut(
    connection: Connection, statements: Statements, settings: Settings, found: Entry, worker: str
) -> Lease | None:
    """Cuts the next range off the table, behind the ones given out; None where no row is left."""
    name, after = found.backfill.name, found.frontier
    given = statements.key.parameters("after", after)
    rows = min(max(found.size * _BATCHES_IN_RANGE, _SMALLEST), _LARGEST)
    sql = statements.end(after=after is not None, up_to=False)
    end = values_of(connection.execute(sql, {**given, "skip": rows - 1}).one_or_none())
    is_last = end is None
    if is_last:
        sql = statements.last(after=after is not None)
        end = values_of(connection.execute(sql, given).one_or_none())
    connection.execute(
        text(
            f"UPDATE {BACKFILLS} SET frontier = :frontier, is_given_out = :is_last"
            " WHERE name = :name"
        ),
        {"frontier": to_text(end or after), "is_last": int(is_last), "name": name},
    )
    if end is None:
        return None
    number = connection.scalar(
        text(f"SELECT coalesce(max(number), 0) + 1 FROM {RANGES} WHERE backfill = :name"),
        {"name": name},
    )
    token = uuid.uuid4().hex
    connection.execute(
        text(
            f"INSERT INTO {RANGES} (backfill, number, reached, upper_end, worker, token,"
            " leased_until, size, written, walked, batches) VALUES (:name, :number, :reached,"
            f" :upper, :worker, :token, {server_of(connection).now} + :seconds, :size, 0, 0, 0)"
        ),
        {
            "name": name,
            "number": number,
            "reached": to_text(after),
            "upper": to_text(end),
            "worker": worker,
            "token": token,
            "seconds": settings.lease_seconds,
            "size": found.size,
        },
    )
    return Lease(name, int(number or 1), token, found.size)


def _in_hand(connection: Connection, name: str) -> bool:
    count = connection.scalar(
        text(f"SELECT count(*) FROM {RANGES} WHERE backfill = :name"), {"name": name}
    )
    return bool(count)


@dataclass(frozen=True, slots=True)
class Range:
    """A range as its row has it, locked by the transaction that read it; its backfill's state."""

    reached: KeyValues | None
    upper: KeyValues
    state: State


class LeaseLost(Exception):
    """Another worker has the range: this one's lease ended before its next batch."""


def hold(connection: Connection, lease: Lease) -> Range:
    """Locks a lease's range in the transaction that stands; raises LeaseLost."""
    row = connection.execute(
        text(
            f"SELECT r.reached, r.upper_end, r.token, (SELECT b.state FROM {BACKFILLS} b"
            f" WHERE b.name = :name) AS state FROM {RANGES} r WHERE r.backfill = :name"
            f" AND r.number = :number{server_of(connection).locked}"
        ),
        {"name": lease.backfill, "number": lease.number},
    ).one_or_none()
    if row is None or row.token != lease.token:
        raise LeaseLost(lease.backfill)
    upper = of_text(row.upper_end)
    assert upper is not None
    return Range(of_text(row.reached), upper, row.state)


def advance(
    connection: Connection,
    lease: Lease,
    held: Range,
    last: KeyValues,
    *,
    written: int,
    walked: int,
    size: int,
    seconds: float,
) -> bool:
    """Notes how far a range is done, in the transaction of its batch; gives whether it is over."""
    given = {
        "name": lease.backfill,
        "number": lease.number,
        "written": written,
        "walked": walked,
        "size": size,
    }
    if last != held.upper:
        connection.execute(
            text(
                f"UPDATE {RANGES} SET reached = :reached, written = written + :written,"
                " walked = walked + :walked, batches = batches + 1, size = :size,"
                f" leased_until = {server_of(connection).now} + :seconds"
                " WHERE backfill = :name AND number = :number"
            ),
            {**given, "reached": to_text(last), "seconds": seconds},
        )
        return False
    _fold(connection, given)
    return True


def _fold(connection: Connection, given: dict[str, object]) -> None:
    row = connection.execute(
        text(
            f"SELECT written, walked, batches FROM {RANGES} WHERE backfill = :name"
            " AND number = :number"
        ),
        given,
    ).one()
    connection.execute(
        text(f"DELETE FROM {RANGES} WHERE backfill = :name AND number = :number"), given
    )
    connection.execute(
        text(
            f"UPDATE {BACKFILLS} SET written = written + :written, walked = walked + :walked,"
            " batches = batches + :batches, size = :size WHERE name = :name"
        ),
        {
            **given,
            "written": row.written + given["written"],
            "walked": row.walked + given["walked"],
            "batches": row.batches + 1,
        },
    )


def keep(connection: Connection, lease: Lease, seconds: float) -> None:
    """Prolongs a lease that is held, in the transaction that stands."""
    connection.execute(
        text(
            f"UPDATE {RANGES} SET leased_until = {server_of(connection).now} + :seconds"
            " WHERE backfill = :name AND number = :number"
        ),
        {"seconds": seconds, "name": lease.backfill, "number": lease.number},
    )


def release(connection: Connection, lease: Lease) -> None:
    """Gives a range back at once, for the next worker to go on with."""
    with transaction(connection):
        connection.execute(
            text(
                f"UPDATE {RANGES} SET leased_until = 0 WHERE backfill = :name"
                " AND number = :number AND token = :token"
            ),
            {"name": lease.backfill, "number": lease.number, "token": lease.token},
        )


def finish(connection: Connection, statements: Statements, settings: Settings) -> State:
    """Ends a backfill whose ranges are all done, or sweeps its table again; gives its state.

    Rows that fit `where` again, or came behind the workers, are found by the check: the next
    sweep writes them.
    """
    name = statements.backfill.name
    failed = {each.key for each in _failures(connection, name)}
    # the check reads the whole table, which takes longer than a batch may
    limit(connection, settings.lock_seconds, 0.0)
    found = undone(connection, statements, len(failed) + SHOWN)
    limit(connection, settings.lock_seconds, settings.batch_seconds)
    left = [key for key in found if key not in failed]
    with transaction(connection):
        now = server_of(connection).now
        entry = state.entry(connection, name, lock=True)
        if entry.state != "running" or not entry.is_given_out or _in_hand(connection, name):
            return entry.state
        if left and entry.sweep < entry.settings.sweeps:
            connection.execute(
                text(
                    f"UPDATE {BACKFILLS} SET frontier = NULL, is_given_out = 0,"
                    " sweep = sweep + 1, walked = 0 WHERE name = :name"
                ),
                {"name": name},
            )
            return "running"
        ended, message = _ended(statements, len(failed), left, entry.sweep)
        state.note_state(connection, name, ended, message, now)
    return ended


def _failures(connection: Connection, name: str) -> tuple[state.Failure, ...]:
    with reading(connection):
        return state.failures(connection, name, 100_000)


def undone(connection: Connection, statements: Statements, count: int) -> list[KeyValues]:
    """Gives the keys of rows that `where` finds, `count` at most; none without one."""
    sql = statements.left(count)
    if sql is None:
        return []
    with reading(connection):
        settle(connection, 2.0, 0.0)
        return [tuple(row) for row in connection.execute(sql)]


def _ended(
    statements: Statements, failed: int, undone: list[KeyValues], sweeps: int
) -> tuple[State, str]:
    if undone:
        shown = ", ".join(str(to_text(key)) for key in undone[:SHOWN])
        return "failed", (
            f"after {sweeps} sweeps rows are left that `{statements.backfill.where}` finds, "
            f"{shown} for example: what is written does not end the condition, or new rows come "
            "without it"
        )
    if failed:
        return "failed", f"{failed} row{'s' if failed > 1 else ''} could not be written"
    return "done", ""


def again(connection: Connection, name: str) -> None:
    """Has a backfill that failed go through its table anew, its failed rows too."""
    with transaction(connection):
        entry = state.entry(connection, name, lock=True)
        if entry.state in ("done", "cancelled"):
            raise BackfillError(
                f"the backfill {name} is {entry.state}",
                way_out="Forget it and start it anew, if its rows are to be gone through again.",
            )
        if entry.state == "failed":
            connection.execute(
                text(f"DELETE FROM {state.FAILURES} WHERE backfill = :name"), {"name": name}
            )
            if not _in_hand(connection, name) and entry.is_given_out:
                connection.execute(
                    text(
                        f"UPDATE {BACKFILLS} SET frontier = NULL, is_given_out = 0, sweep = 1,"
                        " walked = 0 WHERE name = :name"
                    ),
                    {"name": name},
                )
        state.note_state(connection, name, "running", "", server_of(connection).now)
