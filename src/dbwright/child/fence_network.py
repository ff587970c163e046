"""The third fence: no network, by a namespace where that is allowed, and by an audit hook."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
from typing import Any

from . import refusal

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
_MEMORY = re.compile(r"(file:)?(:memory:|/?[^?]*\?(.*&)?mode=memory|$)")


def install() -> list[str]:
    """Gives the names of the fences that hold: `network namespace`, `audit hook`."""
    held = ["network namespace"] if _leave_network() else []
    sys.addaudithook(_hook)
    return [*held, "audit hook"]


def _leave_network() -> bool:
    """Moves the process into a network namespace of its own, which has no way out."""
    if sys.platform != "linux":
        return False
    user, group = os.getuid(), os.getgid()
    # As root a user namespace would take the right to read other users' files.
    flags = CLONE_NEWNET if user == 0 else CLONE_NEWUSER | CLONE_NEWNET
    try:
        if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
            return False
    except (OSError, AttributeError):
        return False
    if user != 0:
        with contextlib.suppress(OSError):
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{user} {user} 1")
            _write("/proc/self/gid_map", f"{group} {group} 1")
    return True


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        _check_socket(arguments[1])
    elif event == "sqlite3.connect":
        _check_sqlite(arguments[0])


def _check_socket(address: Any) -> None:
    if isinstance(address, (str, bytes)):
        refusal.refuse("a local socket", os.fsdecode(address))
    if isinstance(address, tuple) and len(address) >= 2:
        refusal.refuse("a host", f"{address[0]}:{address[1]}")
    refusal.refuse("a host", repr(address))


def _check_sqlite(database: Any) -> None:
    name = os.fsdecode(database) if isinstance(database, (str, bytes, os.PathLike)) else ""
    if not _MEMORY.fullmatch(name):
        refusal.refuse("an SQLite file", name)
