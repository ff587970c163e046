"""The bridge's parent side: statements of user code run here, on a scratch database.

A child never holds a database connection. Each of its connections is a `Session` of ours, so we
see every statement with the revision and the line that sent it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from dbwright.core.place import Place
from dbwright.core.trace import SqlError


@dataclass(frozen=True, slots=True)
class Call:
    """Where a statement comes from.

    `operation` is Alembic's call in the revision (`create_index`) when it is known; `prepared`
    is whether the project's driver prepares each statement (asyncpg), so that several statements
    in one text are refused.
    """

    revision: str | None = None
    direction: Literal["upgrade", "downgrade"] | None = None
    place: Place | None = None
    operation: str | None = None
    prepared: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement gave. `columns` are names and type codes, None where there are no rows."""

    columns: tuple[tuple[str, int | None], ...] | None
    rows: list[tuple[Any, ...]]
    rowcount: int
    lastrowid: int | None = None


class StatementError(Exception):
    """The scratch database refused a statement.

    `dbapi_class` is the PEP 249 class that the driver raised; `code` an SQLSTATE, SQLite's name;
    `number` is what MySQL has besides.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        dbapi_class: str = "DatabaseError",
        primary: str = "",
        detail: str = "",
        constraint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.dbapi_class = dbapi_class
        self.primary = primary or message
        self.detail = detail
        self.constraint = constraint
        self.number: int | None = None

    def sql_error(self) -> SqlError:
        """Gives the error as the trace keeps it."""
        return SqlError(self.code, self.primary, self.detail, self.constraint)


class Session(Protocol):
    """One connection that the child opened."""

    def execute(self, sql: str, parameters: Any, call: Call) -> Result:
        """Runs one statement; StatementError when the database refuses it."""

    def executemany(self, sql: str, parameters: list[Any], call: Call) -> Result:
        """Runs one statement for each set of parameters."""

    def commit(self) -> None:
        """Ends the transaction and keeps its work."""

    def rollback(self) -> None:
        """Ends the transaction and undoes its work."""

    def set_autocommit(self, on: bool) -> None:
        """Makes each statement its own transaction, or no longer."""

    def close(self) -> None:
        """Ends the connection."""


class Host(Protocol):
    """Whoever serves a child's connections."""

    def connect(self) -> Session:
        """Gives a new session on the scratch database."""

    def revision_started(self, revision: str, direction: str) -> None:
        """Hears that a revision's function is about to run."""

    def revision_finished(self, revision: str, direction: str, error: str | None) -> None:
        """Hears that it returned, or what it raised."""


RevisionStarted = Callable[[str, str], None]
RevisionFinished = Callable[[str, str, str | None], None]


class DatabaseHost:
    """A host that runs every statement on one scratch database.

    `open_session` opens a session on it: `postgresql_session(database)` or `sqlite_session(…)`.
    """

    def __init__(
        self,
        database: Any,
        *,
        on_started: RevisionStarted | None = None,
        on_finished: RevisionFinished | None = None,
    ) -> None:
        self.database = database
        self.sessions: list[Session] = []
        self._on_started = on_started
        self._on_finished = on_finished

    def connect(self) -> Session:
        """Gives a new session on the database."""
        session = open_session(self.database.connect())
        self.sessions.append(session)
        return session

    def revision_started(self, revision: str, direction: str) -> None:
        """Passes the news on."""
        if self._on_started:
            self._on_started(revision, direction)

    def revision_finished(self, revision: str, direction: str, error: str | None) -> None:
        """Passes the news on."""
        if self._on_finished:
            self._on_finished(revision, direction, error)


def open_session(connection: Any) -> Session:
    """Gives the session for an open connection: psycopg's, sqlite3's or our own of PyMySQL."""
    import sqlite3

    if isinstance(connection, sqlite3.Connection):
        from dbwright.scratch.bridge_sqlite import SqliteSession

        return SqliteSession(connection)
    if hasattr(connection, "user_session"):
        from dbwright.scratch.bridge_mysql import MysqlSession

        return MysqlSession(connection)
    from dbwright.scratch.bridge_postgresql import PostgresqlSession

    return PostgresqlSession(connection)
