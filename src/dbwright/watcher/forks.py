"""Processes that a program forks: a watcher goes on in them with a lock of its own."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any

RUNNING: weakref.WeakSet[Any] = weakref.WeakSet()
"""The watchers that are between their start and stop."""


def _forked() -> None:
    """Gives each watcher a lock anew: a thread that is not there any more may have held it."""
    for each in list(RUNNING):
        each._lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
