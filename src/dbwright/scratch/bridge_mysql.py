"""A child's session on MySQL or MariaDB, over PyMySQL, as the drivers of applications open it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pymysql
from pymysql.cursors import Cursor

from dbwright.dialects.mysql.errors import sqlstate
from dbwright.dialects.mysql.server import Connection
from dbwright.dialects.mysql.statements import split
from dbwright.scratch.bridge import Call, Result, StatementError

# The class names are those of PEP 249, which all drivers of MySQL share.
_CLASSES = (
    pymysql.err.IntegrityError,
    pymysql.err.DataError,
    pymysql.err.NotSupportedError,
    pymysql.err.ProgrammingError,
    pymysql.err.OperationalError,
    pymysql.err.InternalError,
    pymysql.err.InterfaceError,
)


class MysqlSession:
    """A session over an open connection, whose sql_mode is the server's own."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection.user_session()

    def execute(self, sql: str, parameters: Any, call: Call) -> Result:
        """Runs one statement, or all that stand in the text where the user's driver does."""
        with _translated(), Cursor(self.connection) as cursor:
            for text in texts(sql, parameters, call):
                cursor.execute(text, _sendable(parameters))
            return _result(cursor)

    def executemany(self, sql: str, parameters: list[Any], call: Call) -> Result:
        """Runs one statement for each set of parameters."""
        with _translated(), Cursor(self.connection) as cursor:
            cursor.executemany(sql, [_sendable(each) for each in parameters])
            return Result(None, [], cursor.rowcount, cursor.lastrowid)

    def commit(self) -> None:
        """Ends the transaction and keeps its work."""
        with _translated():
            self.connection.commit()

    def rollback(self) -> None:
        """Ends the transaction and undoes its work."""
        with _translated():
            self.connection.rollback()

    def set_autocommit(self, on: bool) -> None:
        """Makes each statement its own transaction, or no longer."""
        with _translated():
            self.connection.autocommit(on)

    def close(self) -> None:
        """Ends the connection; one that is lost has ended."""
        with contextlib.suppress(pymysql.err.Error):
            self.connection.close()


def texts(sql: str, parameters: Any, call: Call) -> list[str]:
    """Gives the statements that a driver sends in one text; all but mysqlclient send one."""
    if parameters or call.prepared or ";" not in sql:
        return [sql]
    return split(sql) or [sql]


def _sendable(parameters: Any) -> Any:
    if isinstance(parameters, Mapping):
        return {name: _one(value) for name, value in parameters.items()}
    return None if parameters is None else [_one(value) for value in parameters]


def _one(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value


def _result(cursor: Cursor) -> Result:
    if cursor.description is None:
        return Result(None, [], cursor.rowcount, cursor.lastrowid)
    columns = tuple((column[0], int(column[1])) for column in cursor.description)
    return Result(columns, [tuple(row) for row in cursor.fetchall()], cursor.rowcount)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """A block whose PyMySQL errors leave it as StatementError."""
    try:
        yield
    except pymysql.err.Error as error:
        raise statement_error(error) from error


def statement_error(error: pymysql.err.Error) -> StatementError:
    """Gives PyMySQL's error as ours; its number goes along for the child's drivers."""
    name = next((cls.__name__ for cls in _CLASSES if isinstance(error, cls)), "DatabaseError")
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    found = StatementError(sqlstate(number), text, dbapi_class=name, primary=text)
    found.number = number
    return found
