"""The first fence: every engine that SQLAlchemy makes speaks to the bridge, or to nothing.

`URL._get_entrypoint` is where `create_engine`, `engine_from_config`, `create_async_engine` and
`url.get_dialect()` all find their dialect, so what it gives is replaced; `creator=`, `pool=` and
`module=` would go round the dialect, so `create_engine` itself drops them.
"""

from __future__ import annotations

import contextlib
import functools
import re
import sys
import weakref
from typing import Any

from . import dbapi, dialects, frames, places, refusal
from .state import current

ROUNDABOUT = ("creator", "async_creator", "creator_fn", "pool", "module")
PLACEHOLDER = "driver"
_engines: weakref.WeakSet[Any] = weakref.WeakSet()
_native_memory = re.compile(r"(:memory:)?$")


def install() -> None:
    """Puts the fence into the user's SQLAlchemy; without one there is nothing to fence."""
    try:
        from sqlalchemy.engine import create, url
    except ImportError:
        return
    load_async()
    original = create.create_engine
    put_everywhere(original, _fenced(original))
    _replace_entrypoint(url.URL)
    places.watch_tables()


def put_everywhere(original: Any, fenced: Any) -> None:
    """Puts a function in the place of another, under each name that SQLAlchemy has for it."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ("sqlalchemy", "sqlmodel") and module is not None:
            for attribute, value in list(vars(module).items()):
                if value is original:
                    setattr(module, attribute, fenced)


def empty_pools() -> None:
    """Closes the connections that pools keep: the next command stands on another database."""
    for engine in list(_engines):
        with contextlib.suppress(Exception):
            engine.dispose()


def load_async() -> None:
    """Imports the async engine, where there is one, so that it is fenced as well."""
    try:
        import sqlalchemy.ext.asyncio  # noqa: F401
    except ImportError:
        return


def _kept(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if name not in ROUNDABOUT}


def _fenced(original: Any) -> Any:
    @functools.wraps(original)
    def create_engine(url: Any = None, **kwargs: Any) -> Any:
        if kwargs.get("strategy") == "mock":
            return original(url, **kwargs)
        kwargs = _kept(kwargs)
        usable = _usable(url, is_async=bool(kwargs.get("_is_async")))
        try:
            return original(usable, **kwargs)
        except TypeError as error:
            names = re.findall(r"'(\w+)'", str(error).split(" sent to ")[0])
            accepted = getattr(usable.get_dialect(), "accepted", ())
            dropped = [name for name in names if name in accepted]
            if "Invalid argument" not in str(error) or not dropped:
                raise
            left = {name: value for name, value in kwargs.items() if name not in dropped}
            return original(usable, **left)

    return create_engine


def _usable(url: Any, *, is_async: bool) -> Any:
    """Gives a URL of which an engine can be made: the given one, or a synthetic one."""
    from sqlalchemy.engine import make_url

    try:
        made = make_url(url)
        made._get_entrypoint()
    except Exception:
        return make_url(_synthetic(is_async))
    if made.get_backend_name() == current.dialect or not _stands_in_environment():
        return made
    if dialects.is_project_dialect(made.get_backend_name()):
        return made
    return make_url(_synthetic(is_async))


def _stands_in_environment() -> bool:
    """Whether env.py itself makes the engine: then it is the project's, whatever its URL."""
    place = frames.caller(sys._getframe(3))
    return bool(place and current.env_file and place["file"] == frames.relative(current.env_file))


ASYNC_DRIVERS = {
    "postgresql": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
    "mysql": "mysql+aiomysql",
    "mariadb": "mariadb+aiomysql",
}


def _synthetic(is_async: bool) -> str:
    text = dialects.SYNTHETIC[current.dialect]
    if not is_async:
        return text
    return f"{ASYNC_DRIVERS[current.dialect]}://{text.partition('://')[2]}"


def _replace_entrypoint(url_class: Any) -> None:
    find = url_class._get_entrypoint

    def _get_entrypoint(self: Any) -> Any:
        return Entrypoint(find(self))

    url_class._get_entrypoint = _get_entrypoint


class Entrypoint:
    """What stands where SQLAlchemy looks for a URL's dialect."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def get_dialect_cls(self, url: Any) -> Any:
        """Gives the bridged class of the URL's own dialect."""
        return _guarded(self._real.get_dialect_cls(url), url)

    def get_async_dialect_cls(self, url: Any) -> Any:
        """Gives the bridged class of the dialect's async form."""
        return _guarded(self._real.get_async_dialect_cls(url), url)

    def engine_created(self, engine: Any) -> None:
        """Takes the engine down; the dialect's own hook would want its driver."""
        if hasattr(type(engine.dialect), "accepted"):
            _engines.add(engine)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def _guarded(real: Any, url: Any) -> Any:
    if hasattr(real, "accepted"):
        return real
    if dialects.is_project_dialect(real.name):
        return dialects.bridged(real)
    if real.name == "sqlite" and _native_memory.match(url.database or ""):
        return real
    return foreign(real)


@functools.cache
def foreign(real: Any) -> Any:
    """Gives a dialect class of another database: an engine can be made, and never connects."""
    module = dbapi.Module(FOREIGN_STYLE.get(real.name, real.name), real.driver)

    class Foreign(real):  # type: ignore[misc]
        supports_statement_cache = False

        @classmethod
        def import_dbapi(cls) -> Any:
            return module

        def create_connect_args(self, url: Any) -> Any:
            return [], {"_where": url.render_as_string(hide_password=True)}

        def connect(self, *args: Any, **kwargs: Any) -> Any:
            refusal.refuse(f"a {real.name} database", kwargs.get("_where"))

        def on_connect(self) -> Any | None:
            return None

        def on_connect_url(self, url: Any) -> Any | None:
            return None

    Foreign.accepted = frozenset()
    Foreign.__name__ = real.__name__
    return Foreign


FOREIGN_STYLE = {"mariadb": "mysql"}
