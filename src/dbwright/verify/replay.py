"""History replayed in one go: what each revision ran, and the schema on both its sides."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg.types.json import JsonbLoader, JsonLoader
from psycopg.types.string import TextLoader

from dbwright import dialects
from dbwright.core.errors import UserCodeError
from dbwright.core.operation import Statement
from dbwright.core.schema import Schema
from dbwright.scratch.bridge import Call, Result, Session, StatementError, open_session
from dbwright.scratch.worker import Worker
from dbwright.verify.description import operations_of


@dataclass(frozen=True, slots=True)
class Ran:
    """One revision as it ran; the schemas are None where nobody asked for them."""

    revision: str
    statements: tuple[Statement, ...] = ()
    before: Schema | None = None
    after: Schema | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """The revisions that ran, in order, and the error that stopped them."""

    ran: tuple[Ran, ...] = ()
    error: UserCodeError | None = None


def replay(
    worker: Worker,
    project_args: dict[str, Any],
    database: Any,
    *,
    dialect: str,
    upto: str = "heads",
    wanted: Collection[str] | None = (),
) -> Replay:
    """Runs the chain up to a revision in one command and records each revision.

    `wanted` are the revisions whose schemas before and after are read, on the connection that
    runs them; None for all. Nothing is watched or probed: this is as fast as the chain itself.
    What stops the chain becomes the error; the database keeps what was committed.
    """
    host = RecordingHost(database, dialect, wanted)
    error = None
    try:
        worker.call("upgrade", host, revision=upto, **project_args)
    except UserCodeError as raised:
        error = raised
    return Replay(tuple(host.ran), error)


@dataclass(slots=True)
class RecordingHost:
    """Serves a child on one database and notes the statements of every revision."""

    database: Any
    dialect: str
    wanted: Collection[str] | None = ()
    ran: list[Ran] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    last: Any = None
    _before: Schema | None = None

    def connect(self) -> Session:
        """Gives a session whose statements are noted."""
        session: Any = open_session(self.database.connect())
        self.last = session.connection
        return RecordingSession(session, self)

    def revision_started(self, revision: str, direction: str) -> None:
        """Begins a revision's notes."""
        self.statements = []
        self._before = self._schema(revision)

    def revision_finished(self, revision: str, direction: str, error: str | None) -> None:
        """Ends a revision's notes."""
        after = None if error else self._schema(revision)
        self.ran.append(Ran(revision, tuple(self.statements), self._before, after, error))

    def _schema(self, revision: str) -> Schema | None:
        if self.last is None or (self.wanted is not None and revision not in self.wanted):
            return None
        with _json_read(self.last):
            schema: Schema = dialects.get(self.dialect).catalog.read_schema(self.last)
        return schema


class RecordingSession:
    """Wraps a bridge session; every statement of a revision is noted with its operations."""

    def __init__(self, inner: Any, host: RecordingHost) -> None:
        self.inner = inner
        self.host = host
        self._autocommit = False
        self._transaction = 0

    def execute(self, sql: str, parameters: Any, call: Call) -> Result:
        """Runs a statement and notes it."""
        self._note(sql, call)
        return self.inner.execute(sql, parameters, call)  # type: ignore[no-any-return]

    def executemany(self, sql: str, parameters: list[Any], call: Call) -> Result:
        """Runs a statement for each set of parameters and notes it once."""
        self._note(sql, call)
        return self.inner.executemany(sql, parameters, call)  # type: ignore[no-any-return]

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
        self._autocommit = on
        self.inner.set_autocommit(on)

    def create_function(self, name: str, narg: int, function: Callable[..., Any]) -> None:
        """Passes a function on where the database takes one."""
        with contextlib.suppress(AttributeError):
            self.inner.create_function(name, narg, function)

    def close(self) -> None:
        """Ends the connection."""
        with contextlib.suppress(StatementError):
            self.inner.close()

    def _note(self, sql: str, call: Call) -> None:
        self.host.last = self.inner.connection
        if call.revision is None:
            return
        transaction = None if self._autocommit else self._transaction
        operations = operations_of(sql, self.host.dialect)
        statement = Statement(sql, operations, call.place, call.operation, executed=True)
        self.host.statements.append(
            replace(statement, autocommit=self._autocommit, transaction=transaction)
        )


@contextlib.contextmanager
def _json_read(connection: Any) -> Iterator[None]:
    """Has JSON read by psycopg for a while: the bridge leaves it as text for the child."""
    if not isinstance(connection, psycopg.Connection):
        yield
        return
    connection.adapters.register_loader("json", JsonLoader)
    connection.adapters.register_loader("jsonb", JsonbLoader)
    try:
        yield
    finally:
        for name in ("json", "jsonb"):
            connection.adapters.register_loader(name, TextLoader)
