"""What statements that write would do to a SQLite file, as its authorizer says."""

from __future__ import annotations

import sqlite3

from dbwright.core.errors import UsageError
from dbwright.core.writing import PlannedStatement
from dbwright.dialects.sqlite.reader import tokens

_REFUSED = (
    "BEGIN",
    "COMMIT",
    "END",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "ATTACH",
    "DETACH",
    "PRAGMA",
)
_TOUCHES = (
    sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE,
    sqlite3.SQLITE_DROP_TABLE, sqlite3.SQLITE_CREATE_TABLE,
)  # fmt: skip


def planned(connection: sqlite3.Connection, sql: str) -> tuple[list[PlannedStatement], bool]:
    """Gives each statement, and whether it is VACUUM, which runs alone.

    Raises UsageError for what is no write.
    """
    found = [_one(connection, each) for each in _split(sql)]
    return found, any(each.kind == "VACUUM" for each in found)


def _split(sql: str) -> list[str]:
    pieces, start = [], 0
    for token in tokens(sql):
        if token.word == ";" and sqlite3.complete_statement(sql[start : token.end]):
            pieces.append(sql[start : token.start].strip())
            start = token.end
    pieces.append(sql[start:].strip())
    return [piece for piece in pieces if tokens(piece)]


def _one(connection: sqlite3.Connection, sql: str) -> PlannedStatement:
    kind = tokens(sql)[0].word
    if kind in _REFUSED:
        raise UsageError(f"{kind} cannot be planned: the connection ends with the plan")
    touched: dict[str, None] = {}

    def note(action: int, one: str | None, *_: str | None) -> int:
        if action in _TOUCHES and one and not one.startswith("sqlite_"):
            touched[one] = None
        return sqlite3.SQLITE_OK

    connection.set_authorizer(note)
    why = "SQLite estimates no rows"
    try:
        connection.execute(f"explain {sql}").close()
    except sqlite3.Error as error:
        why = str(error)
    finally:
        connection.set_authorizer(None)
    words = {token.word for token in tokens(sql)}
    everything = kind in ("UPDATE", "DELETE") and "WHERE" not in words
    return PlannedStatement(sql, kind, tuple(touched), None, why, everything)


def execute(connection: sqlite3.Connection, sql: str) -> int | None:
    """Runs one statement and gives the rows that it has written; raises sqlite3.Error."""
    written = connection.execute(sql).rowcount
    return written if written >= 0 else None


def leave_transaction(connection: sqlite3.Connection) -> None:
    """Has what follows run by itself: VACUUM takes no transaction."""
    connection.rollback()
