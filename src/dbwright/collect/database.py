"""A database of the user's, named by a URL and only read: fresh connection, always rolled back."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from dbwright import dialects
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.schema import Schema
from dbwright.core.target import Target

_EXAMPLES = (
    "postgresql://USER@HOST:5432/NAME",
    "sqlite:///FILE",
    "mysql://USER@HOST:3306/NAME",
)
_WAY_OUT = f"Name the database as SQLAlchemy does: {', '.join(_EXAMPLES)}"
_SCHEMES = {"postgres": "postgresql"}
STATEMENT_SECONDS = 30
"""How long one question to a user's database may take."""
LOCK_SECONDS = 3
"""How long it may wait for a lock: a catalog needs none that a query does not."""


_DENIED = "Let the role read it, or name a role that may; nothing was changed."
_WAYS_OUT = {
    "57014": f"A question may take {STATEMENT_SECONDS} s (or what the role's statement_timeout "
    "says): run it again when there is less to do.",
    "55P03": "Something there holds a table locked, a migration perhaps: run it again after it.",
    "40001": "A standby was in the middle of replaying what was read: run it again.",
}
_SQLITE_WAYS_OUT = {
    "database is locked": "Somebody is writing to it: run it again when that is done.",
    "file is not a database": "It is another kind of file, or encrypted: name one that SQLite "
    "opens without a key.",
    "database disk image is malformed": "See what is damaged:  sqlite3 FILE 'PRAGMA "
    "integrity_check'; restore a backup, or save what can be read:  sqlite3 FILE .recover",
}


@dataclass(frozen=True, slots=True)
class UserDatabase:
    """An open, read-only connection to a database of the user's.

    `words` is the server in words, `shown` the URL without its password, `left_out` a sentence
    for each kind of object that the role may not see.
    """

    target: Target
    words: str
    shown: str
    connection: Any = field(repr=False)
    left_out: tuple[str, ...] = ()

    @property
    def dialect(self) -> str:
        """The name of its dialect: postgresql."""
        return self.target.dialect

    def schema(self) -> Schema:
        """Gives its schema; CollectError names what the role may not read."""
        found: Schema = self.ask(dialects.get(self.dialect).catalog.read_schema)
        return found

    def ask(self, question: Callable[[Any], Any]) -> Any:
        """Gives what a function of the connection answers, its driver's errors as CollectError."""
        try:
            with _extended(self.connection):
                return question(self.connection)
        except driver_errors() as error:
            raise self.failed("cannot read the catalog of", error) from error

    @property
    def is_lost(self) -> bool:
        """Whether the server has ended the connection, or the way there is gone."""
        if isinstance(self.connection, psycopg.Connection):
            return self.connection.closed
        return getattr(self.connection, "open", True) is False

    def failed(self, what: str, error: Exception) -> CollectError:
        """Gives what to tell of a driver's error, with the way out that fits it."""
        while isinstance(error, psycopg.errors.PipelineAborted) and error.__context__ is not None:
            error = cast(Exception, error.__context__)  # what the first of the questions met
        if self.is_lost:
            return CollectError(
                f"the connection to {self.shown} was lost while it was read: {_first_line(error)}",
                way_out="Run it again; the server has rolled back, and nothing was changed.",
            )
        way_out = _WAYS_OUT.get(str(getattr(error, "sqlstate", None)), _DENIED)
        return CollectError(f"{what} {self.shown}: {_first_line(error)}", way_out=way_out)


@contextlib.contextmanager
def opened(url: str, *, write: bool = False) -> Iterator[UserDatabase]:
    """Gives the user's database, in a read-only transaction that is rolled back at the end.

    `write` is for what a human has approved: the transaction may write, and commit.

    Raises UsageError for a URL that cannot be meant, CollectError where nothing answers there.
    No message holds the password.
    """
    parts = _parsed(url)
    dialect = dialect_of(url)
    if dialect not in _OPENERS:
        raise UsageError(
            f"--db names {_named(parts.scheme)}, which dbwright cannot read", way_out=_WAY_OUT
        )
    shown = without_password(url)
    try:
        connection = _OPENERS[dialect](url, dialect, write)
    except driver_errors() as error:
        text = _scrubbed(_first_line(error), parts.password)
        raise CollectError(
            f"cannot connect to {shown}: {text}",
            way_out="See that it runs, and that this machine and this role may connect.",
        ) from error
    try:
        yield _described(connection, dialect, shown)
    finally:
        with contextlib.suppress(*driver_errors()):
            connection.rollback()
        connection.close()


def dialect_of(url: str) -> str:
    """Gives the dialect that a URL's scheme names.

    >>> dialect_of("mysql+pymysql://me@host/shop"), dialect_of("postgres://me@host/shop")
    ('mysql', 'postgresql')
    """
    name = url.partition(":")[0].partition("+")[0]
    return _SCHEMES.get(name, name)


def without_password(url: str) -> str:
    """Gives the URL as it may be printed.

    >>> without_password("postgresql://me:secret@host/shop?password=secret&sslmode=require")
    'postgresql://me@host/shop?sslmode=require'
    """
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    kept = {name: texts for name, texts in parse_qs(parts.query).items() if "pass" not in name}
    path = f"//{user.partition(':')[0]}{at}{host}{parts.path}"
    query = f"?{urlencode(kept, doseq=True)}" if kept else ""
    return f"{parts.scheme}:{path}{query}"


def _parsed(url: str) -> Any:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UsageError(f"--db is no URL: {error}", way_out=_WAY_OUT) from error
    if not parts.scheme or "://" not in url:
        raise UsageError("--db is no URL: it has no scheme", way_out=_WAY_OUT)
    return parts


def _named(scheme: str) -> str:
    return f"a database of {scheme!r}"


def _described(connection: Any, dialect: str, shown: str) -> UserDatabase:
    describe = {"postgresql": _describe_postgresql, "sqlite": _describe_sqlite}
    try:
        return describe.get(dialect, _describe_mysql)(connection, shown)
    except driver_errors() as error:
        text = _first_line(error)
        way_out = _SQLITE_WAYS_OUT.get(
            text, "See that it is a database of the kind that the URL names."
        )
        raise CollectError(f"cannot read {shown}: {text}", way_out=way_out) from error


# PostgreSQL


def _extended(connection: Any) -> contextlib.AbstractContextManager[Any]:
    """Has psycopg use the extended protocol throughout, in which no second statement hides."""
    if isinstance(connection, psycopg.Connection) and psycopg.Pipeline.is_supported():
        return connection.pipeline()
    return contextlib.nullcontext()


def _open_postgresql(url: str, dialect: str, write: bool) -> Any:
    plain = f"postgresql:{url.partition(':')[2]}"
    try:
        known = conninfo_to_dict(plain)
    except psycopg.ProgrammingError as error:
        text = _scrubbed(_first_line(error), urlsplit(url).password)
        raise UsageError(f"--db is no URL of libpq: {text}", way_out=_WAY_OUT) from error
    defaults = {"connect_timeout": "10", "application_name": "dbwright"}
    connection = psycopg.connect(**{**defaults, **known}, autocommit=False)  # type: ignore[arg-type]
    connection.read_only = not write
    connection.prepare_threshold = None  # behind a pooler the next statement may meet another one
    # one snapshot for all questions: a migration that runs meanwhile is seen whole or not at all
    if not write:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    for setting, seconds in (
        ("statement_timeout", STATEMENT_SECONDS),
        ("lock_timeout", LOCK_SECONDS),
        ("idle_in_transaction_session_timeout", 10 * STATEMENT_SECONDS),
    ):
        connection.execute("select set_config(%s, %s, true)", [setting, f"{seconds}s"])
    return connection


def _describe_postgresql(connection: Any, shown: str) -> UserDatabase:
    major = connection.info.server_version // 10000
    version = connection.info.parameter_status("server_version").split()[0]
    oldest = dialects.get("postgresql").server.OLDEST_MAJOR
    if major < oldest:
        raise CollectError(
            f"{shown} is PostgreSQL {version}, and dbwright reads {oldest} and newer",
            way_out="Read a copy of it that a newer server holds.",
        )
    return UserDatabase(Target("postgresql", (major,)), f"PostgreSQL {version}", shown, connection)


# SQLite


def _open_sqlite(url: str, dialect: str, write: bool) -> sqlite3.Connection:
    _, _, path = url.partition("://")
    name = unquote(path.partition("?")[0].removeprefix("/"))
    if not name or name == ":memory:":
        raise UsageError(
            "--db names no file: a database in memory is gone with its process",
            way_out="Write sqlite:///FILE, or sqlite:////ABSOLUTE/FILE.",
        )
    file = Path(name)
    if not file.is_file():
        raise CollectError(
            f"there is no file {name}", way_out="Write sqlite:///FILE with the file's path."
        )
    mode = "rw" if write else "ro"
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True)
    connection.isolation_level = None
    connection.execute(f"pragma query_only = {'off' if write else 'on'}")
    connection.execute(f"pragma busy_timeout = {LOCK_SECONDS * 1000}")
    connection.execute("begin")
    return connection


def _describe_sqlite(connection: Any, shown: str) -> UserDatabase:
    connection.execute("select count(*) from sqlite_master").fetchone()
    numbers = tuple(int(part) for part in sqlite3.sqlite_version.split("."))
    words = f"SQLite {sqlite3.sqlite_version}"
    return UserDatabase(Target("sqlite", numbers[:2]), words, shown, connection)


# MySQL and MariaDB


def _open_mysql(url: str, dialect: str, write: bool) -> Any:
    try:
        server = dialects.get("mysql").server
    except ModuleNotFoundError as error:
        raise UsageError(
            f"to read {dialect} the driver PyMySQL is needed, which is not installed",
            way_out="Install it:  pip install 'dbwright[mysql]'",
        ) from error
    parts = urlsplit(url)
    database = unquote(parts.path.removeprefix("/"))
    if not database:
        raise UsageError("--db names a server and no database", way_out=_WAY_OUT)
    socket = parse_qs(parts.query).get("unix_socket")
    where = (
        {"unix_socket": socket[0]}
        if socket
        else {"host": parts.hostname or "127.0.0.1", "port": parts.port or 3306}
    )
    login = {"user": unquote(parts.username or ""), "password": unquote(parts.password or "")}
    limits = {"read_timeout": STATEMENT_SECONDS, "write_timeout": STATEMENT_SECONDS}
    connection = server.connect({**where, **login, **limits}, database)
    connection.execute(f"set session lock_wait_timeout = {LOCK_SECONDS}")
    how = "read write" if write else "with consistent snapshot, read only"
    connection.execute(f"start transaction {how}")
    return connection


# What a user without these sees of a database is less, and MySQL does not say so.
_NEEDED = {
    "SHOW VIEW": "the definitions of views (privilege SHOW VIEW)",
    "TRIGGER": "triggers (privilege TRIGGER)",
}
_GRANTED = """
    select privilege_type as privilege from information_schema.user_privileges
    where grantee = %(me)s
    union select privilege_type from information_schema.schema_privileges
    where grantee = %(me)s and database() like table_schema
"""


def _describe_mysql(connection: Any, shown: str) -> UserDatabase:
    version = dialects.get("mysql").server.version(connection)
    ((name,),) = connection.execute("select current_user()").fetchall()
    user, _, host = name.rpartition("@")
    rows = connection.execute(_GRANTED, {"me": f"'{user}'@'{host}'"}).fetchall()
    granted = {row[0] for row in rows}
    left_out = [told for privilege, told in _NEEDED.items() if privilege not in granted]
    if "SELECT" not in granted:
        left_out.insert(0, "tables that the user has no privilege for")
    return UserDatabase(
        Target(version.dialect, version.numbers[:2]),
        version.words,
        shown,
        connection,
        tuple(f"{name} may not see {told}" for told in left_out),
    )


_OPENERS: Mapping[str, Callable[[str, str, bool], Any]] = {
    "postgresql": _open_postgresql,
    "sqlite": _open_sqlite,
    "mysql": _open_mysql,
    "mariadb": _open_mysql,
}


def driver_errors() -> tuple[type[Exception], ...]:
    """Gives the drivers' own errors; PyMySQL's only where it is installed."""
    try:
        import pymysql
    except ModuleNotFoundError:
        return (psycopg.Error, sqlite3.Error)
    return (psycopg.Error, sqlite3.Error, pymysql.err.Error)


def _first_line(error: Exception) -> str:
    text = str(error.args[1] if len(error.args) > 1 else error)
    return (text.strip().splitlines() or [type(error).__name__])[0]


def _scrubbed(text: str, password: str | None) -> str:
    for secret in filter(None, {password, unquote(password or "")}):
        text = text.replace(secret, "***")
    return text
