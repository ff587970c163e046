"""When a transaction begins and ends.

SQLAlchemy has events for it, but one listener of those makes every statement dearer by a third:
where the methods of its Connection that send them are there, these are followed, and put back at
the end.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

_LOCK = threading.Lock()
_FOLLOWING: tuple[Turns, ...] = ()
_ORIGINAL: dict[str, Any] = {}
_METHODS = {
    "_begin_impl": ("begin", ["self", "transaction"]),
    "_commit_impl": ("commit", ["self"]),
    "_rollback_impl": ("rollback", ["self"]),
}


class Turns(NamedTuple):
    """Whom to tell of the connections of one dialect, or of all; they raise nothing."""

    begin: Callable[[Any], None]
    commit: Callable[[Any], None]
    rollback: Callable[[Any], None]
    dialect: Any


def follow(turns: Turns) -> Callable[[], None] | None:
    """Has each begin, commit and rollback told before it happens; gives what ends that.

    None where SQLAlchemy has not the methods that are known.
    """
    from sqlalchemy.engine import Connection

    global _FOLLOWING
    with _LOCK:
        if not _FOLLOWING:
            if not all(_usable(Connection, name, takes) for name, (_, takes) in _METHODS.items()):
                return None
            for name, (event, _) in _METHODS.items():
                _ORIGINAL[name] = vars(Connection)[name]
                setattr(Connection, name, _told(event, _ORIGINAL[name]))
        _FOLLOWING += (turns,)

    def end() -> None:
        global _FOLLOWING
        with _LOCK:
            _FOLLOWING = tuple(each for each in _FOLLOWING if each is not turns)
            if not _FOLLOWING:
                for name in _METHODS:
                    setattr(Connection, name, _ORIGINAL.pop(name))

    return end


def _usable(class_: type, name: str, takes: list[str]) -> bool:
    method = vars(class_).get(name)
    return inspect.isfunction(method) and list(inspect.signature(method).parameters) == takes


def _told(event: str, made: Any) -> Any:
    """Gives a method of a Connection that tells who follows, and then does what it did."""

    def method(connection: Any, *given: Any) -> None:
        for each in _FOLLOWING:
            if each.dialect is None or each.dialect is connection.dialect:
                getattr(each, event)(connection)
        made(connection, *given)

    method.__wrapped__ = made  # type: ignore[attr-defined]
    return method
