"""What user code hears when it reaches for a database or a host that is not the bridge's."""

from __future__ import annotations

import re
import sys
from typing import Any, NoReturn

from . import frames
from .state import current


class Refused(ConnectionRefusedError):
    """The fence refused a connection; a network error, so that code that can live on does."""


def refuse(what: str, where: Any | None = None) -> NoReturn:
    """Tells the parent what was tried and from which line, and raises Refused."""
    place = frames.caller(sys._getframe(1)) or {"file": None, "line": None}
    shown = f"{what} ({_shown(str(where))})" if where else what
    record = {"what": shown, **place}
    current.refused.append(record)
    if current.channel is not None:
        current.channel.note("refused", **record)
    raise Refused(f"dbwright refuses a connection to {shown}")


def _shown(text: str) -> str:
    """Gives the address without its password."""
    text = re.sub(r"(://[^:/@\s]*:)[^@\s]*@", r"\1***@", text)
    return re.sub(r"(password\s*=\s*)\S+", r"\1***", text)[:200]
