"""How long statements take over production's rows, told from two runs over more rows here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from dbwright import dialects
from dbwright.core.errors import UserCodeError
from dbwright.core.migration import Migration
from dbwright.core.operation import CreateIndex, Data, Reindex
from dbwright.core.rehearsed import Estimate
from dbwright.core.schema import Schema
from dbwright.core.trace import Rehearsal, StatementTrace
from dbwright.scratch import rows
from dbwright.scratch.rows_order import groups
from dbwright.scratch.worker import Worker
from dbwright.verify.migrations import ROWS
from dbwright.verify.tracer import TracingHost

LOW, HIGH = 5_000, 10_000
_RUNS = 2
_STEP = 500
_RISE = 0.25  # less than that is what the machine's other work makes of it
# Numbers without a common divisor: the generator walks through parents in step, and so meets
# each pair of them before one comes again.
_PARENTS = (149, 151, 157, 163)
_PATIENCE = 2.5


@dataclass(frozen=True, slots=True)
class Work:
    """A statement whose time grows with the rows of a table, the largest of those it works on."""

    statement: int
    relation: str
    rows: int


def work(rehearsal: Rehearsal, sizes: dict[str, int]) -> tuple[Work, ...]:
    """Gives the statements of the upgrade that work on every row of a table of known size."""
    if rehearsal.up is None or rehearsal.up.failed:
        return ()
    found = []
    for number, item in enumerate(rehearsal.up.statements):
        tables = {name for name in _worked_on(item) if sizes.get(name, 0) > HIGH}
        if tables:
            largest = max(sorted(tables), key=lambda name: sizes[name])
            found.append(Work(number + 1, largest, sizes[largest]))
    return tuple(found)


def _worked_on(item: StatementTrace) -> Iterator[str]:
    yield from item.rewritten
    for scan in item.scans:
        if scan.whole:
            yield scan.relation
    for operation in item.statement.operations:
        if isinstance(operation, CreateIndex):
            yield operation.table
        if isinstance(operation, Data) and operation.action in ("update", "delete"):
            yield operation.table or ""
        if isinstance(operation, Reindex):
            yield operation.target


def estimates(
    worker: Worker,
    project_args: dict[str, Any],
    migration: Migration,
    sandbox: Any,
    base: str | None,
    rehearsal: Rehearsal,
    sizes: dict[str, int],
) -> tuple[Estimate, ...]:
    """Gives an estimate for each statement of `work`, from runs over 5,000 and 10,000 rows.

    `sizes` are production's rows by table. A statement that did not run in each of the runs, or
    a table that does not take so many rows, has none.
    """
    wanted = work(rehearsal, sizes)
    if not wanted:  # where no size is known as well
        return ()
    tables = tuple(dict.fromkeys(item.relation for item in wanted))
    best: dict[int, dict[int, float]] = {}
    with sandbox.clone(sandbox.has(base) if base is not None else None) as database:
        for count in (LOW, HIGH):
            tables = grown(database, migration.target.dialect, tables, count)
            runs = []
            for _ in range(_RUNS if tables else 0):
                with sandbox.copy(database) as copy:
                    runs.append(_times(worker, project_args, migration, copy))
            best[count] = _fastest(runs)
    return tuple(
        _estimate(item, best[LOW][item.statement], best[HIGH][item.statement])
        for item in wanted
        if item.relation in tables and item.statement in best[LOW] and item.statement in best[HIGH]
    )


def grown(database: Any, dialect: str, tables: tuple[str, ...], count: int) -> tuple[str, ...]:
    """Fills tables up to so many rows; gives those that hold them after a few seconds."""
    deadline = time.monotonic() + _PATIENCE
    with closing(database.connect()) as connection:
        schema = dialects.get(dialect).catalog.read_schema(connection)
        connection.rollback()
        there = rows.fill(connection, schema, rows=0).rows
        if not any(there.values()):
            there = rows.fill(connection, schema, rows=ROWS).rows
        for key, wanted in _in_order(schema, _wanted(schema, tables, count)):
            while there.get(key, 0) < wanted and time.monotonic() < deadline:
                step = min(_STEP, wanted - there.get(key, 0))
                now = rows.fill(connection, schema, rows=step, only={key}).rows.get(key, 0)
                slow = now - there.get(key, 0) < step / 2
                there[key] = now
                if slow:
                    break
        if dialect == "postgresql":
            connection.autocommit = True
            connection.execute("analyze")  # a plan by old statistics says nothing of the rows
    return tuple(key for key in tables if there.get(key, 0) >= count * 0.9)


def _wanted(schema: Schema, tables: tuple[str, ...], count: int) -> dict[str, int]:
    """How many rows each table needs: parents so many that keys over them can differ."""
    found: dict[str, int] = {}
    pending = [(key, count) for key in tables]
    while pending:
        key, number = pending.pop()
        table = schema.table(key)
        if table is None or found.get(key, 0) >= number:
            continue
        found[key] = number
        unique = [set(columns) for columns in table.unique_sets()]
        for place, foreign_key in enumerate(table.foreign_keys):
            single = any(columns <= set(foreign_key.columns) for columns in unique)
            shared = any(columns & set(foreign_key.columns) for columns in unique)
            if foreign_key.referred != key and (single or shared):
                few = _PARENTS[place % len(_PARENTS)]
                pending.append((foreign_key.referred, number if single else few))
    return found


def _in_order(schema: Schema, wanted: dict[str, int]) -> list[tuple[str, int]]:
    """Parents before those that refer to them."""
    tables = [table for table in schema.tables if table.key in wanted]
    return [(t.key, wanted[t.key]) for group in groups(schema, tables) for t in group.tables]


def _times(
    worker: Worker, project_args: dict[str, Any], migration: Migration, database: Any
) -> dict[int, float]:
    host = TracingHost(database, migration.target.dialect, migration.revision)
    try:
        worker.call("upgrade", host, revision=migration.revision, **project_args)
    except UserCodeError:
        return {}
    return {number + 1: item.milliseconds for number, item in enumerate(host.traces)}


def _fastest(runs: list[dict[int, float]]) -> dict[int, float]:
    """The shortest time of each statement: whatever else the machine did only adds to it."""
    shared = set.intersection(*(set(run) for run in runs)) if runs else set()
    return {number: min(run[number] for run in runs) for number in shared}


def _estimate(item: Work, low: float, high: float) -> Estimate:
    """The line through both measurements; where it hardly rises, all of the time counts."""
    per_row, start = (high - low) / (HIGH - LOW), max(low - (high - low), 0.0)
    no_growth = high - low < _RISE * high
    if no_growth:
        per_row, start = high / HIGH, 0.0
    return Estimate(
        item.statement,
        item.relation,
        item.rows,
        start + per_row * item.rows,
        LOW,
        HIGH,
        1000 / per_row if per_row else 0.0,
        no_growth,
    )
