"""Held file locks: they end with the process that holds them, however it ends.

Standard library only, and importing nothing of ours: the watchdog loads this file by its path.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import time
from pathlib import Path

_SPAN = 1 << 20


class FileLock:
    """A lock on a file, shared or exclusive; each instance is one holder, whatever its thread."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self.path = path
        self.shared = shared
        self._handle: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if nobody stands against it, and say whether it is ours."""
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _lock(handle, shared=self.shared)
        except (BlockingIOError, PermissionError):
            os.close(handle)
            return False
        except BaseException:
            os.close(handle)
            raise
        self._handle = handle
        return True

    def acquire(self, seconds: float) -> bool:
        """Take the lock within so many seconds, and say whether it is ours."""
        end = time.monotonic() + seconds
        pause = 0.005
        while not self.try_acquire():
            if time.monotonic() > end:
                return False
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)
        return True

    def write(self, text: str) -> None:
        """Replace the file's text, which also marks the time of its last use."""
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, text.encode())

    def release(self) -> None:
        """Let the lock go; a second call does nothing."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            with contextlib.suppress(OSError):
                os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int, *, shared: bool) -> None:
        # Windows locks byte ranges, exclusively: a shared holder takes one byte of the span
        # at random, an exclusive one the whole span.
        os.lseek(handle, random.randrange(_SPAN) + 64 if shared else 64, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1 if shared else _SPAN)
else:
    import fcntl

    def _lock(handle: int, *, shared: bool) -> None:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
