"""What statements that write would do to MySQL or MariaDB, as far as it can be told."""

from __future__ import annotations

from typing import Any

import pymysql
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dbwright.core.errors import ReadRefused, UsageError
from dbwright.core.writing import PlannedStatement
from dbwright.dialects.mysql import reading
from dbwright.dialects.mysql.reading_words import words
from dbwright.dialects.mysql.statements import split

_PLANNED = ("insert", "update", "delete", "replace", "with")
_REFUSED = ("begin", "start", "commit", "rollback", "savepoint", "set", "use", "prepare", "execute",
            "lock", "unlock", "load", "handler", "deallocate")  # fmt: skip


def planned(connection: Any, sql: str) -> tuple[list[PlannedStatement], bool]:
    """Gives each statement, and that none has to run alone.

    Raises UsageError for what is no write, or cannot be read.
    """
    return [_one(connection, each) for each in split(sql)], False


def _one(connection: Any, sql: str) -> PlannedStatement:
    try:
        found = words(sql)
    except ReadRefused as error:
        raise UsageError(
            error.message.replace("the read is", "it is"), way_out=error.way_out
        ) from error
    first = found[0].text if found else ""
    if first in _REFUSED:
        raise UsageError(f"{first.upper()} cannot be planned: the session ends with the plan")
    tables = _tables(sql)
    if first not in _PLANNED:
        if first in ("select", "values", "show", "table"):
            return PlannedStatement(sql, first.upper(), tables)
        what = " ".join(word.text for word in found[:2]).upper()
        why = "the server changes a schema at once, and does not roll it back"
        return PlannedStatement(sql, what, tables, None, why)
    rows, why = _estimate(connection, sql)
    narrowed = any(word.text == "where" and not word.quoted for word in found)
    everything = first in ("update", "delete") and not narrowed
    return PlannedStatement(sql, first.upper(), tables, rows, why, everything)


def _tables(sql: str) -> tuple[str, ...]:
    try:
        tree = sqlglot.parse_one(sql, read="mysql")
    except (SqlglotError, RecursionError):
        return ()
    found = (".".join(filter(None, (each.db, each.name))) for each in tree.find_all(exp.Table))
    return tuple(dict.fromkeys(found))


def _estimate(connection: Any, sql: str) -> tuple[int | None, str]:
    try:
        reading.refuse_calls(connection, words(sql))
        connection.rollback()  # EXPLAIN of a write is refused in a read-only transaction
        cursor = connection.execute(f"explain {sql}")
    except ReadRefused as error:
        return None, error.message.removeprefix("the read is refused: ")
    except pymysql.err.Error as error:
        return None, str(error.args[-1])
    at = [name.lower() for name, *_ in cursor.description].index("rows")
    numbers = [row[at] for row in cursor.fetchall() if row[at] is not None]
    return (int(numbers[0]), "") if numbers else (None, "the server gives no number")


def execute(connection: Any, sql: str) -> int | None:
    """Runs one statement and gives the rows that it has written; raises pymysql.err.Error."""
    return int(connection.execute(sql).rowcount)


def leave_transaction(connection: Any) -> None:
    """Nothing runs alone here."""
