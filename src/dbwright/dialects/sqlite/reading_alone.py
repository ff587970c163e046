"""A read in a process of its own: its time and memory end with it, whatever SQLite is doing.

A single call of SQLite's (`instr` on megabytes) looks at no deadline. Frames go over the process's
output, each a length and a value of marshal's: a row, or at the end what there is to tell.
"""

from __future__ import annotations

import contextlib
import marshal
import sqlite3
import struct
import sys
from typing import IO, Any

from dbwright.core.errors import ReadRefused
from dbwright.dialects.sqlite.reading import allowed

MEMORY = 1_000_000_000
_LENGTH = struct.Struct("<Q")


def main() -> None:
    """Reads what is asked on the input, and writes its rows."""
    asked = marshal.load(sys.stdin.buffer)
    out = sys.stdout.buffer
    _bound_memory()
    end: tuple[Any, ...]
    try:
        end = _answered(asked, out)
    except sqlite3.Error as error:
        end = ("failed", type(error).__name__, str(error), getattr(error, "sqlite_errorcode", 0))
    except ReadRefused as error:
        end = ("refused", str(error))
    except MemoryError:
        end = ("memory",)
    with contextlib.suppress(BrokenPipeError):
        _write(out, end)


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _answered(asked: dict[str, Any], out: IO[bytes]) -> tuple[Any, ...]:
    connection = sqlite3.connect(asked["uri"], uri=True)
    for statement in asked["pragmas"]:
        connection.execute(statement)
    for name, most in asked["limits"]:
        connection.setlimit(name, most)
    connection.text_factory = text
    allowed(connection, asked["sql"], analyze=True)  # from here on it refuses what is no read
    _write(out, ("ready",))
    cursor = connection.execute(asked["sql"], asked["parameters"])
    _write(out, ("columns", [each[0] for each in cursor.description or ()]))
    for row in cursor:
        _write(out, ("row", [_shortened(value, asked["value"]) for value in row]))
    return ("end",)


def text(raw: bytes) -> str:
    """Gives a text that may be none in UTF-8."""
    return raw.decode("utf-8", "replace")


def _shortened(value: Any, most: int) -> Any:
    return value[:most] if isinstance(value, (str, bytes)) else value


def _write(out: IO[bytes], frame: tuple[Any, ...]) -> None:
    data = marshal.dumps(frame)
    out.write(_LENGTH.pack(len(data)) + data)
    out.flush()


def frame(source: IO[bytes]) -> tuple[Any, ...] | None:
    """Gives the next frame, None where the process has ended."""
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(head)
    data = source.read(size)
    found: tuple[Any, ...] | None = marshal.loads(data) if len(data) == size else None
    return found
