"""The tracing host: every statement of a revision, with what it locked, read and rewrote."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from dbwright.core.operation import CreateTable, DropTable, Operation, RenameTable, Statement
from dbwright.core.trace import SqlError, StatementTrace
from dbwright.scratch.bridge import Call, Result, Session, StatementError, open_session
from dbwright.verify.description import operations_of
from dbwright.verify.tracer_postgresql import PostgresqlTracing

_SHOW = re.compile(r"\s*show\s", re.IGNORECASE)


def is_asked_by_sqlalchemy(sql: str) -> bool:
    """Whether SQLAlchemy itself asks it inside a revision's call."""
    return _SHOW.match(sql) is not None


class Watched(Protocol):
    """What a session asks of the host that traces it."""

    database: Any
    rows: dict[str, int]

    def wants(self, sql: str, call: Call) -> bool:
        """Whether a statement belongs to the revision that is traced."""

    def enter(self) -> None:
        """Says that a statement of the revision comes: the time until `leave` is not its own."""

    def leave(self) -> None:
        """Says that the revision's own code goes on."""

    def add(self, trace: StatementTrace) -> None:
        """Takes the trace of a statement."""


class TracingHost:
    """Serves a child on one database and traces the statements of one revision.

    `rows` are the rows of each table at the start. `traces` are the statements so far; `error`
    is what the revision's function raised, `milliseconds` the time it took without the watching.
    """

    def __init__(
        self, database: Any, dialect: str, revision: str | None, rows: dict[str, int] | None = None
    ) -> None:
        self.database = database
        self.dialect = dialect
        self.revision = revision
        self.rows = dict(rows or {})
        self.traces: list[StatementTrace] = []
        self.error: str | None = None
        self.milliseconds = 0.0
        self.ran: list[str] = []
        self._left = time.perf_counter()

    def connect(self) -> Session:
        """Gives a session whose statements are traced."""
        session: Any = open_session(self.database.connect())
        if isinstance(session.connection, sqlite3.Connection):
            return SqliteTracing(session, self)
        if self.dialect in ("mysql", "mariadb"):
            from dbwright.verify.tracer_mysql import MysqlTracing

            return MysqlTracing(session, self, self.dialect)
        return PostgresqlTracing(session, self)

    def revision_started(self, revision: str, direction: str) -> None:
        """Starts the clock."""
        self._left = time.perf_counter()
        self.ran.append(revision)

    def revision_finished(self, revision: str, direction: str, error: str | None) -> None:
        """Stops the clock and keeps what was raised."""
        self.enter()
        self.error = error or self.error

    def wants(self, sql: str, call: Call) -> bool:
        """Whether a statement belongs to the revision that is traced.

        `show …` does not: SQLAlchemy asks it when a transaction's isolation is to change.
        """
        if call.revision is None or is_asked_by_sqlalchemy(sql):
            return False
        return self.revision is None or call.revision == self.revision

    def enter(self) -> None:
        """Takes down how long the revision's own code worked."""
        self.milliseconds += (time.perf_counter() - self._left) * 1000
        self._left = time.perf_counter()

    def leave(self) -> None:
        """Goes on counting the time of the revision's own code."""
        self._left = time.perf_counter()

    def add(self, trace: StatementTrace) -> None:
        """Takes the trace of a statement."""
        self.traces.append(replace(trace, began=self.milliseconds))
        self.milliseconds += trace.milliseconds

    @property
    def sql_error(self) -> SqlError | None:
        """The error of the statement that failed last."""
        failed = [trace.error for trace in self.traces if trace.error]
        return failed[-1] if failed else None


class SqliteTracing:
    """Traces a SQLite session: time, errors, rows changed, tables made anew under their name."""

    def __init__(self, inner: Any, host: Watched) -> None:
        self.inner = inner
        self.host = host
        self.connection: sqlite3.Connection = inner.connection
        self._gone: set[str] = set()
        self._transaction = 0

    def execute(self, sql: str, parameters: Any, call: Call) -> Result:
        """Runs a statement and traces it."""
        return self._traced(sql, call, lambda: self.inner.execute(sql, parameters, call))

    def executemany(self, sql: str, parameters: list[Any], call: Call) -> Result:
        """Runs a statement for each set of parameters and traces it as one."""
        return self._traced(sql, call, lambda: self.inner.executemany(sql, parameters, call))

    def commit(self) -> None:
        """Ends the transaction."""
        self._transaction += 1
        self.inner.commit()

    def rollback(self) -> None:
        """Ends the transaction."""
        self._transaction += 1
        self.inner.rollback()

    def set_autocommit(self, on: bool) -> None:
        """Passes the wish on."""
        self.inner.set_autocommit(on)

    def create_function(self, name: str, narg: int, function: Callable[..., Any]) -> None:
        """Passes the function on."""
        self.inner.create_function(name, narg, function)

    def close(self) -> None:
        """Ends the connection."""
        self.inner.close()

    def _traced(self, sql: str, call: Call, run: Callable[[], Result]) -> Result:
        if not self.host.wants(sql, call):
            return run()
        self.host.enter()
        before, started = self.connection.total_changes, time.perf_counter()
        error: SqlError | None = None
        try:
            return run()
        except StatementError as refused:
            error = refused.sql_error()
            raise
        finally:
            spent = (time.perf_counter() - started) * 1000
            self._add(sql, call, error, spent, self.connection.total_changes - before)
            self.host.leave()

    def _add(self, sql: str, call: Call, error: SqlError | None, spent: float, rows: int) -> None:
        operations = operations_of(sql, "sqlite")
        autocommit = not self.connection.in_transaction
        self.host.add(
            StatementTrace(
                Statement(
                    sql,
                    operations,
                    call.place,
                    call.operation,
                    autocommit=False,
                    transaction=None if autocommit else self._transaction,
                    executed=True,
                ),
                milliseconds=spent,
                rewritten=() if error else self._rewritten(operations),
                rows_changed=rows or None,
                error=error,
            )
        )

    def _rewritten(self, operations: tuple[Operation, ...]) -> tuple[str, ...]:
        """Gives the tables that come back after they were dropped: batch mode's way."""
        found = []
        for operation in operations:
            if isinstance(operation, DropTable) and operation.table in self.host.rows:
                self._gone.add(operation.table)
            name = operation.to if isinstance(operation, RenameTable) else None
            name = operation.table.key if isinstance(operation, CreateTable) else name
            if name in self._gone:
                found.append(str(name))
        return tuple(found)
