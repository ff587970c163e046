"""An allowed statement run on SQLite: a process of its own, a deadline, rows one by one."""

from __future__ import annotations

import contextlib
import datetime
import marshal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from dbwright.core.errors import ReadRefused
from dbwright.core.reading import Allowed, Column, Limits
from dbwright.dialects.gathering import Gathering
from dbwright.dialects.sqlite.reading_alone import MEMORY, frame, text

_LONGEST_VALUE = 50_000_000
_STEPS = 5_000
"""Steps of SQLite's machine between two looks at the clock: about a millisecond."""
_STARTS = 20.0
"""Seconds that the process may take to start."""
_GRACE = 0.2
_DIED = "the process that reads has ended"
_STARTED = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from dbwright.dialects.sqlite.reading_alone import main; main()"
)
_LIMITS = (
    (sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
    (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
)


def prepare(connection: sqlite3.Connection, limits: Limits, *, write: bool = False) -> None:
    """Sets the limits of the connection; of a write only its time."""
    for statement in _pragmas(limits)[: 1 if write else None]:
        connection.execute(statement)
    if not write:
        for name, most in _LIMITS:
            connection.setlimit(name, most)
    connection.text_factory = text
    deadline = time.monotonic() + limits.seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)


def _pragmas(limits: Limits) -> tuple[str, ...]:
    waits = max(1, int(limits.lock_seconds * 1000))
    return (
        f"pragma busy_timeout = {waits}",
        "pragma trusted_schema = off",
        "pragma query_only = on",
    )


def bound(
    connection: sqlite3.Connection, sql: str, parameters: Sequence[Any]
) -> tuple[str, Sequence[Any]]:
    """Gives both as they are: the server binds the values itself."""
    return sql, parameters


def secrets(connection: sqlite3.Connection) -> list[str]:
    """Gives none: SQLite has no settings that are secret."""
    return []


def run(
    connection: sqlite3.Connection,
    allowed: Allowed,
    parameters: Sequence[Any],
    gathering: Gathering,
) -> None:
    """Runs the statement in a process of its own, and gathers its rows until a limit is reached.

    Raises sqlite3.Error.
    """
    limits = gathering.limits
    asked = {
        "uri": _uri(connection),
        "pragmas": _pragmas(limits),
        "limits": _LIMITS,
        "sql": allowed.sql,
        "parameters": tuple(map(_sent, parameters)),
        "value": 2 * limits.value + 2,  # gathering tells from the length that it was cut
    }
    with _process() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(marshal.dumps(asked))
        process.stdin.close()
        with _killed(process, _STARTS):
            _begun(frame(process.stdout))
        over = threading.Event()
        with _killed(process, limits.seconds + _GRACE, over):
            _gathered(process.stdout, gathering, over)


def _sent(value: Any) -> Any:
    """Gives a value as sqlite3 would bind it."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if value is None or isinstance(value, (int, float, str, bytes)):
        return value
    raise sqlite3.ProgrammingError(f"a value of type {type(value).__name__} cannot be bound")


def _begun(first: tuple[Any, ...] | None) -> None:
    match first:
        case ("ready",):
            return
        case ("refused", why):
            raise ReadRefused(why)
        case ("failed", name, text, _):
            raise getattr(sqlite3, name, sqlite3.OperationalError)(text)
        case _:
            raise sqlite3.OperationalError("the process that reads did not start")


def _gathered(source: IO[bytes], gathering: Gathering, over: threading.Event) -> None:
    while True:
        match frame(source):
            case ("columns", names):
                gathering.columns = tuple(Column(name) for name in names)
            case ("row", values):
                if not gathering.add(values):
                    return
            case ("end",):
                return
            case ("memory",):
                gathering.stop("rows", f"it needs more than {MEMORY:,} bytes of memory")
                return
            case ("refused", why):
                raise ReadRefused(why)
            case ("failed", name, text, code):
                _fail(gathering, name, text, code)
                return
            case _:
                raise sqlite3.OperationalError("interrupted" if over.is_set() else _DIED)


def _fail(gathering: Gathering, name: str, text: str, code: int) -> None:
    if code == sqlite3.SQLITE_AUTH:
        # a table-valued pragma is asked about when it runs
        raise ReadRefused(f"the read is refused: {text}")
    if code == sqlite3.SQLITE_TOOBIG:
        gathering.stop("rows", f"a value is longer than {_LONGEST_VALUE:,} bytes")
        return
    raise getattr(sqlite3, name, sqlite3.OperationalError)(text)


def _uri(connection: sqlite3.Connection) -> str:
    for _, name, file in connection.execute("pragma database_list"):
        if name == "main":
            return f"{Path(file).absolute().as_uri()}?mode=ro"
    raise sqlite3.OperationalError("the database has no file")


@contextlib.contextmanager
def _process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that imports nothing but dbwright and what Python brings, ended in any case."""
    root = str(Path(__file__).parents[3])
    command = [sys.executable, "-I", "-S", "-c", _STARTED, root]
    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    try:
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=none)
    except OSError as error:
        raise sqlite3.OperationalError(f"the process that reads did not start: {error}") from error
    try:
        yield process
    finally:
        process.kill()
        for end in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if end is not None:
                    end.close()
        process.wait()


@contextlib.contextmanager
def _killed(
    process: subprocess.Popen[bytes], seconds: float, over: threading.Event | None = None
) -> Iterator[None]:
    """Ends the process after its time."""

    def kill() -> None:
        if over is not None:
            over.set()
        process.kill()

    timer = threading.Timer(seconds, kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def finish(connection: sqlite3.Connection) -> None:
    """Rolls back; the file is opened anew for the next read."""
    connection.set_progress_handler(None, 0)
    connection.set_authorizer(None)
    connection.rollback()
