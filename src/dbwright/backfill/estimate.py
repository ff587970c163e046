"""What a backfill will cost: from the database's sizes, and batches that are run and undone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from dbwright.backfill import tables
from dbwright.backfill.definition import Backfill, Settings
from dbwright.backfill.sample import Replay, Sample, replays, sample_of
from dbwright.backfill.servers import prepare, reading, settle
from dbwright.backfill.statements import Statements
from dbwright.backfill.trouble import first_line, kind_of
from dbwright.backfill.work import refuse_replica
from dbwright.core.errors import BackfillError

_HEAD = 60.0
"""About what a record of the log has beside the bytes that it is about."""
_BEHIND = 1.25
"""A replica that takes so many times as long as the writing is behind; less is the way to it."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of a row on average: in the table itself, in all its indexes, a piece of a long value.

    Zero where the database does not tell.
    """

    row: float = 0.0
    indexes: float = 0.0
    piece: float = 0.0
    checkpoint_seconds: float = 0.0
    entries: int = 0
    """How many indexes there are."""


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
    sizes: Sizes
    sample: Sample | None
    replays: tuple[Replay, ...] = ()
    trouble: str = ""
    """What the database said to a row of the first batch, which the work would name and pass by."""

    def seconds(self, workers: int = 1) -> float | None:
        """Gives how long it takes with so many workers, if nothing makes them wait."""
        found = self.sample
        if found is None or not found.walked:
            return None
        if not found.written:
            return self.rows * (found.walk_seconds + found.seconds) / found.walked / workers
        walk, write = found.walk_seconds / found.walked, found.seconds / found.written
        return (self.rows * walk + self.undone * write) / workers

    @property
    def log_bytes(self) -> float | None:
        """The write-ahead log that it writes, in bytes; None where the server does not tell.

        A whole page is in it once behind each checkpoint, however often it is written.
        """
        found = self.sample
        if found is None:
            return self._most_log()
        if found.log_bytes is None or not found.written:
            return None
        if not found.images:  # full_page_writes is off, or nobody counted them
            return self.undone * found.log_bytes / found.written
        records = max(found.log_bytes - _PAGE * found.images, 0.0)
        cycles = 1 + (self.seconds() or 0.0) // (self.sizes.checkpoint_seconds or float("inf"))
        return self.undone * records / found.written + cycles * self._touched(found)

    def _most_log(self) -> float | None:
        """The log where nothing was tried: each row goes to another page, and into each index."""
        if self.backfill.call or not self.sizes.row:
            return None
        heads = _HEAD * (1 + (0 if self.backfill.delete else self.sizes.entries))
        moved = 0.0 if self.backfill.delete else self.sizes.row + self.sizes.indexes
        return self.undone * (moved + heads) + self._touched(None)

    def _touched(self, found: Sample | None) -> float:
        """The bytes of the pages that are written: nearly all, where one row of each is."""
        in_place = found is not None and (found.in_place or 0) >= 0.99 * found.written
        row = self.sizes.row + (0.0 if in_place or self.backfill.delete else self.sizes.indexes)
        if found is not None:
            row += self.sizes.piece * (found.pieces or 0) / max(found.written, 1)
        return min(self.rows * row, self.undone * _PAGE)

    @property
    def dead_bytes(self) -> float:
        """The old versions of rows, in bytes, that VACUUM or purge has to take away."""
        return self.undone * self.sizes.row

    @property
    def growth_bytes(self) -> float | None:
        """What the disk has to have room for: new versions of rows, until VACUUM gives room.

        A version that fits into its page, and whose indexes stay as they are, takes none; where
        nothing was tried, none is taken to fit.
        """
        found = self.sample
        if self.backfill.delete or (self.backfill.call and found is None):
            return None
        if found is None:
            return self.undone * (self.sizes.row + self.sizes.indexes) or None
        if found.in_place is None or not found.written:
            return None
        moved = 1.0 - found.in_place / found.written
        pieces = (found.pieces or 0) / found.written
        row = moved * (self.sizes.row + self.sizes.indexes) + pieces * self.sizes.piece
        return self.undone * row

    def slowest(self, workers: int = 1) -> tuple[Replay, float] | None:
        """Gives the replica that would fall behind, and the seconds until it has replayed all.

        None where each kept up with the batches of the sample.
        """
        seconds, log = self.seconds(workers), self.log_bytes
        if not seconds or not log or not self.replays:
            return None
        slow = min(self.replays, key=lambda each: each.bytes_a_second)
        needs = log / slow.bytes_a_second
        return (slow, needs) if needs > _BEHIND * seconds else None


def estimate(
    engine: Engine, backfill: Backfill, settings: Settings | None = None, *, sample: bool = True
) -> Estimate:
    """Gives what a backfill is expected to take; `sample` runs and undoes first batches.

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
        sizes = _sizes(connection, statements)  # before the sample, which leaves its rows there
        try:
            undone = _undone(connection, statements)
            found, trouble = _tried(connection, statements, settings) if sample else (None, "")
        except DBAPIError as error:
            raise BackfillError(
                f"the first batch of {backfill.name} failed, and was undone: {first_line(error)}",
                way_out=f"It was: {shown(statements)}",
            ) from error
        followed = replays(connection, found) if found else ()
    return Estimate(
        backfill,
        f"call {backfill.call}" if backfill.call else shown(statements),
        table.columns,
        max(table.rows, undone),
        undone,
        sizes,
        found,
        followed,
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
        return sample_of(connection, statements, settings), ""
    except DBAPIError as error:
        if kind_of(error, connection.dialect.name) != "row":
            raise
        return None, first_line(error)


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


_SIZES = text(
    """
    SELECT coalesce(sum(pg_relation_size(t.relid)), 0) AS heap,
           coalesce(sum(pg_indexes_size(t.relid)), 0) AS indexes,
           coalesce(sum(pg_relation_size(nullif(c.reltoastrelid, 0))), 0) AS toast,
           coalesce(sum(o.reltuples) FILTER (WHERE o.reltuples > 0), 0) AS pieces,
           (SELECT count(*) FROM pg_index i WHERE i.indrelid = to_regclass(:name)) AS entries,
           (SELECT setting FROM pg_settings WHERE name = 'checkpoint_timeout') AS timeout
    FROM (SELECT relid FROM pg_partition_tree(to_regclass(:name))
          UNION SELECT to_regclass(:name)) t
    JOIN pg_class c ON c.oid = t.relid LEFT JOIN pg_class o ON o.oid = c.reltoastrelid"""
)
_PAGE = 8_192.0
_PIECE = 2_048.0
"""About what a piece of a long value takes, with its row's head, where none was counted."""


def _sizes(connection: Connection, statements: Statements) -> Sizes:
    table = statements.table
    if connection.dialect.name != "postgresql" or not table.rows:
        return Sizes()
    with reading(connection):
        row = connection.execute(_SIZES, {"name": table.quoted}).one()
    piece = float(row.toast) / row.pieces if row.pieces else _PIECE
    heap, indexes = float(row.heap) / table.rows, float(row.indexes) / table.rows
    return Sizes(heap, indexes, piece, float(row.timeout), row.entries)
