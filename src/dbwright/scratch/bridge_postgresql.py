"""A child's session on PostgreSQL, over psycopg with parameters bound on our side."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.string import TextLoader

from dbwright.scratch.bridge import Call, Result, StatementError


class PostgresqlSession:
    """A session over an open psycopg connection; the statement goes as the user's driver sends it.

    Client-side binding, so that DDL and casts behave as with psycopg2; JSON comes as text,
    because the child's own types read it.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        for name in ("json", "jsonb"):
            connection.adapters.register_loader(name, TextLoader)
        connection.prepare_threshold = None

    def execute(self, sql: str, parameters: Any, call: Call) -> Result:
        """Runs one statement; of several in one text the last one's result counts."""
        cursor = psycopg.ClientCursor(self.connection)
        with cursor, _Translated():
            if call.prepared and parameters is None:
                self._prepare(sql)
            cursor.execute(sql.encode(), parameters)
            while cursor.nextset():
                pass
            return _result(cursor)

    def executemany(self, sql: str, parameters: list[Any], call: Call) -> Result:
        """Runs one statement for each set of parameters."""
        with psycopg.ClientCursor(self.connection) as cursor, _Translated():
            cursor.executemany(sql.encode(), parameters)
            return Result(None, [], cursor.rowcount)

    def _prepare(self, sql: str) -> None:
        """Has the server parse the text as one prepared statement, as asyncpg does."""
        if not self.connection.autocommit:
            self._begin()
        prepared = self.connection.pgconn.prepare(b"", sql.encode())
        if prepared.status == psycopg.pq.ExecStatus.FATAL_ERROR:
            raise psycopg.errors.error_from_result(prepared)

    def _begin(self) -> None:
        if self.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            self.connection.execute("select")

    def commit(self) -> None:
        """Ends the transaction and keeps its work."""
        with _Translated():
            self.connection.commit()

    def rollback(self) -> None:
        """Ends the transaction and undoes its work."""
        with _Translated():
            self.connection.rollback()

    def set_autocommit(self, on: bool) -> None:
        """Makes each statement its own transaction; an open one is given up, as drivers do."""
        with _Translated():
            self.connection.rollback()
            self.connection.set_autocommit(on)

    def close(self) -> None:
        """Ends the connection."""
        self.connection.close()


def _result(cursor: psycopg.Cursor[Any]) -> Result:
    if cursor.description is None:
        return Result(None, [], cursor.rowcount)
    columns = tuple((column.name, column.type_code) for column in cursor.description)
    return Result(columns, cursor.fetchall(), cursor.rowcount)


class _Translated:
    """A block whose psycopg errors leave it as StatementError."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, psycopg.Error):
            raise statement_error(error) from error


_CLASSES = (
    psycopg.IntegrityError,
    psycopg.DataError,
    psycopg.NotSupportedError,
    psycopg.ProgrammingError,
    psycopg.OperationalError,
    psycopg.InternalError,
    psycopg.InterfaceError,
)


def statement_error(error: psycopg.Error) -> StatementError:
    """Gives psycopg's error as ours."""
    name = next((cls.__name__ for cls in _CLASSES if isinstance(error, cls)), "DatabaseError")
    return StatementError(
        error.sqlstate or "",
        str(error),
        dbapi_class=name,
        primary=error.diag.message_primary or str(error),
        detail=error.diag.message_detail or "",
        constraint=error.diag.constraint_name,
    )
