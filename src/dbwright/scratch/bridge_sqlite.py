"""A child's session on SQLite, over sqlite3 with its default transaction control."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable
from typing import Any

from dbwright.scratch.bridge import Call, Result, StatementError

_CLASSES = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.NotSupportedError,
    sqlite3.ProgrammingError,
    sqlite3.OperationalError,
    sqlite3.InternalError,
    sqlite3.InterfaceError,
)


class SqliteSession:
    """A session over an open sqlite3 connection, which may reach no other file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.isolation_level = "DEFERRED"
        connection.set_authorizer(_no_other_file)
        connection.create_function("regexp", 2, _regexp, deterministic=True)
        connection.create_function("floor", 1, math.floor, deterministic=True)

    def execute(self, sql: str, parameters: Any, call: Call) -> Result:
        """Runs one statement."""
        with _Translated():
            return _result(self.connection.execute(sql, parameters or ()))

    def executemany(self, sql: str, parameters: list[Any], call: Call) -> Result:
        """Runs one statement for each set of parameters."""
        with _Translated():
            return _result(self.connection.executemany(sql, parameters))

    def commit(self) -> None:
        """Ends the transaction and keeps its work."""
        with _Translated():
            self.connection.commit()

    def rollback(self) -> None:
        """Ends the transaction and undoes its work."""
        with _Translated():
            self.connection.rollback()

    def set_autocommit(self, on: bool) -> None:
        """Stops sqlite3 from opening transactions, or lets it again."""
        with _Translated():
            self.connection.isolation_level = None if on else "DEFERRED"

    def create_function(self, name: str, narg: int, function: Callable[..., Any]) -> None:
        """Registers a function that the child evaluates."""
        self.connection.create_function(name, narg, function)

    def close(self) -> None:
        """Ends the connection."""
        self.connection.close()


def _no_other_file(action: int, first: Any, second: Any, database: Any, trigger: Any) -> int:
    refused = action == sqlite3.SQLITE_ATTACH and first not in ("", ":memory:")
    return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK


def _regexp(pattern: str, value: str | None) -> bool | None:
    return None if value is None else re.search(pattern, value) is not None


def _result(cursor: sqlite3.Cursor) -> Result:
    if cursor.description is None:
        return Result(None, [], cursor.rowcount, cursor.lastrowid)
    columns = tuple((column[0], None) for column in cursor.description)
    return Result(columns, cursor.fetchall(), cursor.rowcount, cursor.lastrowid)


class _Translated:
    """A block whose sqlite3 errors leave it as StatementError."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, (sqlite3.Error, sqlite3.Warning)):
            raise statement_error(error) from error


def statement_error(error: Exception) -> StatementError:
    """Gives sqlite3's error as ours."""
    name = next((cls.__name__ for cls in _CLASSES if isinstance(error, cls)), "DatabaseError")
    code = getattr(error, "sqlite_errorname", None) or "SQLITE_ERROR"
    return StatementError(code, str(error), dbapi_class=name)
