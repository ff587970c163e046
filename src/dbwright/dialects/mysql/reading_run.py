"""An allowed statement run on MySQL or MariaDB: limits in the session, rows streamed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from pymysql.constants import FIELD_TYPE
from pymysql.cursors import SSCursor

from dbwright.core.reading import Allowed, Column, Limits
from dbwright.core.secrets import is_secret_setting
from dbwright.dialects.gathering import Gathering, from_json
from dbwright.dialects.mysql import reading_catalog
from dbwright.dialects.mysql.reading_names import SECRET_VARIABLES, TEXT_COLUMNS
from dbwright.dialects.mysql.reading_texts import without_constants
from dbwright.dialects.mysql.server import TooLong, version

_GRACE = 2.0
"""Seconds after which the client hangs up where the server's own limit has not ended it."""
_OTHERWISE_READ: tuple[str, ...] = (
    "ANSI_QUOTES",
    "NO_BACKSLASH_ESCAPES",
    "PIPES_AS_CONCAT",
    "ORACLE",
    "ANSI",
)
_OTHERWISE_READ += ("IGNORE_SPACE", "HIGH_NOT_PRECEDENCE", "POSTGRESQL", "MSSQL", "DB2", "MAXDB")
_TYPES = {
    getattr(FIELD_TYPE, name): name.lower().replace("var_string", "varchar")
    for name in dir(FIELD_TYPE)
    if name.isupper() and name not in ("CHAR", "INTERVAL")
}


def prepare(connection: Any, limits: Limits, *, write: bool = False) -> None:
    """Sets the limits of the session, and has the server read a text as the guard does."""
    connection.wait(limits.seconds + 2 * _GRACE)
    maria = version(connection).family == "MariaDB"
    setting = (
        f"max_statement_time = {limits.seconds:f}"
        if maria
        else f"max_execution_time = {max(1, int(limits.seconds * 1000))}"
    )
    locks = max(1, round(limits.lock_seconds))
    connection.execute(
        f"set session {setting}, lock_wait_timeout = {locks}, innodb_lock_wait_timeout = {locks}"
    )
    if not write:
        connection.execute(f"set session sql_select_limit = {limits.rows + 1}")
    ((modes,),) = connection.execute("select @@global.sql_mode").fetchall()
    kept = [mode for mode in str(modes).split(",") if mode not in _OTHERWISE_READ]
    connection.execute("set session sql_mode = %s", [",".join(kept)])


def bound(connection: Any, sql: str, parameters: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """Gives the statement with its values in it, as PyMySQL sends it: that is what is looked at."""
    if not parameters:
        return sql, ()
    return str(connection.cursor().mogrify(sql, list(parameters))), ()


def secrets(connection: Any) -> list[str]:
    """Gives the values of variables that are secret."""
    return [
        value
        for name, value in reading_catalog.variables(connection)
        if (is_secret_setting(name) or name in SECRET_VARIABLES) and _is_secret(value)
    ]


def _is_secret(value: str) -> bool:
    return len(value) > 4 and not value.isdecimal()


def run(connection: Any, allowed: Allowed, parameters: Sequence[Any], gathering: Gathering) -> None:
    """Runs the statement and gathers its rows until a limit is reached; raises pymysql.err.Error.

    What comes behind the limit is not read: the connection is closed on it.
    """
    limits = gathering.limits
    timer = threading.Timer(limits.seconds + _GRACE, connection.interrupt)
    timer.daemon = True
    timer.start()
    cursor: Any = SSCursor(connection)
    try:
        # rows, and what a row takes on the wire beside its text
        connection.budget = 4 * limits.bytes + 1_000_000
        cursor.execute(allowed.sql, None)
        fields = cursor.description or ()
        gathering.columns = tuple(
            Column(str(name), _TYPES.get(type_, "")) for name, type_, *_rest in fields
        )
        for row in iter(cursor.fetchone, None):
            if not gathering.add(_values(row, gathering.columns, allowed)):
                break
    except TooLong:
        gathering.stop(
            "rows",
            f"a row is longer than {4 * limits.bytes:,} bytes: LEFT(…, 1000) "
            "shows the beginning of a column",
        )
    finally:
        timer.cancel()
        if gathering.full:
            cursor.connection = None  # else it would read to the end when it is closed
            connection.hang_up()
        connection.budget = None


def _values(row: Sequence[Any], columns: Sequence[Column], allowed: Allowed) -> list[Any]:
    found: list[Any] = []
    for at, (value, column) in enumerate(zip(row, columns, strict=True)):
        told = at in allowed.places or (allowed.texts and column.name.lower() in TEXT_COLUMNS)
        if told and isinstance(value, (str, bytes)):
            found.append(without_constants(_decoded(value)))
        elif column.type == "json" and isinstance(value, str):
            found.append(from_json(value))
        else:
            found.append(value)
    return found


def _decoded(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def finish(connection: Any) -> None:
    """Rolls back; the connection is used for one read."""
    connection.rollback()
