"""A revision stopped before one of its statements, as a refusal or a lost connection stops it."""

from __future__ import annotations

from typing import Any

from dbwright.scratch.bridge import Call, Result, Session, StatementError, open_session


class StoppingHost:
    """Serves a child on one database until it sends a certain statement, which is refused."""

    def __init__(self, database: Any, before: str) -> None:
        self.database = database
        self.before = before

    def connect(self) -> Session:
        """Gives a session that refuses the statement."""
        session: Session = _Stopping(open_session(self.database.connect()), self.before)
        return session

    def revision_started(self, revision: str, direction: str) -> None:
        """Hears nothing of interest."""

    def revision_finished(self, revision: str, direction: str, error: str | None) -> None:
        """Hears nothing of interest."""


class _Stopping:
    """A session like the one that it wraps, but for one statement."""

    def __init__(self, inner: Any, before: str) -> None:
        self.inner = inner
        self.before = before

    def execute(self, sql: str, parameters: Any, call: Call) -> Result:
        """Runs a statement, unless it is the one."""
        if call.revision is not None and sql == self.before:
            why = "stopped here by dbwright"
            raise StatementError("57014", why, dbapi_class="OperationalError")
        result: Result = self.inner.execute(sql, parameters, call)
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)
