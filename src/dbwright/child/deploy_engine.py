"""Of a deployment: every engine that user code makes reaches the one database that was given.

It does so by the project's own driver. A driver that is called past SQLAlchemy is refused, and so
is an engine of a revision, or a second one of env.py, that means another database.
"""

from __future__ import annotations

import contextlib
import functools
import re
import weakref
from collections.abc import Iterator
from typing import Any

from . import fence_drivers, fence_engine, frames, refusal
from .dialects import FAMILY
from .fence_engine import ASYNC_DRIVERS, ROUNDABOUT
from .state import current

Identity = tuple[Any, Any, Any]


class Given:
    """The database of the running command: its URL, the schema in it, how long to wait for locks.

    `meant` are the databases that user code named outside of revisions.
    """

    def __init__(self) -> None:
        self.url: Any = None
        self.schema: str | None = None
        self.lock_seconds = 5.0
        self.token = ""
        self.resumes = False
        self.meant: set[Identity] = set()
        self.connected: set[Identity] = set()

    def begin(self, url: str | None, schema: str | None, lock_seconds: float, token: str) -> None:
        """Takes the database of the next command; without a URL nothing may connect."""
        from sqlalchemy.engine import make_url

        self.url = make_url(url) if url else None
        self.schema, self.lock_seconds, self.token = schema, lock_seconds, token
        self.connected = set()


given = Given()
_OTHERS = {
    "postgresql": ("psycopg", "psycopg2", "pg8000"),
    "mysql": ("pymysql", "mysqldb", "mysqlconnector"),
}
"""What may be there where nobody names a driver, and SQLAlchemy's first choice is not."""
_engines: weakref.WeakSet[Any] = weakref.WeakSet()


def install() -> None:
    """Puts the one database behind the user's SQLAlchemy."""
    fence_drivers.install()
    try:
        from sqlalchemy import Engine, event
        from sqlalchemy.engine import create
    except ImportError:
        return
    fence_engine.load_async()
    original = create.create_engine
    fence_engine.put_everywhere(original, _led(original))
    event.listen(Engine, "do_connect", _connect)


def empty_pools() -> None:
    """Closes the connections that pools keep: the next command stands on another database."""
    for engine in list(_engines):
        with contextlib.suppress(Exception):
            engine.dispose()


def _led(original: Any) -> Any:
    @functools.wraps(original)
    def create_engine(url: Any = None, **kwargs: Any) -> Any:
        if kwargs.get("strategy") == "mock" or given.url is None:
            return original(url, **kwargs)
        named = _made(url)
        kept = {name: value for name, value in kwargs.items() if name not in ROUNDABOUT}
        usable = _aimed(named, is_async=bool(kwargs.get("_is_async")))
        if named is None or named.drivername != usable.drivername:
            kept.pop("connect_args", None)
        engine = _without_unknown(original, usable, kept)
        engine.dbwright_meant = _identity(named)
        if current.revision is None:
            given.meant.add(engine.dbwright_meant)
        _engines.add(engine)
        return engine

    return create_engine


def _without_unknown(original: Any, url: Any, kwargs: dict[str, Any]) -> Any:
    """Makes the engine; what only another driver takes is left out."""
    try:
        return original(url, **kwargs)
    except TypeError as error:
        names = re.findall(r"'(\w+)'", str(error).split(" sent to ")[0])
        if "Invalid argument" not in str(error) or not names:
            raise
        return original(url, **{name: kwargs[name] for name in kwargs if name not in names})


def _made(url: Any) -> Any:
    from sqlalchemy.engine import make_url

    try:
        made = make_url(url)
        made._get_entrypoint()
    except Exception:
        return None
    return made


def _identity(url: Any) -> Identity:
    return (url.host, url.port, url.database) if url is not None else (None, None, None)


def _family(url: Any) -> str:
    name = url.get_backend_name()
    return FAMILY.get(name, str(name))


def _aimed(named: Any, *, is_async: bool) -> Any:
    """Gives the given URL, with the driver that user code names where it is there."""
    target = given.url
    if named is not None and _family(named) == _family(target) and _is_there(named):
        return _with_driver(target, named.drivername)
    if is_async and not target.get_dialect().is_async:
        return _with_driver(target, ASYNC_DRIVERS[target.get_backend_name()])
    drivers = () if _is_there(target) else _OTHERS.get(_family(target), ())
    name = target.get_backend_name()
    others = (_with_driver(target, f"{name}+{driver}") for driver in drivers)
    return next((other for other in others if _is_there(other)), target)


def _with_driver(target: Any, driver: str) -> Any:
    query = dict(target.query)
    if driver.endswith("asyncpg") and not target.drivername.endswith("asyncpg"):
        # the rest are options of libpq
        kept = {name: query[name] for name in ("host", "port", "user", "password") if name in query}
        query = {**kept, **({"ssl": query["sslmode"]} if "sslmode" in query else {})}
    return target.set(drivername=driver, query=query)


def _is_there(url: Any) -> bool:
    try:
        url.get_dialect().import_dbapi()
    except Exception:
        return False
    return True


@contextlib.contextmanager
def _open() -> Iterator[None]:
    fence_drivers.gate.is_open = True
    try:
        yield
    finally:
        fence_drivers.gate.is_open = False


def _connect(dialect: Any, record: Any, cargs: Any, cparams: Any) -> Any:
    """Opens the one database, settles the session and has the parent look at it."""
    if given.url is None:
        refusal.refuse("a database, while a script is written")
    # the pool's creator closes over the engine's own dialect
    meant = next((e.dbwright_meant for e in list(_engines) if e.dialect is dialect), None)
    if current.revision is not None and meant not in given.meant:
        refusal.refuse("another database, from a revision", _shown(meant))
    given.connected.add(meant)
    if len(given.connected) > 1:
        refusal.refuse("a second database, from env.py", _shown(meant))
    with _open():
        connection = dialect.connect(*cargs, **cparams)
    try:
        session = _settled(dialect, connection)
        current.channel.ask("connected", session=session)  # type: ignore[union-attr]
    except BaseException:
        connection.close()
        raise
    return connection


def _shown(identity: Identity | None) -> str:
    host, port, database = identity or (None, None, None)
    return f"{host or ''}{f':{port}' if port else ''}/{database or ''}"


def _settled(dialect: Any, connection: Any) -> Any:
    """Sets what holds for the session, and gives what tells it from all others."""
    cursor = connection.cursor()
    try:
        found = _SETTLE[FAMILY.get(dialect.name, dialect.name)](dialect, cursor)
    finally:
        cursor.close()
    connection.commit()
    return found


def _postgresql(dialect: Any, cursor: Any) -> Any:
    cursor.execute(f"set application_name = '{given.token}'")
    cursor.execute(f"set lock_timeout = '{max(1, int(1000 * given.lock_seconds))}ms'")
    if given.schema:
        quoted = given.schema.replace('"', '""')
        cursor.execute(f'set search_path = "{quoted}"')
    # held for as long as the session lives, also behind the death of this process
    cursor.execute(
        "select pg_advisory_lock_shared(hashtext('dbwright upgrade session'), "
        "hashtext(coalesce(current_schema(), '')))"
    )
    cursor.execute("select pg_backend_pid()")
    return cursor.fetchone()[0]


def _mysql(dialect: Any, cursor: Any) -> Any:
    seconds = max(1, round(given.lock_seconds))
    cursor.execute(f"set session lock_wait_timeout = {seconds}")
    cursor.execute(f"set session innodb_lock_wait_timeout = {seconds}")
    cursor.execute("select connection_id()")
    return cursor.fetchone()[0]


def _sqlite(dialect: Any, cursor: Any) -> Any:
    cursor.execute(f"pragma busy_timeout = {int(1000 * given.lock_seconds)}")
    cursor.execute("pragma database_list")
    return cursor.fetchone()[2]


_SETTLE = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite}


def place() -> dict[str, Any]:
    """Gives file and line of the project's own code that stands behind a statement."""
    return frames.caller() or {"file": None, "line": None}
