"""The gate: one upgrade of a database at a time, by a lock that ends with who holds it."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text

from dbwright.core.errors import UpgradeError
from dbwright.deploy.target import Target

_PAUSE = 0.2
_MAIN = "hashtext('dbwright upgrade'), hashtext(coalesce(current_schema(), ''))"
_SESSION = "hashtext('dbwright upgrade session'), hashtext(coalesce(current_schema(), ''))"


@contextlib.contextmanager
def held(
    target: Target, connection: Connection, patience: float, progress: Callable[[str], None]
) -> Iterator[tuple[float, str]]:
    """Holds the gate for the block; gives how many seconds it waited, and for whom.

    Raises UpgradeError where another has held it for longer than the patience.
    """
    take, who, free = {
        "postgresql": (_take_postgresql, _who_postgresql, _free_postgresql),
        "mysql": (_take_mysql, _who_mysql, _free_mysql),
        "sqlite": (_FileGate(target), None, None),
    }[target.family]
    gate = take if isinstance(take, _FileGate) else None
    started, seen = time.monotonic(), ""
    while not (gate.take() if gate else take(connection)):  # type: ignore[operator]
        seen = (gate.who() if gate else who(connection)) or seen  # type: ignore[misc]
        waited = time.monotonic() - started
        if waited >= patience:
            raise UpgradeError(
                f"another upgrade of {target.shown} is running: {seen or 'it does not say whose'}",
                way_out=f"It was waited for {waited:.0f} s. Wait for its end, or look at it there; "
                "--wait SECONDS waits longer.",
            )
        progress(f"waiting for another upgrade: {seen}")
        time.sleep(_PAUSE)
    try:
        yield time.monotonic() - started if seen else 0.0, seen
    finally:
        # a connection that is gone has let go of it
        with contextlib.suppress(Exception):
            gate.free() if gate else free(connection)  # type: ignore[misc]


def still_held(target: Target, connection: Connection) -> bool:
    """Whether our session is there, and the gate with it."""
    try:
        if target.family == "postgresql":
            sql = """
                select count(*) from pg_locks
                where locktype = 'advisory' and pid = pg_backend_pid() and granted"""
            return bool(connection.exec_driver_sql(sql).scalar())
        if target.family == "mysql":
            name = {"name": _name(connection)}
            sql = "select is_used_lock(:name) = connection_id()"
            return bool(connection.execute(text(sql), name).scalar())
    except Exception:
        return False
    return True


def _take_postgresql(connection: Connection) -> bool:
    """Takes the lock, once no session of an earlier upgrade, whose head has died, is left.

    It is asked for again and again and not waited for in the server: a statement that waits has
    a snapshot, for whose end CREATE INDEX CONCURRENTLY of the other upgrade would wait in turn.
    """
    if not connection.exec_driver_sql(f"select pg_try_advisory_lock({_MAIN})").scalar():
        return False
    if connection.exec_driver_sql(f"select pg_try_advisory_lock({_SESSION})").scalar():
        connection.exec_driver_sql(f"select pg_advisory_unlock({_SESSION})")
        return True
    connection.exec_driver_sql(f"select pg_advisory_unlock({_MAIN})")
    return False


def _free_postgresql(connection: Connection) -> None:
    connection.exec_driver_sql(f"select pg_advisory_unlock({_MAIN})")


def _who_postgresql(connection: Connection) -> str:
    row = connection.exec_driver_sql(
        """
        select a.pid, a.usename, coalesce(a.client_hostname, host(a.client_addr), 'this host'),
               to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS'), left(a.query, 200), a.state
        from pg_locks l join pg_stat_activity a on a.pid = l.pid
        where l.locktype = 'advisory' and l.granted and l.objsubid = 2
          and l.database = (select oid from pg_database where datname = current_database())
          and l.classid::bigint in (hashtext('dbwright upgrade')::bigint & 4294967295,
                                    hashtext('dbwright upgrade session')::bigint & 4294967295)
          and l.pid <> pg_backend_pid()
        order by a.state = 'active' desc, a.backend_start limit 1"""
    ).first()
    if row is None:
        return ""
    running = f", running: {' '.join(row[4].split())}" if row[5] == "active" else ""
    return f"session {row[0]} of {row[1]} from {row[2]} since {row[3]}{running}"


def _name(connection: Connection) -> str:
    # of 64 characters at most, and one for the whole server
    database = connection.exec_driver_sql("select database()").scalar()
    return f"dbwright upgrade {database}"[:64]


def _take_mysql(connection: Connection) -> bool:
    found = connection.execute(text("select get_lock(:name, 0)"), {"name": _name(connection)})
    return found.scalar() == 1


def _free_mysql(connection: Connection) -> None:
    connection.execute(text("select release_lock(:name)"), {"name": _name(connection)})


def _who_mysql(connection: Connection) -> str:
    row = connection.execute(
        text(
            """
            select id, user, host, time from information_schema.processlist
            where id = is_used_lock(:name)"""
        ),
        {"name": _name(connection)},
    ).first()
    return f"session {row[0]} of {row[1]} from {row[2]}" if row else ""


class _FileGate:
    """A lock on a file beside the database, which ends with the process that holds it."""

    def __init__(self, target: Target) -> None:
        self.path = Path(f"{target.parts.database}.dbwright-lock")
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """Takes it; False where another process has it."""
        import fcntl

        try:
            file = self.path.open("a+", encoding="utf-8")
        except OSError as error:
            raise UpgradeError(
                f"cannot lock {self.path.name}: {error.strerror}",
                way_out="An upgrade writes a file beside the database, and SQLite does as well.",
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # who held it before may have taken the file away meanwhile
            is_there = os.fstat(file.fileno()).st_ino == self.path.stat().st_ino
        except (BlockingIOError, FileNotFoundError):
            is_there = False
        if not is_there:
            file.close()
            return False
        file.truncate(0)
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        file.write(f"process {os.getpid()} on {socket.gethostname()} since {since}")
        file.flush()
        self._file = file
        return True

    def who(self) -> str:
        """Gives what the holder wrote."""
        with contextlib.suppress(OSError):
            return self.path.read_text(encoding="utf-8")
        return ""

    def free(self) -> None:
        """Lets go, and takes the file away."""
        if self._file is not None:
            self.path.unlink(missing_ok=True)
            self._file.close()
