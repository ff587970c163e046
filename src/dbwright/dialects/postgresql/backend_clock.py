"""How long a server's process was on a processor, where this machine can tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg


def backend_clock(connection: psycopg.Connection[Any]) -> Callable[[], float] | None:
    """Gives a clock of the connection's own process, in milliseconds; None for another machine's.

    Linux only. A process of that number is the server's if it bears the name that PostgreSQL
    gives it: https://www.postgresql.org/docs/current/monitoring-ps.html
    """
    folder = Path(f"/proc/{connection.info.backend_pid}")
    try:
        title = (folder / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return None
    words = title.replace("\0", " ").split()
    if not words or words[0] != "postgres:" or connection.info.dbname not in words:
        return None
    file = folder / "schedstat"

    def clock() -> float:
        return int(file.read_text().split()[0]) / 1e6

    try:
        return clock if clock() > 0 else None
    except (OSError, ValueError, IndexError):
        return None
