"""What a backfill will cost: from the database's sizes, and a batch that is run and undone."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from dbwright.backfill import tables
from dbwright.backfill.definition import Backfill, Batch, Settings
from dbwright.backfill.keys import KeyValues, values_of
from dbwright.backfill.servers import prepare, reading, settle, transaction
from dbwright.backfill.statements import Statements
from dbwright.backfill.trouble import first_line, kind_of
from dbwright.backfill.work import loaded, refuse_replica
from dbwright.core.errors import BackfillError


@dataclass(frozen=True, slots=True)
class Sample:
    """A batch that was run and rolled back: the rows it walked and wrote, seconds, bytes of log."""

    walked: int
    written: int
    seconds: float
    log_bytes: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a backfill does and is expected to take.

    `rows` are those of the table, `undone` those that `where` finds, by the planner's statistics.
    """

    backfill: Backfill
    statement: str
    key: tuple[str, ...]
    rows: float
    undone: float
    row_bytes: float
    sample: Sample | None
    trouble: str = ""
    """What the database said to a row of the first batch, which the work would name and pass by."""

    def seconds(self, workers: int = 1) -> float | None:
        """Gives how long it takes with so many workers, if nothing makes them wait."""
        if self.sample is None or not self.sample.walked:
            return None
        return self.rows * self.sample.seconds / self.sample.walked / workers

    @property
    def log_bytes(self) -> float | None:
        """The write-ahead log that it writes, in bytes; None where the server does not tell."""
        if self.sample is None or self.sample.log_bytes is None or not self.sample.written:
            return None
        return self.undone * self.sample.log_bytes / self.sample.written

    @property
    def dead_bytes(self) -> float:
        """The old versions of rows, in bytes, that VACUUM or purge has to take away."""
        return self.undone * self.row_bytes


def estimate(
    engine: Engine, backfill: Backfill, settings: Settings | None = None, *, sample: bool = True
) -> Estimate:
    """Gives what a backfill is expected to take; with `sample` its first batch is run and undone.

    Raises UsageError where the table has no key to walk it by; BackfillError where the server
    only reads, or says that the statement is wrong.
    """
    settings = settings or Settings()
    with engine.connect() as plain:
        connection = prepare(plain, settings.lock_seconds, settings.batch_seconds)
        refuse_replica(connection)
        with reading(connection):
            table = tables.find(connection, backfill)
        statements = Statements(backfill, table)
        try:
            undone = _undone(connection, statements)
            found, trouble = _tried(connection, statements, settings) if sample else (None, "")
        except DBAPIError as error:
            raise BackfillError(
                f"the first batch of {backfill.name} failed, and was undone: {first_line(error)}",
                way_out=f"It was: {shown(statements)}",
            ) from error
        size = _row_bytes(connection, statements)
    return Estimate(
        backfill,
        f"call {backfill.call}" if backfill.call else shown(statements),
        table.columns,
        max(table.rows, undone),
        undone,
        size,
        found,
        trouble,
    )


def shown(statements: Statements) -> str:
    """Gives the statement of a batch as people read it, without the ends of the batch."""
    found = statements.backfill
    start = (
        f"DELETE FROM {found.table}" if found.delete else f"UPDATE {found.table} SET {found.set}"
    )
    return f"{start} WHERE {found.where}" if found.where else start


def _tried(
    connection: Connection, statements: Statements, settings: Settings
) -> tuple[Sample | None, str]:
    try:
        return _sample(connection, statements, settings), ""
    except DBAPIError as error:
        if kind_of(error, connection.dialect.name) != "row":
            raise
        return None, first_line(error)


class _UndoneError(Exception):
    pass


def _sample(connection: Connection, statements: Statements, settings: Settings) -> Sample | None:
    """Runs the first batch and rolls it back."""
    key, size = statements.key, settings.first_size
    found: Sample | None = None
    call = loaded(statements.backfill.call) if statements.backfill.call else None
    with contextlib.suppress(_UndoneError), transaction(connection):
        settle(connection, settings.lock_seconds, settings.batch_seconds)
        first = connection.execute(statements.end(after=False, up_to=False), {"skip": size - 1})
        last: KeyValues | None = values_of(first.one_or_none())
        walked = size
        if last is None:
            last = values_of(connection.execute(statements.last(after=False)).one_or_none())
            walked = 0
        if last is None:
            return None
        given = key.parameters("last", last)
        start, began = _log(connection), time.monotonic()
        if call is not None:
            where = statements.batch_condition(after=False)
            written = call(connection, Batch(statements.table.quoted, where, given, None, last))
        else:
            written = connection.execute(statements.batch(after=False), given).rowcount
        seconds, end = time.monotonic() - began, _log(connection)
        log = None if start is None or end is None else end - start
        found = Sample(walked or written, written, seconds, log)
        raise _UndoneError
    return found


def _log(connection: Connection) -> float | None:
    if connection.dialect.name != "postgresql":
        return None
    sql = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::double precision"
    return float(connection.scalar(text(sql.replace("::", "\\:\\:"))) or 0.0)


def _undone(connection: Connection, statements: Statements) -> float:
    """The planner's count of the rows that `where` finds; of the table's where there is none."""
    table, where = statements.table, statements.backfill.where
    if not where or connection.dialect.name == "sqlite":
        return table.rows
    sql = f"SELECT 1 FROM {table.quoted} WHERE ({where}\n)".replace(":", "\\:")
    with reading(connection):
        settle(connection, 2.0, 30.0)
        if connection.dialect.name == "postgresql":
            plan: Any = connection.scalar(text(f"EXPLAIN (FORMAT JSON) {sql}"))
            found = json.loads(plan) if isinstance(plan, str) else plan
            return float(found[0]["Plan"]["Plan Rows"])
        rows = connection.execute(text(f"EXPLAIN {sql}")).mappings().all()
    return float(rows[0]["rows"] or 0.0) * float(rows[0].get("filtered") or 100.0) / 100.0


def _row_bytes(connection: Connection, statements: Statements) -> float:
    table = statements.table
    if connection.dialect.name != "postgresql" or not table.rows:
        return 0.0
    sql = (
        "SELECT sum(pg_relation_size(relid)) FROM ("
        "SELECT relid FROM pg_partition_tree(to_regclass(:name)) UNION SELECT to_regclass(:name)) t"
    )
    with reading(connection):
        return float(connection.scalar(text(sql), {"name": table.quoted}) or 0.0) / table.rows
