"""A revision run in one transaction with the pending ones below it, as a deploy of all does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from dbwright import dialects
from dbwright.core.errors import UserCodeError
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    AddCheck,
    AddEnumValue,
    AddForeignKey,
    Statement,
    ValidateConstraint,
)
from dbwright.core.trace import Rehearsal, StatementTrace, Trace
from dbwright.recipes import enum_value, validate
from dbwright.scratch import rows
from dbwright.scratch.worker import Worker
from dbwright.verify import meeting
from dbwright.verify.tracer import TracingHost


def lasts(upgrade: Sequence[Statement]) -> bool:
    """Whether what a revision does may matter to the next ones in its transaction."""
    return any(
        isinstance(operation, AddEnumValue | AddForeignKey | AddCheck) and not sent.autocommit
        for sent in upgrade
        for operation in sent.operations
    )


def hangs_on(migration: Migration) -> list[Statement]:
    """Gives the statements of revisions below that matter to this one in their transaction."""
    if not migration.shared:
        return []
    found = [use.adding for use in enum_value.uncommitted(migration)]
    for _, statement, operation in migration.each(ValidateConstraint):
        added = validate.adding(migration, statement, operation)
        found += [added[0]] if added else []
    return [each for each in found if not any(each is own for own in migration.upgrade)]


def together(
    worker: Worker, project_args: dict[str, Any], found: Rehearsal, database: Any
) -> Rehearsal:
    """Gives the rehearsal with the run of the revision behind the pending ones below it.

    `database` is one before the first of them, without rows; they are made here, and meet what the
    revision's own run has shown to be asked of them. Nothing is added where another one stops.
    """
    with closing(database.connect()) as connection:
        before = dialects.get(found.dialect).catalog.read_schema(connection)
        connection.rollback()
        after = found.migration.after if found.migration else None
        wanted = meeting.meeting(before, after) if after else before
        filled = rows.fill(connection, wanted)
    host = _TogetherHost(database, found.dialect, found.revision, filled.rows)
    error: str | None = None
    try:
        worker.call("upgrade", host, revision=found.revision, **project_args)
    except UserCodeError as raised:
        error = (host.error if host.sql_error else None) or raised.message
    if host.first is None:
        return found
    trace = Trace(
        found.revision,
        "upgrade",
        found.server,
        tuple(host.own()),
        error=error,
        sql_error=host.sql_error if error else None,
    )
    return replace(found, together=trace)


class _TogetherHost(TracingHost):
    """Traces all revisions of a run; `first` is the number of the last one's first statement."""

    def __init__(self, database: Any, dialect: str, last: str, rows: dict[str, int]) -> None:
        super().__init__(database, dialect, None, rows)
        self.last = last
        self.first: int | None = None

    def revision_started(self, revision: str, direction: str) -> None:
        """Notes where the statements of the last revision begin."""
        super().revision_started(revision, direction)
        if revision == self.last:
            self.first = len(self.traces)

    def own(self) -> list[StatementTrace]:
        """The last revision's statements, each with what waits since its transaction began."""
        found = []
        for number, trace in enumerate(self.traces[self.first :], self.first or 0):
            at = trace.statement.transaction
            before = [
                blocked
                for earlier in self.traces[:number]
                if at is not None and earlier.statement.transaction == at
                for blocked in earlier.blocked
            ]
            found.append(replace(trace, blocked=(*before, *trace.blocked)))
        return found
