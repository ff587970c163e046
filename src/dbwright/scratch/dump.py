"""Tables copied off a scratch database and back by pg_dump and pg_restore, where they are there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from dbwright.scratch.sandbox import Database

SECONDS = 60
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "options": "PGOPTIONS",
}


def dumped(database: Database, pattern: str, file: Path) -> str | None:
    """Writes a table, named as psql's patterns are, to a file; gives why not, None when done.

    https://www.postgresql.org/docs/current/app-pgdump.html
    """
    return _ran(database, "pg_dump", "-Fc", "-t", pattern, "-f", str(file))


def loaded(database: Database, file: Path) -> str | None:
    """Makes the table of a file again, with its rows; gives why not, None when done."""
    name = str(database.parameters()["dbname"])
    return _ran(database, "pg_restore", "--exit-on-error", "-d", name, str(file))


def _ran(database: Database, name: str, *arguments: str) -> str | None:
    programs = database.server.programs
    program = programs / name if programs else None
    if program is None or not program.exists():
        return f"there is no {name} beside the scratch server"
    known = database.parameters()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    given = {v: str(known[k]) for k, v in _VARIABLES.items() if known.get(k)}
    try:
        done = subprocess.run(
            [str(program), *arguments],
            env=kept | given,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{name}: {error}"
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or [f"{name} ended with {done.returncode}"])[-1]
