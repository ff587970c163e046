"""The state of backfills, in tables of the user's database: it commits with the rows it tells of.

A backfill has one row, and each range that a worker has in hand one more; a range that is done is
folded into the first, so the tables stay as small as there are workers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, text

from dbwright.backfill.definition import Backfill, Settings, of_text, settings_of_text
from dbwright.backfill.keys import KeyValues, to_text
from dbwright.backfill.keys import of_text as key_of_text
from dbwright.backfill.servers import Server, reading, server_of, transaction
from dbwright.core.errors import BackfillError, UsageError

State = Literal["running", "paused", "cancelled", "done", "failed"]
STATES = ("running", "paused", "cancelled", "done", "failed")
BACKFILLS, RANGES, FAILURES = (
    "dbwright_backfill",
    "dbwright_backfill_range",
    "dbwright_backfill_failure",
)


@dataclass(frozen=True, slots=True)
class Status:
    """How a backfill stands. `rows` are those written, `seconds` the time since its start."""

    name: str
    table: str
    state: State
    rows: int
    batches: int
    sweep: int
    failures: int
    workers: int
    seconds: float
    message: str
    expected: float = 0.0
    """About how many rows its table has."""
    walked: int = 0
    """Rows of the table that lie behind its workers, written or not."""
    lease_seconds: float = 0.0
    """How long the range of a worker that died is its own."""
    has_more: bool = False
    """Whether ranges of this sweep are left to give out."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A row that could not be written, with what the database said."""

    key: KeyValues
    error: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A backfill's row: what it does, how fast, how far its ranges have been given out."""

    backfill: Backfill
    digest: str
    settings: Settings
    state: State
    frontier: KeyValues | None
    is_given_out: bool
    sweep: int
    size: int


def tables_of(server: Server) -> tuple[str, ...]:
    """Gives the CREATE TABLE of the three tables."""
    name, words, seconds = server.name_type, server.text_type, server.seconds_type
    tail = server.table_options
    return (
        f"CREATE TABLE IF NOT EXISTS {BACKFILLS} (name {name} NOT NULL PRIMARY KEY,"
        f" definition {words} NOT NULL, digest varchar(64) NOT NULL, settings {words} NOT NULL,"
        f" state varchar(12) NOT NULL, frontier {words}, is_given_out integer NOT NULL,"
        f" sweep integer NOT NULL, size integer NOT NULL, written bigint NOT NULL,"
        f" walked bigint NOT NULL, batches bigint NOT NULL, expected {seconds} NOT NULL,"
        f" started {seconds} NOT NULL, ended {seconds}, message {words} NOT NULL){tail}",
        f"CREATE TABLE IF NOT EXISTS {RANGES} (backfill {name} NOT NULL,"
        f" number bigint NOT NULL, reached {words}, upper_end {words} NOT NULL,"
        f" worker varchar(190) NOT NULL, token varchar(32) NOT NULL,"
        f" leased_until {seconds} NOT NULL,"
        f" size integer NOT NULL, written bigint NOT NULL, walked bigint NOT NULL,"
        f" batches bigint NOT NULL, PRIMARY KEY (backfill, number)){tail}",
        f"CREATE TABLE IF NOT EXISTS {FAILURES} (backfill {name} NOT NULL,"
        f" number bigint NOT NULL, row_key {words} NOT NULL, error {words} NOT NULL,"
        f" PRIMARY KEY (backfill, number)){tail.replace('fillfactor = 50, ', '')}",
    )


def make_tables(connection: Connection) -> None:
    """Makes the tables where they are missing."""
    server = server_of(connection)
    if has_tables(connection):
        return
    with transaction(connection):
        if server.name == "postgresql":
            # two that start at once would meet in CREATE TABLE IF NOT EXISTS
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('dbwright_backfill'))"))
        for sql in tables_of(server):
            connection.exec_driver_sql(sql)


def has_tables(connection: Connection) -> bool:
    """Whether the tables are there, in the schema that the connection writes to."""
    from sqlalchemy import inspect

    with reading(connection):
        return bool(inspect(connection).has_table(FAILURES))


def enter(
    connection: Connection,
    backfill: Backfill,
    settings: Settings,
    expected: float,
    digest: str,
) -> tuple[State, bool]:
    """Enters a backfill, or finds it; gives its state and whether it is new.

    Raises UsageError where one of that name does something else: two versions of a step never
    share a backfill.
    """
    now = server_of(connection).now
    with transaction(connection):
        found = _entry(connection, backfill.name, lock=True)
        if found is not None:
            if found.digest != digest:
                raise _other(backfill, found)
            connection.execute(
                text(f"UPDATE {BACKFILLS} SET settings = :settings WHERE name = :name"),
                {"settings": settings.as_text(), "name": backfill.name},
            )
            return found.state, False
        connection.execute(
            text(
                f"INSERT INTO {BACKFILLS} (name, definition, digest, settings, state, frontier,"
                " is_given_out, sweep, size, written, walked, batches, expected, started, ended,"
                " message) VALUES (:name, :definition, :digest, :settings, 'running', NULL, 0, 1,"
                f" :size, 0, 0, 0, :expected, {now}, NULL, '')"
            ),
            {
                "name": backfill.name,
                "definition": backfill.as_text(),
                "digest": digest,
                "settings": settings.as_text(),
                "size": min(settings.first_size, settings.max_size),
                "expected": expected,
            },
        )
    return "running", True


def _other(backfill: Backfill, found: Entry) -> UsageError:
    what = found.backfill.set or found.backfill.call or "delete"
    if backfill == found.backfill:
        what = f"another version of {backfill.call}"
    return UsageError(
        f"a backfill {backfill.name} of {found.backfill.table} is there already, and it does "
        f"something else: {what}",
        way_out="Give this one another name; or cancel that one and forget it.",
    )


def entry(connection: Connection, name: str, *, lock: bool = False) -> Entry:
    """Gives a backfill's row, locked where asked; UsageError where there is none."""
    found = _entry(connection, name, lock=lock)
    if found is None:
        raise UsageError(
            f"there is no backfill {name} in this database",
            way_out="`dbwright migrations backfill --status` lists those there are.",
        )
    return found


def _entry(connection: Connection, name: str, *, lock: bool) -> Entry | None:
    tail = server_of(connection).locked if lock else ""
    row = connection.execute(
        text(
            "SELECT definition, digest, settings, state, frontier, is_given_out, sweep, size"
            f" FROM {BACKFILLS} WHERE name = :name{tail}"
        ),
        {"name": name},
    ).one_or_none()
    if row is None:
        return None
    definition, digest, settings, state, frontier, given, sweep, size = row
    return Entry(
        of_text(definition),
        digest,
        settings_of_text(settings),
        state,
        key_of_text(frontier),
        bool(given),
        sweep,
        size,
    )


def set_state(connection: Connection, name: str, state: State, message: str = "") -> None:
    """Changes how a backfill stands; one that is done or cancelled stays so, but for a resume."""
    now = server_of(connection).now
    with transaction(connection):
        found = entry(connection, name, lock=True)
        if found.state in ("done", "cancelled") and state != found.state:
            raise BackfillError(
                f"the backfill {name} is {found.state}",
                way_out="Forget it, and start it anew, if its rows are to be gone through again.",
            )
        note_state(connection, name, state, message, now)


def note_state(connection: Connection, name: str, state: State, message: str, now: str) -> None:
    """Writes a state in the transaction that stands."""
    ended = "NULL" if state in ("running", "paused") else now
    connection.execute(
        text(
            f"UPDATE {BACKFILLS} SET state = :state, message = :message, ended = {ended}"
            " WHERE name = :name"
        ),
        {"state": state, "message": message, "name": name},
    )


def forget(connection: Connection, name: str) -> None:
    """Takes a backfill that has ended out of the tables."""
    with transaction(connection):
        found = entry(connection, name, lock=True)
        if found.state in ("running", "paused"):
            raise BackfillError(
                f"the backfill {name} is {found.state}", way_out="Cancel it before."
            )
        erase(connection, name)


def erase(connection: Connection, name: str) -> None:
    """Takes a backfill out of the tables, in the transaction that stands."""
    for table, column in ((RANGES, "backfill"), (FAILURES, "backfill"), (BACKFILLS, "name")):
        connection.execute(text(f"DELETE FROM {table} WHERE {column} = :name"), {"name": name})


def statuses(connection: Connection, name: str | None = None) -> tuple[Status, ...]:
    """Gives how backfills stand, or the one of a name, by their start."""
    now = server_of(connection).now
    where = "WHERE b.name = :name" if name else ""
    rows = connection.execute(
        text(
            "SELECT b.name, b.definition, b.settings, b.state, b.written, b.walked,"
            " b.batches, b.sweep, b.is_given_out,"
            f" coalesce(b.ended, {now}) - b.started AS seconds, b.message, b.expected,"
            " coalesce(r.written, 0) AS more, coalesce(r.walked, 0) AS further,"
            " coalesce(r.batches, 0) AS batches_more,"
            f" (SELECT count(*) FROM {FAILURES} f WHERE f.backfill = b.name) AS failures"
            f" FROM {BACKFILLS} b LEFT JOIN (SELECT backfill, sum(written) AS written,"
            " sum(walked) AS walked, sum(batches) AS batches"
            f" FROM {RANGES} GROUP BY backfill) r ON r.backfill = b.name {where}"
            " ORDER BY b.started, b.name"
        ),
        {"name": name} if name else {},
    ).all()
    leases = connection.execute(
        text(f"SELECT backfill, leased_until - {now} AS lasts FROM {RANGES}")
    ).all()
    return tuple(
        Status(
            row.name,
            json.loads(row.definition)["table"],
            row.state,
            int(row.written) + int(row.more),
            int(row.batches) + int(row.batches_more),
            row.sweep,
            row.failures,
            _workers(settings_of_text(row.settings), [n for b, n in leases if b == row.name]),
            float(row.seconds),
            row.message,
            float(row.expected),
            int(row.walked) + int(row.further),
            settings_of_text(row.settings).lease_seconds,
            row.state == "running" and not row.is_given_out,
        )
        for row in rows
    )


def _workers(settings: Settings, leases: Sequence[float]) -> int:
    """Gives how many leases are in force, as `Server.lasts` says it in SQL."""
    return sum(0 < seconds <= 2 * settings.lease_seconds for seconds in leases)


def failures(connection: Connection, name: str, most: int = 100) -> tuple[Failure, ...]:
    """Gives the rows that failed, in the order of their keys' text."""
    rows: Sequence[tuple[str, str]] = connection.execute(
        text(
            f"SELECT row_key, error FROM {FAILURES} WHERE backfill = :name"
            f" ORDER BY number LIMIT {int(most)}"
        ),
        {"name": name},
    ).all()
    return tuple(Failure(key_of_text(key) or (), error) for key, error in rows)


def add_failure(connection: Connection, name: str, key: KeyValues, error: str) -> int:
    """Notes a row that failed, in the transaction that stands; gives how many there are."""
    given = {"name": name}
    count = connection.scalar(
        text(f"SELECT coalesce(max(number), 0) + 1 FROM {FAILURES} WHERE backfill = :name"), given
    )
    known = connection.scalar(
        text(f"SELECT count(*) FROM {FAILURES} WHERE backfill = :name AND row_key = :key"),
        {**given, "key": to_text(key)},
    )
    if not known:
        connection.execute(
            text(f"INSERT INTO {FAILURES} VALUES (:name, :number, :key, :error)"),
            {**given, "number": count, "key": to_text(key), "error": error},
        )
    return int(count or 0)
