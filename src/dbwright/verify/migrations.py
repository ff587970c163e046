"""Revisions rehearsed on scratch databases with rows: up, down and up again."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from dbwright import dialects
from dbwright.core import compare
from dbwright.core.errors import (
    FenceError,
    HangError,
    NotReachedError,
    SandboxError,
    UserCodeError,
)
from dbwright.core.migration import Migration
from dbwright.core.schema import Schema
from dbwright.core.trace import Direction, Rehearsal, RowLoss, Trace
from dbwright.recipes import drop
from dbwright.scratch import rows
from dbwright.scratch.worker import Worker
from dbwright.verify import (
    alike,
    data,
    invalid_indexes,
    meeting,
    old_code,
    otherwise,
    refusals,
    scripts,
    sequences,
)
from dbwright.verify.old_code import DeployedCode
from dbwright.verify.reader import Reader
from dbwright.verify.tracer import TracingHost

ROWS = 20
_MOST_LABELS = 100
# The sixth is the first whose nullable columns hold the largest values too.
NEW_ROWS = 6
_SEED_OF_NEW_ROWS = 17


@dataclass(frozen=True, slots=True)
class State:
    """A database at one moment: its schema and its rows."""

    schema: Schema
    rows: dict[str, data.Rows] = field(default_factory=dict)


def rehearse(
    worker: Worker,
    project_args: dict[str, Any],
    migration: Migration,
    sandbox: Any,
    *,
    base: str | None,
    old_code: DeployedCode | None = None,
    new_code: DeployedCode | None = None,
    rows: int = ROWS,
    stand_ins: tuple[str, ...] = (),
    habit: scripts.Habit | None = None,
) -> Rehearsal:
    """Runs a revision up, down and up again on a copy of `base` filled with rows.

    `base` is the key of the saved database before the revision, None for an empty one;
    `project_args` go to the worker with each command; `old_code` is what is deployed while the
    revision runs, `new_code` what is deployed after it; `habit` is whether the project
    writes scripts, None where nobody asks. Nothing of the runs is kept. What the
    revision raises becomes part of the traces, the schemas before and after part of its migration;
    FenceError and HangError pass through, and NotReachedError tells that env.py or the graph let
    it not run at all.
    """
    run = _Run(worker, project_args, migration, sandbox, base, rows)
    run.coming, run.habit = new_code, habit
    return replace(run.whole(old_code), stand_ins=stand_ins)


def _words(host: TracingHost, error: UserCodeError) -> str:
    """What was raised: of the database as it said it, of Python as the child put it in words."""
    return (host.error if host.sql_error else None) or error.message


class _Run:
    """One rehearsal: the databases come and go, the revision stays."""

    def __init__(
        self,
        worker: Worker,
        project_args: dict[str, Any],
        migration: Migration,
        sandbox: Any,
        base: str | None,
        rows_each: int,
    ) -> None:
        self.worker = worker
        self.project_args = project_args
        self.migration = migration
        self.sandbox = sandbox
        self.base = base
        self.rows_each = rows_each
        self.dialect = migration.target.dialect
        self.catalog = dialects.get(self.dialect).catalog
        self.reader = Reader()
        self.server = self.dialect
        self.major = 0
        self.before = State(Schema(self.dialect))
        self.coming: DeployedCode | None = None
        self.habit: scripts.Habit | None = None
        self.upgraded: State | None = None
        self.took_bind: list[Direction] = []
        self.ran_nothing = False
        self.modest = False
        self.to_meet: Schema | None = None
        self.after_empty: Schema | None = None
        self.behind_empty: tuple[str, ...] = ()

    def whole(self, deployed: DeployedCode | None) -> Rehearsal:
        """Gives the rehearsal; on modest rows if the revision's own arithmetic overflowed.

        A product that is too large for its column says something of the largest values only,
        and must not hide what the rest of the revision does.
        """
        found = self._all_rows(deployed)
        found = otherwise.added(found, self.worker, self.project_args, self._fresh)
        if self.habit is None or self.upgraded is None or not self.took_bind:
            return found
        scribe = scripts.Scribe(self.worker, self.project_args, self.habit, self._fresh)
        return scribe.added(found, self.took_bind, (self.upgraded.schema, self.upgraded.rows))

    def _all_rows(self, deployed: DeployedCode | None) -> Rehearsal:
        found = self._once(deployed)
        if found.up is None:
            return found
        if refusals.overflowed(found.up):
            self.modest = True
            return replace(self._once(deployed), at_the_edge=found.up)
        if refusals.refused(found.up) and self.after_empty is not None:
            self.to_meet = self.after_empty
            again = self._once(deployed)
            if again.up is not None and not again.up.failed:
                return replace(again, refused_rows=found.up)
        return found

    def _once(self, deployed: DeployedCode | None) -> Rehearsal:
        with self._clone() as database:
            self._note_server(database)
            before, filled = self._filled(database)
            tried = self._usable(database, before.schema, deployed)
            up, after = self._go(database, "upgrade", before, filled.rows)
            self.upgraded = None if up.failed else after
            found = Rehearsal(
                self.migration.revision,
                self.server,
                self.major,
                self.dialect,
                up,
                rows=filled.rows,
                empty=filled.empty,
                migration=replace(
                    self.migration, before=before.schema, after=None if up.failed else after.schema
                ),
            )
            if up.failed:
                without = self._without_rows()
                return replace(found, without_rows=without, sequences_behind=self.behind_empty)
            if not up.statements and self.ran_nothing:
                return replace(found, up=None, not_run="the upgrade did not reach this revision")
            found = replace(found, sequences_behind=self._behind(database))
            if tried is not None:
                with closing(database.connect()) as connection:
                    broken = old_code.broken(connection, tried)
                found = replace(found, old_code=broken, old_ran=len(tried))
            if self.coming is not None:
                code = (self.coming, after.schema, self.base)
                found = old_code.with_new_code(found, database, *code, self._fresh)
            written = self._more_rows(database, before.schema, after.schema)
            down, restored = self._go(database, "downgrade", before, self._counts(written))
            down = data.of_its_own(down, data.losses(after.rows, written.rows))
            if down.failed:
                return self._after_failed_downgrade(replace(found, down=down), after)
            again, _ = self._go(database, "upgrade", after, self._counts(restored))
            found = replace(found, down=down, again=again)
            if again.failed or self.dialect != "postgresql":
                return found
            return replace(found, kept_invalid=invalid_indexes.kept(database, up))

    @contextlib.contextmanager
    def _fresh(self) -> Iterator[tuple[Any, Schema]]:
        with self._clone() as database:
            yield database, self._filled(database)[0].schema

    def _after_failed_downgrade(self, found: Rehearsal, after: State) -> Rehearsal:
        """Tries the downgrade without the rows that were written under the new schema."""
        with self._clone() as database:
            before, filled = self._filled(database)
            up, _ = self._go(database, "upgrade", before, filled.rows)
            if up.failed:
                return found
            down, restored = self._go(database, "downgrade", before, filled.rows)
            found = replace(found, down_old_rows=down)
            if down.failed:
                return found
            again, _ = self._go(database, "upgrade", after, self._counts(restored))
            found = replace(found, again=again)
            if found.down is None or not refusals.too_wide(found.down):
                return found
            # A widened type goes back while no row needs its width; refusing then loses nothing.
            return replace(found, down=down, down_old_rows=None, down_at_the_edge=found.down)

    def _without_rows(self) -> Trace:
        with self._clone() as database:
            with closing(database.connect()) as connection:
                schema = self.catalog.read_schema(connection)
            self.before = State(schema)
            counts = {table.key: 0 for table in schema.tables}
            trace, state = self._go(database, "upgrade", self.before, counts)
            self.after_empty = None if trace.failed else state.schema
            if not trace.failed:
                self.behind_empty = self._behind(database)
            return trace

    def _behind(self, database: Any) -> tuple[str, ...]:
        if self.dialect != "postgresql":
            return ()
        with self.reader.on(database) as connection:
            return sequences.behind(connection)

    @contextlib.contextmanager
    def _clone(self) -> Iterator[Any]:
        template = self.sandbox.has(self.base) if self.base is not None else None
        if self.base is not None and template is None:
            raise SandboxError(
                f"cannot rehearse {self.migration.revision}: the database before it was not kept",
                way_out="Run the command again: the history is then replayed anew.",
            )
        with self.sandbox.clone(template) as database:
            try:
                yield database
            finally:
                self.reader.leave(database)

    def _filled(self, database: Any) -> tuple[State, rows.Filled]:
        with closing(database.connect()) as connection:
            schema = self.catalog.read_schema(connection)
            connection.rollback()
            filled = self._fill(connection, schema)
            self.before = State(schema, data.snapshot(connection, schema))
            return self.before, filled

    def _fill(self, connection: Any, schema: Schema) -> rows.Filled:
        wanted = meeting.meeting(schema, self.to_meet) if self.to_meet else schema
        labels = max((len(enum.values) for enum in schema.enums), default=0)
        count = max(self.rows_each, min(labels, _MOST_LABELS))
        return rows.fill(connection, wanted, rows=count, modest=self.modest)

    def _more_rows(self, database: Any, before: Schema, after: Schema) -> State:
        """Writes rows under the new schema into the tables that changed, as a deploy would."""
        changed = {found.table for found in compare.structured(before, after) if found.table}
        changed |= {table.key for table in after.tables if before.table(table.key) is None}
        labels = meeting.with_new_labels(before, after)
        # Nobody writes to what was put aside.
        wanted = {
            key for key in changed | labels.keys() if after.table(key) and not drop.is_retired(key)
        }
        with closing(database.connect()) as connection:
            if wanted:
                rows.fill(
                    connection,
                    meeting.within_former_bounds(before, after),
                    rows=max(NEW_ROWS, min(_MOST_LABELS, max(labels.values(), default=0))),
                    only=wanted,
                    seed=_SEED_OF_NEW_ROWS,
                    modest=self.modest,
                )
            return State(after, data.snapshot(connection, after))

    def _counts(self, state: State) -> dict[str, int]:
        return {key: len(found.rows) for key, found in state.rows.items()}

    def _usable(
        self, database: Any, schema: Schema, deployed: DeployedCode | None
    ) -> list[old_code.Tried] | None:
        if deployed is None:
            return None
        state = (self.base, self.rows_each, self.modest, self.to_meet is None)
        with closing(database.connect()) as connection:
            return deployed.usable(connection, schema, state)

    def _go(
        self, database: Any, direction: Direction, wanted: State, counts: dict[str, int]
    ) -> tuple[Trace, State]:
        """Runs one way; the trace compares with the state before it, or the one wanted back."""
        host = TracingHost(database, self.dialect, self.migration.revision, counts)
        target = self.migration.revision if direction == "upgrade" else self._below()
        error: UserCodeError | None = None
        try:
            answer = self.worker.call(direction, host, revision=target, **self.project_args)
            took = self.migration.revision in answer["took_bind"]
            if took and direction not in self.took_bind:
                self.took_bind.append(direction)
        except UserCodeError as raised:
            self._check_blame(raised, host, direction)
            refusals.check_room(host.sql_error)
            error = raised
        self.ran_nothing = not host.ran
        with self.reader.on(database) as connection:
            schema = self.catalog.read_schema(connection)
            state = State(schema, data.snapshot(connection, schema))
        return self._trace(host, direction, wanted, state, error), state

    def _check_blame(self, error: UserCodeError, host: TracingHost, direction: Direction) -> None:
        """Passes on an error that says nothing of the revision: env.py's, a refusal, a time-out."""
        reached = self.migration.revision in host.ran
        if reached and isinstance(error, FenceError | HangError):
            raise error
        if not reached and direction == "upgrade":
            raise NotReachedError(
                error.message, file=error.file, line=error.line, way_out=error.way_out
            ) from error

    def _trace(
        self,
        host: TracingHost,
        direction: Direction,
        wanted: State,
        state: State,
        error: UserCodeError | None,
    ) -> Trace:
        renames = data.Renames()
        first = wanted is self.before and direction == "upgrade"
        if first:
            for trace in host.traces:
                renames.take(trace.statement.operations)
                if self.dialect == "sqlite":
                    renames.take_batch(trace.statement.sql)
        place = f"{error.file}:{error.line}" if error and error.file else None
        schema = state.schema
        if self.dialect == "sqlite":
            schema = alike.as_before(wanted.schema, schema)
        lost: tuple[RowLoss, ...] = data.losses(wanted.rows, state.rows, renames)
        return Trace(
            self.migration.revision,
            direction,
            self.server,
            tuple(host.traces),
            error=_words(host, error) if error else None,
            sql_error=host.sql_error if error else None,
            difference=compare.differences(wanted.schema, schema) if error or not first else (),
            losses=lost if not error and (first or direction == "downgrade") else (),
            milliseconds=host.milliseconds,
            error_place=place,
            on_purpose=host.sql_error is None
            and refusals.on_purpose(error, self.migration.source, self.worker.root),
        )

    def _below(self) -> str:
        """What to downgrade to, on its own branch: a sibling that has run stays."""
        parents = self.migration.down_revisions
        return f"{self.migration.revision}@{parents[0] if parents else 'base'}"

    def _note_server(self, database: Any) -> None:
        with self.reader.on(database) as connection:
            if isinstance(connection, sqlite3.Connection):
                version = sqlite3.sqlite_version
                self.server, self.major = f"SQLite {version}", int(version.split(".")[0])
            elif isinstance(connection, psycopg.Connection):
                self.major = connection.info.server_version // 10000
                self.server = f"PostgreSQL {self.major}"
            else:
                self.server, self.major = database.server.words, database.server.major
