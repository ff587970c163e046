"""How a SQLite file is given to be read only: by its permissions, for it has no roles."""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Iterator

from dbwright.core.granted import RoleWanted, Surroundings

DEFAULT_SCHEMAS = ("main",)


def surroundings(connection: sqlite3.Connection) -> Surroundings:
    """Gives the file."""
    path = connection.execute("pragma database_list").fetchone()[2]
    return Surroundings(str(path), ("main",), family="SQLite")


def statements(wanted: RoleWanted, around: Surroundings) -> Iterator[str]:
    """Gives the lines of a shell script, for there is no SQL for it."""
    file = shlex.quote(around.database or "FILE")
    copy = shlex.quote(f"{around.database or 'FILE'}.copy")
    user = shlex.quote(wanted.name)
    yield "# SQLite has no roles: who may write the file may write the database."
    yield "# Either the agent runs as another user, who owns neither the file nor its folder:"
    yield f"chmod 0644 {file}"
    yield f"#   sudo -u {user} dbwright …"
    yield "# Or it gets a copy, which it cannot write:"
    yield f'#   sqlite3 {file} ".backup {copy}" && chmod 0444 {copy}'
    yield "# dbwright opens the file with mode=ro and query_only either way."
