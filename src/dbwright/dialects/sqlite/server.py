"""What SQLite needs to be opened as a scratch database."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def version() -> str:
    """Give the version of the library that Python was built with."""
    return sqlite3.sqlite_version


def connect(path: Path, *, autocommit: bool = False) -> sqlite3.Connection:
    """Open a database file as the drivers of applications do: foreign keys are not enforced.

    Durability is off: a scratch database may be lost.
    """
    connection = sqlite3.connect(
        path, isolation_level=None if autocommit else "DEFERRED", check_same_thread=False
    )
    connection.execute("pragma synchronous = off")
    return connection
