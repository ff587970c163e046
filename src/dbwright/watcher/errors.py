"""Errors that tell how a program holds its database, with the lines behind them."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from types import FrameType
from typing import Any

from .stacks import Line

OWN = frozenset(
    {"MissingGreenlet", "PendingRollbackError", "IllegalStateChangeError", "InvalidRequestError"}
)
"""Errors that SQLAlchemy raises by itself, mostly before any event: told when they are made."""
DRIVERS = frozenset(
    {
        "InFailedSqlTransaction",
        "InFailedSQLTransactionError",
        "DuplicatePreparedStatement",
        "DuplicatePreparedStatementError",
        "InvalidSqlStatementName",
        "InvalidSQLStatementNameError",
        "InterfaceError",
        "TimeoutError",
    }
)
_MOST = 200
_KEPT = 50


class Errors:
    """The errors that were seen, with how often.

    Each is kind, message without values, lines, and the lines of the error that came first.
    """

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str, tuple[Line, ...], tuple[Line, ...]], int] = {}
        self._last: deque[tuple[str, tuple[Line, ...]]] = deque(maxlen=_KEPT)

    def add(
        self, error: BaseException | None, lines: tuple[Line, ...], first: tuple[Line, ...]
    ) -> None:
        """Takes down an error of a driver; `first` is the first one of the same transaction."""
        if error is not None:
            self._last.append((str(error)[:200], lines))
        while error is not None:
            kind = type(error).__name__
            if kind in DRIVERS:
                self._count(kind, str(error), lines, first)
            error = error.__cause__ or error.__context__

    def own(self, error: BaseException, lines: tuple[Line, ...]) -> None:
        """Takes down an error of SQLAlchemy's own, which may say which one it came from."""
        kind, message = type(error).__name__, str(error)
        first: tuple[Line, ...] = ()
        if kind == "PendingRollbackError":
            if _was_interrupted(message):
                return
            first = next((at for text, at in reversed(self._last) if text in message), ())
        self._count(kind, message, lines, first)

    def _count(
        self, kind: str, message: str, lines: tuple[Line, ...], first: tuple[Line, ...]
    ) -> None:
        """Counts one; what comes behind its first sentences may hold values."""
        for end in ("[SQL:", "Original exception was:", "(Background on"):
            message = message.partition(end)[0]
        key = (kind, message.strip()[:300], lines, first)
        if key in self.seen or len(self.seen) < _MOST:
            self.seen[key] = self.seen.get(key, 0) + 1


def _was_interrupted(message: str) -> bool:
    """Whether the first error has no text, as Ctrl-C's: none that a program has to go on from."""
    _, marked, original = message.partition("Original exception was:")
    return bool(marked) and not original.partition("(Background on")[0].strip()


def follow(
    told: Callable[[BaseException, FrameType], None], miss: Callable[[BaseException], None]
) -> Callable[[], None]:
    """Has each error of SQLAlchemy's own told when it is made; gives what ends that.

    Where it is caught no event and no hook of the interpreter would show it.
    """
    from sqlalchemy.exc import InvalidRequestError

    made: Any = InvalidRequestError.__init__
    own = "__init__" in vars(InvalidRequestError)

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        if type(self).__name__ in OWN:
            try:
                told(self, sys._getframe(1))
            except Exception as error:
                miss(error)

    InvalidRequestError.__init__ = init  # type: ignore[method-assign]

    def end() -> None:
        if InvalidRequestError.__init__ is not init:
            return
        if own:
            InvalidRequestError.__init__ = made  # type: ignore[method-assign]
        else:
            del InvalidRequestError.__init__

    return end
