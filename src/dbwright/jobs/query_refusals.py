"""What a database says against a statement, in words that lead on: near names, rights, time."""

from __future__ import annotations

import difflib

import psycopg

from dbwright.collect.database import STATEMENT_SECONDS
from dbwright.core.errors import CollectError
from dbwright.core.schema import Schema
from dbwright.dialects.postgresql import statements

_CORRECT = "Correct the statement, or name the database that it is for: --db URL"
_WAYS_OUT = {
    "42501": "Let the role read it (GRANT SELECT, GRANT USAGE on its schema), or name a role "
    "that may: --db URL",
    "42883": "Create the function there, write its schema before its name, or cast its arguments.",
    "55P03": "Something there holds the table locked, a migration perhaps: run it again after it.",
    "57014": "Its plan alone took longer than may be: run it again when there is less to do.",
}
_LOST = ("57P01", "57P02", "57P03")


def refused(error: Exception, sql: str, schema: Schema) -> tuple[str, str]:
    """Gives why a statement was refused, on one line, and the way out.

    Raises CollectError where the connection is gone: no other statement will be answered.
    """
    state = getattr(error, "sqlstate", None)
    if state in _LOST or (isinstance(error, psycopg.OperationalError) and state is None):
        raise CollectError(
            f"the connection was lost while {quoted(sql)} was looked at: {first_line(error)}",
            way_out="Run it again; the server has rolled back, and nothing was changed.",
        ) from error
    return (
        f"the database refused it: {first_line(error)}{_near(error, state, sql, schema)}",
        _WAYS_OUT.get(str(state), _CORRECT),
    )


def first_line(error: Exception) -> str:
    """Gives the first line of a driver's error, its name where it says nothing.

    PyMySQL has the words behind the error's number.
    """
    text = str(error.args[1] if len(error.args) > 1 else error)
    return (text.strip().splitlines() or [type(error).__name__])[0]


def quoted(sql: str) -> str:
    """Gives the begin of a statement in backticks, on one line."""
    return f"`{' '.join(sql.split())[:50]}`"


def stopped(error: Exception) -> str:
    """Gives why a run came to no end."""
    if getattr(error, "sqlstate", None) == "57014":
        return f"it was stopped after {STATEMENT_SECONDS} s, the time that a run may take"
    return first_line(error)


def _near(error: Exception, state: str | None, sql: str, schema: Schema) -> str:
    """Gives the name that may be meant: the server's own hint, or the nearest table."""
    if state == "42P01":
        keys = [each.key for each in schema.tables]
        for space, name in statements.relations(sql):
            key = name if space in ("", "public") else f"{space}.{name}"
            near = [each for each in keys if each.rpartition(".")[2] == name]
            near = near or difflib.get_close_matches(key, keys, n=1)
            if key not in keys and near:
                return f'; the nearest is "{near[0]}"'
    hint = getattr(getattr(error, "diag", None), "message_hint", None)
    return f". {hint.splitlines()[0]}" if state == "42703" and hint else ""
