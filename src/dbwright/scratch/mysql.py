"""Databases on a throw-away server of MySQL or MariaDB: all of them are ours, none is left.

A sandbox names its databases `dbw_TOKEN_…` and holds a lock of the server's under its token as
long as it lives. The next sandbox drops the databases whose lock nobody holds any more.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pymysql

from dbwright.core.errors import SandboxError, ServerError
from dbwright.dialects.mysql.quoting import quoted
from dbwright.scratch.kept import KEPT
from dbwright.scratch.mysql_copy import copy_database
from dbwright.scratch.mysql_given import Given, way_out

if TYPE_CHECKING:
    from dbwright.dialects.mysql.server import Connection

_PREFIX = "dbw_"
_LOCK = "dbwright_"
_NO_PRIVILEGE = (1044, 1142, 1227)
_DISK_FULL = (1021, 1114)
_A_WEEK = 7 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Database:
    """A disposable database."""

    name: str
    server: Given

    def connect(self, *, user: str | None = None, autocommit: bool = False) -> Connection:
        """Connect to it; the session is set up for statements of our own."""
        return self.server.connect(self.name, autocommit=autocommit)

    def superuser(self) -> Connection:
        """Connect in autocommit, as the same user."""
        return self.server.connect(self.name)

    def url(self, *, driver: str = "pymysql") -> str:
        """Give SQLAlchemy's URL."""
        return self.server.url(self.name, driver=driver)


@dataclass
class Sandbox:
    """The databases of one process on one server. Safe to use from several threads."""

    server: Given
    _keeper: Connection = field(init=False, repr=False)
    _token: str = field(init=False)
    _numbers: itertools.count[int] = field(init=False, default_factory=itertools.count)
    _templates: dict[str, None] = field(init=False, default_factory=dict)
    _guard: threading.RLock = field(init=False, default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._token = secrets.token_hex(6)
        self._keeper = self.server.connect()
        self._keeper.execute("set wait_timeout = %s", [_A_WEEK])
        self._keeper.execute("select get_lock(%s, 0)", [_LOCK + self._token]).fetchone()
        self._drop_orphans()

    def template(self, key: str, build: Callable[[Database], None]) -> str:
        """Give the template of a key, building it if it is not there.

        A build that raises leaves nothing. The name is good until 16 others were used after it.
        """
        with self._guard:
            found = self.has(key)
            if found is not None:
                return found
            with self.clone(None) as database:
                build(database)
                return self.save(database, key)

    @contextlib.contextmanager
    def clone(self, template: str | None) -> Iterator[Database]:
        """Give a fresh database, a copy of the template or empty, and drop it at the end."""
        name = f"{self._prefix}c{next(self._numbers)}"
        self._create(name)
        try:
            if template is not None:
                self._use(template)
                self._copy(template, name)
            yield Database(name, self.server)
        finally:
            # A server that was lost keeps its databases until the next sandbox comes.
            with contextlib.suppress(ServerError, pymysql.err.MySQLError):
                self._drop(name)

    @contextlib.contextmanager
    def copy(self, database: Database) -> Iterator[Database]:
        """Give a copy of a database as it stands."""
        with self.clone(None) as found:
            self._copy(database.name, found.name)
            yield found

    def save(self, database: Database, key: str) -> str:
        """Make a template of a database as it stands."""
        name = self._template_name(key)
        with self._guard:
            if name in self._templates:
                return name
            self._create(name)
            try:
                self._copy(database.name, name)
            except BaseException:
                self._drop(name)
                raise
            self._use(name)
            for oldest in list(self._templates)[:-KEPT]:
                self._templates.pop(oldest)
                self._drop(oldest)
        return name

    def has(self, key: str) -> str | None:
        """Give the name of a key's template if there is one."""
        name = self._template_name(key)
        return name if name in self._templates else None

    def close(self) -> None:
        """Drop all that is left of this sandbox, and let its lock go."""
        with contextlib.suppress(ServerError, pymysql.err.MySQLError):
            for name in self._databases(self._prefix):
                self._drop(name)
        with contextlib.suppress(pymysql.err.MySQLError):
            self._keeper.close()

    @property
    def _prefix(self) -> str:
        return f"{_PREFIX}{self._token}_"

    def _template_name(self, key: str) -> str:
        return f"{self._prefix}t{hashlib.sha256(key.encode()).hexdigest()[:24]}"

    def _use(self, template: str) -> None:
        """Note that a template was used just now."""
        with self._guard:
            self._templates.pop(template, None)
            self._templates[template] = None

    def _copy(self, source: str, target: str) -> None:
        with self._admin() as admin:
            copy_database(admin, source, target)

    def _create(self, name: str) -> None:
        with self._admin() as admin:
            admin.execute(f"create database {quoted(name)} character set utf8mb4")

    def _drop(self, name: str) -> None:
        """Drop a database; whoever is still connected to it is thrown out."""
        with self._admin() as admin:
            found = admin.execute(
                "select id from information_schema.processlist where db = %s", [name]
            ).fetchall()
            for (number,) in found:
                with contextlib.suppress(pymysql.err.MySQLError):
                    admin.execute(f"kill {int(number)}")
            admin.execute(f"drop database if exists {quoted(name)}")

    def _databases(self, prefix: str) -> list[str]:
        with self._admin() as admin:
            rows = admin.execute("show databases").fetchall()
        return [name for (name,) in rows if name.startswith(prefix)]

    def _drop_orphans(self) -> None:
        """Drop databases whose process died: nobody holds the lock of their token any more."""
        for name in self._databases(_PREFIX):
            token = name.removeprefix(_PREFIX).partition("_")[0]
            with self._admin() as admin:
                free = admin.execute("select is_free_lock(%s)", [_LOCK + token]).fetchone()
            if free and free[0]:
                self._drop(name)

    @contextlib.contextmanager
    def _admin(self) -> Iterator[Any]:
        """Connect for one operation; what the server refuses of it is a SandboxError."""
        connection = self.server.connect()
        try:
            yield connection
        except pymysql.err.MySQLError as error:
            raise self._refused(error) from error
        finally:
            connection.close()

    def _refused(self, error: pymysql.err.MySQLError) -> ServerError:
        code = error.args[0] if error.args else 0
        text = str(error.args[1] if len(error.args) > 1 else error)
        if code in _NO_PRIVILEGE:
            return ServerError(
                f"the user of --sandbox-url may not create databases: {text}",
                way_out="Allow it:  grant all on `dbw\\_%`.* to USER;  or name another user.",
            )
        if code in _DISK_FULL:
            return SandboxError(
                f"cannot make a scratch database: the disk of the server is full ({text})",
                way_out="Free some space there, or name another server.",
            )
        return SandboxError(
            f"the server of --sandbox-url refused a scratch database: {text}",
            way_out=way_out(self.server.dialect),
        )


@contextlib.contextmanager
def open_mysql(url: str | None, dialect: str) -> Iterator[Sandbox]:
    """Give the sandbox of the server that the user named; ServerError where none can be had."""
    if url is None:
        raise ServerError(
            f"dbwright starts no {dialect} server by itself; models and revisions are reviewed "
            "from source",
            way_out=way_out(dialect),
        )
    sandbox = Sandbox(Given(url, dialect))
    try:
        # Who may not create databases is to hear so now, not in the middle of the work.
        with sandbox.clone(None):
            pass
        yield sandbox
    finally:
        sandbox.close()
