"""The engines that a program makes: from which line, to where, with which pool; never a password.

SQLAlchemy has no event for it: the constructor of its Engine is followed, and put back at the end.
"""

from __future__ import annotations

import inspect
import os
import sys
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

from .stacks import Line

_MOST = 500
TOLD = frozenset(
    {
        "command_timeout",
        "connect_timeout",
        "host",
        "prepare_threshold",
        "prepared_statement_cache_size",
        "prepared_statement_name_func",
        "ssl",
        "ssl_mode",
        "sslmode",
        "statement_cache_size",
        "timeout",
    }
)
"""Arguments of a connection whose values are told; of others it is told that they are there."""


class Made:
    """Engines that were made from one line for one place.

    `arguments` are sets of their values, and how many engines that connected had them: of engines
    that were all made before one connected, as those of shards are, only the first.
    """

    __slots__ = (
        "arguments",
        "connects",
        "dropped",
        "dropped_at",
        "facts",
        "lines",
        "options",
        "times",
    )

    def __init__(self, facts: dict[str, Any], lines: tuple[Line, ...]) -> None:
        self.facts, self.lines = facts, lines
        self.times = self.connects = self.dropped = 0
        self.arguments: dict[int, int] = {}
        self.options: dict[str, str] = {}
        self.dropped_at: tuple[Line, ...] = ()


class Engines:
    """The engines that were made, by line, place and pool."""

    def __init__(self) -> None:
        self.made: dict[Any, Made] = {}
        self._of: weakref.WeakKeyDictionary[Any, Made] = weakref.WeakKeyDictionary()
        self._anew: weakref.WeakKeyDictionary[Any, bool] = weakref.WeakKeyDictionary()
        self._connected: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()

    def add(self, engine: Any, lines: tuple[Line, ...]) -> None:
        """Takes down an engine."""
        facts = _facts(engine)
        key = (lines[:1], tuple(sorted((name, str(each)) for name, each in facts.items())))
        made = self.made.get(key)
        if made is None:
            if len(self.made) >= _MOST:
                return
            made = self.made[key] = Made(facts, lines)
        made.times += 1
        self._of[engine.dialect] = made
        self._anew[engine.dialect] = made.connects > 0

    def connect(self, dialect: Any, arguments: dict[str, Any]) -> None:
        """Takes down a connection that is about to be made, and the names of its arguments."""
        made = self._of.get(dialect)
        if made is None:
            return
        made.connects += 1
        if dialect in self._connected:
            return
        self._connected[dialect] = 1
        for name, value in arguments.items():
            if name not in ("password", "passwd"):
                made.options[str(name)] = _said(name, value)
        same = hash(tuple(sorted((str(name), _plain(each)) for name, each in arguments.items())))
        if same in made.arguments:
            made.arguments[same] += self._anew[dialect]
        elif len(made.arguments) < _MOST:
            made.arguments[same] = 1

    def drop(self, dialect: Any, lines: tuple[Line, ...]) -> None:
        """Takes down that a connection from the pool was found to be gone."""
        made = self._of.get(dialect)
        if made is not None:
            made.dropped += 1
            made.dropped_at = made.dropped_at or lines


def _facts(engine: Any) -> dict[str, Any]:
    url, pool = engine.url, engine.pool
    query = {str(name): _said(name, value) for name, value in url.query.items()}
    if "PGSSLMODE" in os.environ and url.get_backend_name() == "postgresql":
        query.setdefault("sslmode", os.environ["PGSSLMODE"])
    size = getattr(pool, "size", None)
    return {
        "driver": f"{url.get_backend_name()}+{engine.dialect.driver}",
        "host": url.host,
        "port": url.port,
        "database": url.database,
        "query": query,
        "pool": type(pool).__name__,
        "size": size() if callable(size) else size,
        "overflow": getattr(pool, "_max_overflow", None),
        "pre_ping": bool(getattr(pool, "_pre_ping", False)),
        "recycle": int(getattr(pool, "_recycle", -1)),
    }


def _plain(value: Any) -> str:
    """Gives a value to compare; of an object, which each engine has of its own, its class."""
    if isinstance(value, (dict, list, tuple)):
        return repr(value)
    plain = isinstance(value, (str, int, float, bool, type(None)))
    return str(value) if plain else type(value).__name__


def _said(name: Any, value: Any) -> str:
    if name not in TOLD:
        return ""
    return str(value) if isinstance(value, (str, int, float, bool, type(None))) else "object"


def follow(told: Callable[[Any, FrameType], None], miss: Callable[[BaseException], None]) -> Any:
    """Has each engine told that is made, with the frame that made it; gives what ends that."""
    from sqlalchemy.engine import Engine

    made: Any = Engine.__init__
    code = getattr(made, "__code__", None)
    if code is None or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return lambda: None  # another has put its own before it already

    def behind(self: Any) -> None:
        try:
            told(self, sys._getframe(2))
        except Exception as error:
            miss(error)

    init = _alike(made, behind)
    init.__wrapped__ = made
    Engine.__init__ = init  # type: ignore[method-assign]

    def end() -> None:
        if Engine.__init__ is init:  # else another has put its own before it: it stays inside
            Engine.__init__ = made  # type: ignore[method-assign]

    return end


def _alike(made: Any, behind: Callable[[Any], None]) -> Any:
    """Gives a function with the very arguments of another one, and `behind` behind it.

    create_engine() reads from the code of `Engine.__init__` which arguments an engine takes.
    """
    code = made.__code__
    names = code.co_varnames[: code.co_argcount]
    only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    given = ", ".join([*names, *(["*"] if only else []), *only])
    passed = ", ".join([*names, *(f"{name}={name}" for name in only)])
    text = f"def __init__({given}):\n    _made({passed})\n    _behind({names[0]})\n"
    space: dict[str, Any] = {"_made": made, "_behind": behind}
    exec(compile(text, __file__, "exec"), space)
    init = space["__init__"]
    init.__defaults__, init.__kwdefaults__ = made.__defaults__, made.__kwdefaults__
    init.__doc__, init.__qualname__, init.__module__ = (
        made.__doc__,
        made.__qualname__,
        made.__module__,
    )
    return init
