"""The flags by which SQLAlchemy knows whether anybody listens.

It sets them at the first listener and never takes them back: a process in which a watcher has ended
would look for listeners at each statement until it ends itself.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

_FLAG = "_has_events"
_QUIET: weakref.WeakSet[Any] = weakref.WeakSet()
"""What had no listener before the first watcher began."""


def kept(target: Any) -> Callable[[], None]:
    """Gives what takes the flags back when the watcher of an engine, or of all, has ended."""
    from sqlalchemy.engine import Dialect, Engine

    owners = (Dialect, Engine) if isinstance(target, type) else (target.dialect, target)
    for owner in owners:
        if not vars(owner).get(_FLAG):
            _QUIET.add(owner)

    def end() -> None:
        for owner in owners:
            if owner in _QUIET and not _heard(owner):
                _QUIET.discard(owner)
                if isinstance(owner, type):
                    setattr(owner, _FLAG, False)
                else:  # a flag of its own would hide that of its class
                    vars(owner).pop(_FLAG, None)

    return end


def _heard(owner: Any) -> bool:
    """Whether anybody listens to a class or an object, its class not counted."""
    try:
        events = owner.dispatch._event_descriptors
        if isinstance(owner, type):
            return any(any(each._clslevel.values()) for each in events)
        return any(each.listeners for each in events)
    except (AttributeError, TypeError):  # kept in another way: the flag stays
        return True
