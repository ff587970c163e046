"""Which relationships a program reads: SQLAlchemy has no event for that, so its getter is wrapped.

Only where it is asked for, in tests: each read of an attribute costs a call more. The getter is put
back as it was when the last one who asked has ended.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

from .loads import qualified

_MOST = 20_000
_LOCK = threading.Lock()
_READERS: list[Reads] = []
_ORIGINAL: list[Any] = []


class Reads:
    """The relationships that were read: class, name, and the shape of the query the object is of.

    `shape_of` gives the shape of the query with a run's number, 0 for none that is known.
    """

    def __init__(self, shape_of: Callable[[Any], int]) -> None:
        self.shape_of = shape_of
        self.seen: set[tuple[str, str, int]] = set()

    def see(self, attribute: Any, instance: object) -> None:
        """Takes down that an attribute was read."""
        from sqlalchemy.orm.attributes import instance_state

        if len(self.seen) < _MOST:
            shape = self.shape_of(instance_state(instance).runid)
            for mapper in attribute.parent.mapper.iterate_to_root():
                self.seen.add((qualified(mapper.class_), str(attribute.key), shape))

    def start(self) -> None:
        """Begins to see."""
        with _LOCK:
            _READERS.append(self)
            if len(_READERS) == 1:
                _wrap()

    def stop(self) -> None:
        """Ends, and puts the getter back when nobody is left."""
        from sqlalchemy.orm import InstrumentedAttribute

        with _LOCK:
            if self in _READERS:
                _READERS.remove(self)
                if not _READERS:
                    InstrumentedAttribute.__get__ = _ORIGINAL.pop()  # type: ignore[method-assign]


def _wrap() -> None:
    from sqlalchemy.orm import InstrumentedAttribute

    original = vars(InstrumentedAttribute)["__get__"]
    _ORIGINAL.append(original)

    def read(attribute: Any, instance: Any, owner: Any) -> Any:
        if instance is not None and attribute.impl.uses_objects:
            for each in tuple(_READERS):
                with contextlib.suppress(Exception):  # an object of a kind of its own is not told
                    each.see(attribute, instance)
        return original(attribute, instance, owner)

    read.__wrapped__ = original  # type: ignore[attr-defined]
    InstrumentedAttribute.__get__ = read  # type: ignore[method-assign, assignment]
