"""Backups of what a revision destroys: taken, the step done, the restore run, rows compared."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from dbwright import dialects
from dbwright.core.errors import UserCodeError
from dbwright.core.migration import Migration
from dbwright.core.rehearsed import Backup
from dbwright.core.schema import Schema, Table
from dbwright.core.trace import Rehearsal, RowLoss
from dbwright.recipes.archive import Archive, archive, otherwise, pattern
from dbwright.recipes.code import quoted
from dbwright.scratch import dump, rows
from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.rows_order import groups
from dbwright.scratch.sandbox import Database
from dbwright.scratch.worker import Worker
from dbwright.verify import data
from dbwright.verify.migrations import ROWS

_PROBE_ROWS = 50_000


def backups(
    worker: Worker,
    project_args: dict[str, Any],
    migration: Migration,
    sandbox: Any,
    base: str | None,
    rehearsal: Rehearsal,
    sizes: dict[str, int],
) -> tuple[Backup, ...]:
    """Gives what to keep of each table that lost rows or values in the upgrade, tried on rows.

    `sizes` are production's rows by table, for how large and how slow the copy would be.
    """
    up, run = rehearsal.up, rehearsal.migration
    if up is None or up.failed or not up.losses or run is None or run.before is None:
        return ()
    plan = _plan(up.losses, run.before, migration.revision)
    with sandbox.clone(sandbox.has(base) if base is not None else None) as database:
        trial = _Trial(database, migration, run.before, plan)
        trial.keep()
        trial.measure(sizes)
        why = trial.step(worker, project_args, rehearsal)
        if why is None:
            trial.restore()
    return tuple(_backup(item, up.losses, migration, trial, why) for item in plan)


def _plan(losses: Sequence[RowLoss], before: Schema, revision: str) -> list[Archive]:
    """An archive for each table that lost something, parents first."""
    lost = {loss.table for loss in losses}
    tables = [table for table in before.tables if table.key in lost]
    ordered: list[Table] = [t for group in groups(before, tables) for t in group.tables]
    found = []
    for table in ordered:
        mine = [loss for loss in losses if loss.table == table.key]
        columns = [loss.column for loss in mine if loss.column is not None]
        found.append(archive(table, revision, columns, any(loss.column is None for loss in mine)))
    return found


class _Trial:
    """One database on which the backup is taken and used."""

    def __init__(
        self, database: Any, migration: Migration, before: Schema, plan: list[Archive]
    ) -> None:
        self.database = database
        self.migration = migration
        self.before = before
        self.plan = plan
        self.catalog = dialects.get(migration.target.dialect).catalog
        self.rows: dict[str, data.Rows] = {}
        self.sizes: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.lost: dict[str, str] = {}
        self.restored: dict[str, int] = {}
        self.off_server: dict[str, str | None] = {}

    def keep(self) -> None:
        """Fills the tables and takes the copies."""
        with closing(self.database.connect()) as connection:
            schema = self.catalog.read_schema(connection)
            connection.rollback()
            rows.fill(connection, schema, rows=ROWS)
            self.rows = data.snapshot(connection, schema)
            for item in self.plan:
                connection.cursor().execute(item.keep)
            connection.commit()
        if isinstance(self.database, Database):
            self._dump()

    def _dump(self) -> None:
        """Takes each copy off the server and brings it back, by the programs of the server."""
        with tempfile.TemporaryDirectory(prefix="dbwright-") as folder:
            for number, item in enumerate(self.plan):
                file = Path(folder) / f"{number}.dump"
                why = dump.dumped(self.database, pattern(item.name), file)
                if why is None:
                    self._execute(f"DROP TABLE {quoted(item.name)}")
                    why = dump.loaded(self.database, file)
                    if why is not None:
                        self._execute(item.keep)
                self.off_server[item.table] = why

    def _execute(self, sql: str) -> None:
        with closing(self.database.connect()) as connection:
            connection.execute(sql.encode())
            connection.commit()

    def dumps(self, item: Archive) -> str:
        """What is said of the dump: whether it was tried."""
        if item.table not in self.off_server:
            return ""
        why = self.off_server[item.table]
        if why is None and item.table not in self.restored:
            why = "the rows were not compared"
        if why is None and (item.table in self.refused or item.table in self.lost):
            why = "what was loaded did not bring all rows back"
        return f" (the dump was {'tried: it holds' if why is None else f'not proved: {why}'})"

    def measure(self, sizes: dict[str, int]) -> None:
        """Takes down how large each copy would be and how long it would take in production."""
        known = {item.table: sizes[item.table] for item in self.plan if item.table in sizes}
        with closing(self.database.connect()) as connection:
            if not known or isinstance(connection, sqlite3.Connection):
                return
            rate = _copied_per_second(connection)
            for item in self.plan:
                if item.table not in known:
                    continue
                name = quoted(item.name)
                query = f"select coalesce(avg(pg_column_size(a.*)), 0) + 28 from {name} a"
                each = float((connection.execute(query.encode()).fetchone() or (0,))[0])
                total = each * known[item.table]
                self.sizes[item.table] = (
                    f"about {_size(total)} and {_seconds(total / rate)} at {known[item.table]:,} "
                    f"rows: {each:.0f} B a row and {_size(rate)}/s here"
                )
            connection.rollback()

    def step(
        self, worker: Worker, project_args: dict[str, Any], rehearsal: Rehearsal
    ) -> str | None:
        """Runs the upgrade, and the downgrade where there is one; gives why it could not."""
        revision = self.migration.revision
        parents = self.migration.down_revisions
        down = rehearsal.down
        try:
            worker.call("upgrade", DatabaseHost(self.database), revision=revision, **project_args)
            if down is not None and not down.failed:
                target = f"{revision}@{parents[0] if parents else 'base'}"
                host = DatabaseHost(self.database)
                worker.call("downgrade", host, revision=target, **project_args)
        except UserCodeError as error:
            return error.message
        return None

    def restore(self) -> None:
        """Runs the restores and compares what came back with what was there."""
        with closing(self.database.connect()) as connection:
            for item in self.plan:
                try:
                    for statement in (*self._made_again(connection, item), *item.restore):
                        connection.cursor().execute(statement)
                    connection.commit()
                except Exception as error:  # each driver has its own tree
                    connection.rollback()
                    self.refused[item.table] = str(error).strip().splitlines()[0]
            schema = self.catalog.read_schema(connection)
            connection.rollback()
            now = data.snapshot(connection, schema)
        for item in self.plan:
            own = {item.table: self.rows[item.table]} if item.table in self.rows else {}
            left = data.losses(own, now)
            self.restored[item.table] = len(self.rows[item.table].rows) if own else 0
            if left:
                self.lost[item.table] = _loss(left[0])

    def _made_again(self, connection: Any, item: Archive) -> Iterator[str]:
        """The table or the columns that no downgrade has made again."""
        schema = self.catalog.read_schema(connection)
        connection.rollback()
        now, was = schema.table(item.table), self.before.table(item.table)
        own = quoted(item.table)
        if now is None:
            yield f"CREATE TABLE {own} AS SELECT * FROM {quoted(item.name)} WHERE 1 = 0"
        elif was is not None:
            kept = schema.table(item.name)
            names = {column.name for column in kept.columns} if kept else set()
            for column in was.columns:
                if column.name in names and now.column(column.name) is None:
                    yield f"ALTER TABLE {own} ADD COLUMN {quoted(column.name)} {column.type}"


def _copied_per_second(connection: Any) -> float:
    """The bytes that a CREATE TABLE AS writes in a second here."""
    started = time.perf_counter()
    connection.execute(
        f"""
        create table pg_temp.dbwright_copy as
        select g, repeat('x', 100) as text from generate_series(1, {_PROBE_ROWS}) g
    """
    )
    spent = time.perf_counter() - started
    row = connection.execute("select pg_relation_size('pg_temp.dbwright_copy')").fetchone()
    return float(row[0]) / max(spent, 0.001)


def _backup(
    item: Archive, losses: Sequence[RowLoss], migration: Migration, trial: _Trial, why: str | None
) -> Backup:
    what = "; ".join(_loss(loss) for loss in losses if loss.table == item.table)
    held: bool | None = None
    if why is not None:
        seen = f"not tried: {why}"
    elif item.table in trial.refused:
        held, seen = False, f"the restore was refused: {trial.refused[item.table]}"
    elif item.table in trial.lost:
        held, seen = False, f"not all came back: {trial.lost[item.table]}"
    else:
        count = trial.restored[item.table]
        held, seen = True, f"taken, the revision run, restored: all {count} rows as before"
    return Backup(
        item.table,
        what,
        item.keep,
        "; ".join(item.restore),
        otherwise(item, migration.revision, migration.target.dialect) + trial.dumps(item),
        trial.sizes.get(item.table, ""),
        held,
        seen,
    )


def _loss(loss: RowLoss) -> str:
    if loss.column is None:
        return f"{loss.lost} of {loss.of} rows of {loss.table}"
    return f"{loss.lost} of {loss.of} values of {loss.table}.{loss.column}"


def _size(count: float) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:,.1f} {unit}"
    return f"{count:.0f} B"


def _seconds(spent: float) -> str:
    return f"{spent / 60:,.0f} min" if spent >= 120 else f"{spent:,.1f} s"
