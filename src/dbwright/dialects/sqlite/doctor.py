"""What is wrong with a SQLite file: who may write it. SQLite itself has no roles."""

from __future__ import annotations

import getpass
import os
import sqlite3
import stat
from pathlib import Path

from dbwright.core.diagnosis import Complaint


def examined(
    connection: sqlite3.Connection,
) -> tuple[str, tuple[str, ...], list[Complaint], bool]:
    """Gives the user, facts, what is wrong, and that no user of a file may do anything else."""
    path = Path(connection.execute("pragma database_list").fetchone()[2])
    mode = path.stat().st_mode
    (journal,) = connection.execute("pragma journal_mode").fetchone()
    found = []
    if mode & stat.S_IWOTH:
        found.append(
            Complaint(
                "anybody-writes",
                "error",
                f"every user of the machine may write {path.name}",
                f"chmod o-w {path.name}",
            )
        )
    if os.access(path, os.W_OK):
        found.append(
            Complaint(
                "writes-file",
                "warning",
                f"this user may write {path.name}: what keeps dbwright from it is how it opens it",
                "Give an agent a user that only reads the file, or a copy:  "
                "sqlite3 FILE '.backup copy.db'; chmod 0444 copy.db",
            )
        )
    if os.access(path.parent, os.W_OK) and journal == "wal":
        found.append(
            Complaint(
                "journal-in-folder",
                "info",
                "a reader of a file in WAL mode makes -shm and -wal files beside it",
                "Nothing, or read a copy.",
            )
        )
    user = _user()
    size = f"{path.stat().st_size:,} bytes"
    return user, (f"user {user}", size, f"journal mode {journal}"), found, False


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "?"
