"""A revision stopped behind each of its commits, and run again: whether the retry works."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from typing import Any

from dbwright import dialects
from dbwright.core import compare
from dbwright.core.errors import UserCodeError
from dbwright.core.schema import Schema
from dbwright.core.trace import Interrupted
from dbwright.recipes import half_applied
from dbwright.scratch.bridge import Call, Result, Session, StatementError, open_session
from dbwright.verify.description import operations_of
from dbwright.verify.tracer import TracingHost, is_asked_by_sqlalchemy

_STOP = ("57014", "stopped here by dbwright")


@dataclass(slots=True)
class InterruptingHost:
    """Serves a child on one database, and refuses what comes behind the n-th commit.

    `stopped` is the statement that was refused, as a lock timeout or a row would; None when none
    came.
    """

    database: Any
    dialect: str
    revision: str
    commits: int
    stopped: str | None = None
    seen: int = 0

    def connect(self) -> Session:
        """Gives a session that may be interrupted."""
        session: Any = open_session(self.database.connect())
        return InterruptedSession(session, self)

    def revision_started(self, revision: str, direction: str) -> None:
        """Hears nothing that matters."""

    def revision_finished(self, revision: str, direction: str, error: str | None) -> None:
        """Hears nothing that matters."""


@dataclass(slots=True)
class InterruptedSession:
    """Wraps a bridge session and counts what the revision commits."""

    inner: Any
    host: InterruptingHost
    autocommit: bool = False
    used: bool = False
    connection: Any = field(init=False)

    def __post_init__(self) -> None:
        self.connection = self.inner.connection

    def execute(self, sql: str, parameters: Any, call: Call) -> Result:
        """Runs a statement, unless the commits before it are as many as asked for."""
        return self._run(sql, call, lambda: self.inner.execute(sql, parameters, call))

    def executemany(self, sql: str, parameters: list[Any], call: Call) -> Result:
        """Runs a statement for each set of parameters, unless it is to be stopped."""
        return self._run(sql, call, lambda: self.inner.executemany(sql, parameters, call))

    def commit(self) -> None:
        """Ends the transaction."""
        self._count()
        self.inner.commit()

    def rollback(self) -> None:
        """Ends the transaction; what it did counts for nothing."""
        self.used = False
        self.inner.rollback()

    def set_autocommit(self, on: bool) -> None:
        """Passes the wish on."""
        self._count()
        self.autocommit = on
        self.inner.set_autocommit(on)

    def close(self) -> None:
        """Ends the connection."""
        self.inner.close()

    def _run(self, sql: str, call: Call, run: Callable[[], Result]) -> Result:
        if call.revision != self.host.revision or is_asked_by_sqlalchemy(sql):
            return run()
        if self.host.seen >= self.host.commits:
            self.host.stopped = self.host.stopped or sql
            raise StatementError(*_STOP, dbapi_class="OperationalError")
        result = run()
        if self.host.dialect in half_applied.COMMIT_EACH_CHANGE:
            self.host.seen += self._changes(sql)
            return result
        self.used = True
        if self.autocommit:
            self._count()
        return result

    def _changes(self, sql: str) -> int:
        split = dialects.get(self.host.dialect).statements.split
        described = (operations_of(text, self.host.dialect) for text in split(sql))
        return sum(half_applied.is_change(operations) for operations in described)

    def _count(self) -> None:
        self.host.seen += self.used
        self.used = False


def interrupted(
    upgrade: Callable[[Any], None],
    fresh: Callable[[], AbstractContextManager[tuple[Any, Schema]]],
    revision: str,
    halves: Sequence[half_applied.Half],
) -> tuple[Interrupted, ...]:
    """Stops an upgrade at each of these places, each time on a fresh copy, and runs it again.

    `upgrade` runs the revision on the host it is given, and raises what the revision raises;
    `fresh` gives a database of before, with rows, and its schema.
    """
    found: list[Interrupted] = []
    for half in halves:
        with fresh() as (database, before):
            once = _stopped_once(upgrade, database, revision, before, half.commits)
        if once is not None:
            found.append(once)
    return tuple(found)


def _stopped_once(
    upgrade: Callable[[Any], None], database: Any, revision: str, before: Schema, commits: int
) -> Interrupted | None:
    host = InterruptingHost(database, before.dialect, revision, commits)
    with contextlib.suppress(UserCodeError):
        upgrade(host)
    if host.stopped is None:
        return None
    with closing(database.connect()) as connection:
        left = dialects.get(before.dialect).catalog.read_schema(connection)
    again = TracingHost(database, before.dialect, revision)
    error: str | None = None
    try:
        upgrade(again)
    except UserCodeError as raised:
        error = again.error or raised.message
    failed = [trace for trace in again.traces if trace.error] if error else []
    return Interrupted(
        host.stopped,
        compare.differences(before, left),
        error,
        failed[-1].error if failed else None,
        failed[-1].statement.sql if failed else None,
    )
