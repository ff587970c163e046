"""The first batches of a backfill, run and undone: what they took, wrote and left to replicas."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from dbwright.backfill.definition import Batch, Settings
from dbwright.backfill.keys import KeyValues, values_of
from dbwright.backfill.servers import settle, transaction
from dbwright.backfill.statements import Statements
from dbwright.backfill.work import loaded

_PATIENCE = 2.0
"""Seconds that replicas are given to replay the sample."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Batches that were run and rolled back: rows walked and written, seconds for each, log.

    `in_place` are the new versions that went into the page of the old one and into no index,
    `pieces` those of long values that were written; None where the server does not tell.
    """

    walked: int
    written: int
    walk_seconds: float
    seconds: float
    log_bytes: float | None = None
    in_place: int | None = None
    pieces: int | None = None
    images: int = 0
    """Whole pages in the log: of each page one behind every checkpoint."""


@dataclass(frozen=True, slots=True)
class Replay:
    """How fast a replica replayed the log of the sample, from its begin to the last byte."""

    name: str
    bytes_a_second: float


class _UndoneError(Exception):
    pass


def sample_of(connection: Connection, statements: Statements, settings: Settings) -> Sample | None:
    """Runs batches, each twice as large, until they took as long as one shall take; undoes them.

    Gives the one that wrote most, as the first ones warm up; None where the table is empty.
    """
    found: Sample | None = None
    with contextlib.suppress(_UndoneError), transaction(connection):
        settle(connection, settings.lock_seconds, settings.batch_seconds)
        found = max(_batches(connection, statements, settings), key=_weight, default=None)
        raise _UndoneError
    return found


def _weight(sample: Sample) -> tuple[int, int]:
    return sample.written, sample.walked


def _batches(
    connection: Connection, statements: Statements, settings: Settings
) -> Iterator[Sample]:
    """Runs the batches, and gives what each came to."""
    after: KeyValues | None = None
    size, until = settings.first_size, time.monotonic() + settings.target_seconds
    while True:
        behind, began = after is not None, time.monotonic()
        given = statements.key.parameters("after", after)
        sql = statements.end(after=behind, up_to=False)
        end = values_of(connection.execute(sql, {**given, "skip": size - 1}).one_or_none())
        walk = time.monotonic() - began
        last = end
        if last is None:
            sql = statements.last(after=behind)
            last = values_of(connection.execute(sql, given).one_or_none())
        if last is None:
            return
        given |= statements.key.parameters("last", last)
        log, counted, began = _log(connection), _counted(connection, statements), time.monotonic()
        written, images, own = _written(connection, statements, given, after, last)
        took = time.monotonic() - began
        hot, pieces = _counted(connection, statements)
        yield Sample(
            size if end is not None else written,
            written,
            walk,
            took,
            own if own is not None or log is None else (_log(connection) or log) - log,
            None if hot is None else hot - (counted[0] or 0),
            None if pieces is None else pieces - (counted[1] or 0),
            images,
        )
        if end is None or time.monotonic() > until or 2 * size > settings.max_size:
            return
        after, size = last, 2 * size


def _written(
    connection: Connection,
    statements: Statements,
    given: dict[str, Any],
    after: KeyValues | None,
    last: KeyValues,
) -> tuple[int, int, float | None]:
    """Runs a batch; gives its rows, the whole pages in its log, and the bytes of that."""
    where = statements.batch_condition(after=after is not None)
    if statements.backfill.call:
        batch = Batch(statements.table.quoted, where, given, after, last)
        return int(loaded(statements.backfill.call)(connection, batch) or 0), 0, None
    sql = statements.write(where)
    if connection.dialect.name != "postgresql":
        return max(connection.execute(sql, given).rowcount, 0), 0, None
    options = "ANALYZE, WAL, TIMING OFF, SUMMARY OFF, FORMAT JSON"
    said: Any = connection.scalar(text(f"EXPLAIN ({options}) {sql.text}"), given)
    plan = (json.loads(said) if isinstance(said, str) else said)[0]["Plan"]
    rows = sum(each["Actual Rows"] * each["Actual Loops"] for each in plan.get("Plans", ()))
    return int(rows), int(plan["WAL FPI"]), float(plan["WAL Bytes"])


def _log(connection: Connection) -> float | None:
    if connection.dialect.name != "postgresql":
        return None
    sql = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::double precision"
    return float(connection.exec_driver_sql(sql).scalar() or 0.0)


_COUNTED = text(
    """
    SELECT coalesce(sum(pg_stat_get_xact_tuples_hot_updated(t.relid)), 0)::bigint,
           coalesce(sum(pg_stat_get_xact_tuples_inserted(c.reltoastrelid)), 0)::bigint
    FROM (SELECT relid FROM pg_partition_tree(to_regclass(:name))
          UNION SELECT to_regclass(:name)) t
    JOIN pg_class c ON c.oid = t.relid"""
)


def _counted(connection: Connection, statements: Statements) -> tuple[int | None, int | None]:
    """Gives the versions in place, and the pieces of long values, of this transaction so far."""
    if connection.dialect.name != "postgresql":
        return None, None
    hot, pieces = connection.execute(_COUNTED, {"name": statements.table.quoted}).one()
    return int(hot), int(pieces)


_FOLLOWED = text(
    """
    SELECT coalesce(nullif(application_name, ''), client_addr::text, 'a replica') AS name,
           replay_lsn >= CAST(:wanted AS pg_lsn) AS is_there
    FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn IS NOT NULL"""
)


def replays(connection: Connection, sample: Sample) -> tuple[Replay, ...]:
    """Gives how fast each streaming replica replays the log of the sample; none where none does.

    A message of some bytes is written behind it, so that the log is flushed.
    """
    if connection.dialect.name != "postgresql" or not sample.log_bytes:
        return ()
    began, took = time.monotonic(), sample.walk_seconds + sample.seconds
    found: dict[str, Replay] = {}
    with transaction(connection):
        settle(connection, 2.0, 30.0)
        sql = "SELECT pg_logical_emit_message(true, 'dbwright', '')::text"
        wanted = connection.exec_driver_sql(sql).scalar()
    while True:
        with transaction(connection):
            rows = connection.execute(_FOLLOWED, {"wanted": wanted}).all()
        seconds = time.monotonic() - began
        late = {row.name for row in rows if not row.is_there}
        for row in rows:
            if row.is_there:
                found.setdefault(row.name, Replay(row.name, sample.log_bytes / (took + seconds)))
        if not late or seconds > _PATIENCE:
            break
        time.sleep(0.02)
    for name in late:
        found[name] = Replay(name, sample.log_bytes / (took + _PATIENCE))
    return tuple(found.values())
