"""Runs one Alembic command inside a project's interpreter and watches its locks.

    python measure_child.py URL upgrade|downgrade REVISION      in the project's folder

Prints one line of JSON: the error, and for each relation the strongest lock that the
connection held when a transaction was about to commit.
"""

import contextlib
import io
import json
import sys
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.engine import Engine

MODES = [
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
]

HELD = """
    select c.relname, l.mode from pg_locks l join pg_class c on c.oid = l.relation
    where l.pid = pg_backend_pid() and l.granted and c.relkind = 'r'
      and c.relnamespace = 'public'::regnamespace
"""

held: dict[str, str] = {}


@event.listens_for(Engine, "commit")
def note(connection: Any) -> None:
    """Notes the locks that are about to be given back."""
    for name, mode in connection.exec_driver_sql(HELD).fetchall():
        if MODES.index(mode) > MODES.index(held.get(name, MODES[0])):
            held[name] = mode


def main(url: str, name: str, revision: str) -> str | None:
    """Runs the command; gives its error as one line, or None."""
    sys.path.insert(0, "")
    config = Config("alembic.ini")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            getattr(command, name)(config, revision)
    except Exception as error:
        first = next((x for x in str(error).splitlines() if x.strip()), "")
        return f"{type(error).__name__}: {first}"[:300]
    return None


if __name__ == "__main__":
    failure = main(*sys.argv[1:])
    print(json.dumps({"error": failure, "locks": held}))
