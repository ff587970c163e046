"""What user code hears when it reaches for a database or a host that is not the bridge's."""

from __future__ import annotations

import re
import sys
import time
from typing import Any, NoReturn

from . import frames
from .state import current

LONGEST_PAUSE = 0.01  # seconds


class Refused(ConnectionRefusedError):
    """The fence refused a connection; a network error, so that code that can live on does."""


def refuse(what: str, where: Any | None = None) -> NoReturn:
    """Tells the parent what was tried and from which line, and raises Refused."""
    place = frames.caller(sys._getframe(1)) or {"file": None, "line": None}
    shown = f"{what} ({_shown(str(where))})" if where else what
    record = {"what": shown, **place}
    if record not in current.refused:
        current.refused.append(record)
        if current.channel is not None:
            current.channel.note("refused", **record)
    raise Refused(f"dbwright refuses a connection to {shown}")


def hurry() -> None:
    """Shortens every pause after a refusal: libraries wait before they try an address again.

    It must stand before user code imports `sleep` by name.
    """
    pause = time.sleep

    def sleep(seconds: float) -> None:
        pause(min(seconds, LONGEST_PAUSE) if current.refused else seconds)

    time.sleep = sleep


def _shown(text: str) -> str:
    """Gives the address without its password."""
    text = re.sub(r"(://[^:/@\s]*:)[^@\s]*@", r"\1***@", text)
    return re.sub(r"(password\s*=\s*)\S+", r"\1***", text)[:200]
