"""Databases on a scratch server: templates that are built once, clones that are dropped."""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from dbwright.core.errors import SandboxError
from dbwright.dialects.postgresql.server import OWNER
from dbwright.scratch.kept import gone, to_drop
from dbwright.scratch.server import Server

_TEMPLATE = "dbw_t_"
_CLONE = "dbw_c_"
_EMPTY = "dbw_empty_1"
# Another process changed or dropped it first, or another role of the server owns it.
_TAKEN_CARE_OF = (
    psycopg.errors.InternalError_,
    psycopg.errors.InvalidCatalogName,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.ObjectNotInPrerequisiteState,
)
_INVALID = -2
"""The datconnlimit of a database whose DROP has begun, and may have been interrupted."""


@dataclass(frozen=True, slots=True)
class Database:
    """A disposable database, owned by a role that is no superuser."""

    name: str
    server: Server

    def connect(self, *, user: str | None = OWNER, autocommit: bool = False) -> psycopg.Connection:
        """Connect as the owner, as migrations do."""
        return self.server.connect(self.name, user=user, autocommit=autocommit)

    def superuser(self) -> psycopg.Connection:
        """Connect as the superuser, in autocommit."""
        return self.server.connect(self.name)

    def parameters(self, *, user: str | None = OWNER) -> dict[str, Any]:
        """Give libpq's parameters, for a process that connects by itself."""
        return self.server.parameters(self.name, user=user)

    def url(self, *, driver: str = "psycopg") -> str:
        """Give SQLAlchemy's URL for the owner."""
        return self.server.url(self.name, driver=driver)


class Sandbox:
    """The databases of one server. Safe to use from several threads and processes."""

    def __init__(self, server: Server) -> None:
        self.server = server
        # Tables belong to the role that built them: another owner has templates of its own.
        self._owned = "" if server.owner == OWNER else f"{server.owner}\n"
        self._drop_orphans()

    def template(self, key: str, build: Callable[[Database], None]) -> str:
        """Give the template of a key, building it if it is not there.

        One of several processes builds, the others wait for it. A build that raises leaves
        nothing. The name is good until others were used after it (`kept.to_drop`).
        """
        name = _template_name(self._owned + key)
        with self._admin() as admin:
            if self._exists(admin, name):
                self._mark_used(admin, name, key)
                return name
            with _advisory_lock(admin, name):
                if not self._exists(admin, name):
                    self._build(admin, name, key, build)
        return name

    @contextlib.contextmanager
    def clone(self, template: str | None) -> Iterator[Database]:
        """Give a fresh database, a copy of the template or empty, and drop it at the end."""
        with self._admin() as admin:
            source = template or self._empty(admin)
            name = self._fresh(admin, source)
            try:
                if template is not None:
                    self._mark_used(admin, template, None)
                yield Database(name, self.server)
            finally:
                # A server that was lost takes its clones along, or the next sandbox drops them.
                with contextlib.suppress(psycopg.OperationalError):
                    _drop(admin, name)

    @contextlib.contextmanager
    def copy(self, database: Database) -> Iterator[Database]:
        """Give a copy of a database as it stands; nobody may be connected to it."""
        with self.clone(database.name) as found:
            yield found

    def save(self, database: Database, key: str) -> str:
        """Make a template of a database as it stands; nobody may be connected to it."""
        name = _template_name(self._owned + key)
        with self._admin() as admin, _advisory_lock(admin, name):
            if self._exists(admin, name):
                return name
            copy = self._fresh(admin, database.name)
            self._promote(admin, copy, name, key)
        return name

    def has(self, key: str) -> str | None:
        """Give the name of a key's template if there is one."""
        name = _template_name(self._owned + key)
        with self._admin() as admin:
            return name if self._exists(admin, name) else None

    @contextlib.contextmanager
    def _admin(self) -> Iterator[psycopg.Connection]:
        """Connect for one operation: its session locks end with it, however it ends."""
        connection = self.server.connect(self.server.maintenance)
        try:
            yield connection
        except psycopg.errors.DiskFull as error:
            raise SandboxError(
                "cannot make a scratch database: the disk of the server is full",
                way_out="Free about 100 MB there, or move the cache: XDG_CACHE_HOME=FOLDER",
            ) from error
        finally:
            connection.close()

    def _build(
        self, admin: psycopg.Connection, name: str, key: str, build: Callable[[Database], None]
    ) -> None:
        copy = self._fresh(admin, self._empty(admin))
        try:
            build(Database(copy, self.server))
            self._promote(admin, copy, name, key)
        except BaseException:
            _drop(admin, copy)
            raise

    def _fresh(self, admin: psycopg.Connection, source: str) -> str:
        """Make a copy under a name of its own, which a session lock marks as in use."""
        token = secrets.token_hex(7)
        name = _CLONE + token
        admin.execute("select pg_advisory_lock(%s)", [int(token, 16)])
        try:
            _create(admin, name, source, self.server.owner)
        except psycopg.errors.InvalidCatalogName as error:
            words, way_out = gone(source)
            raise SandboxError(words, way_out=way_out) from error
        except psycopg.errors.ObjectInUse as error:
            raise SandboxError(
                f"cannot copy the database {source}: somebody is connected to it",
                way_out="Close the connections to it first.",
            ) from error
        return name

    def _promote(self, admin: psycopg.Connection, copy: str, name: str, key: str) -> None:
        """Turn a database of ours into a template, in one step for everybody else."""
        _disconnect(admin, copy)
        mark = sql.SQL("alter database {} with allow_connections false is_template true")
        admin.execute(mark.format(sql.Identifier(copy)))
        rename = sql.SQL("alter database {} rename to {}")
        admin.execute(rename.format(sql.Identifier(copy), sql.Identifier(name)))
        self._mark_used(admin, name, key)
        self._drop_oldest(admin)

    def _exists(self, admin: psycopg.Connection, name: str) -> bool:
        if _is_invalid(admin, name):
            _drop(admin, name)
        query = "select 1 from pg_database where datname = %s"
        return admin.execute(query, [name]).fetchone() is not None

    def _empty(self, admin: psycopg.Connection) -> str:
        """Give the template of empty databases, made once on each server."""
        name = _EMPTY + (_digest(self._owned)[:8] if self._owned else "")
        if self._exists(admin, name):
            return name
        with _advisory_lock(admin, name):
            if not self._exists(admin, name):
                copy = self._fresh(admin, "template0")
                if self.server.is_superuser:
                    self._give_schema(copy)
                self._promote(admin, copy, name, "")
        return name

    def _give_schema(self, name: str) -> None:
        """Give the schema public to the owner, as PostgreSQL 15 does by itself."""
        with self.server.connect(name) as inside:
            give = sql.SQL("alter schema public owner to {}")
            inside.execute(give.format(sql.Identifier(self.server.owner)))

    def _mark_used(self, admin: psycopg.Connection, name: str, key: str | None) -> None:
        """Note the time in the database's comment; another process noting it too is as good."""
        if not name.startswith(_TEMPLATE):
            return
        if key is None:
            key = _notes(admin).get(name, {}).get("key", "")
        text = json.dumps({"key": key, "used": time.time()})
        comment = sql.SQL("comment on database {} is {}")
        with contextlib.suppress(*_TAKEN_CARE_OF):
            admin.execute(comment.format(sql.Identifier(name), sql.Literal(text)))

    def _drop_oldest(self, admin: psycopg.Connection) -> None:
        used = {name: float(note.get("used", 0)) for name, note in _notes(admin).items()}
        for name in to_drop(used, time.time()):
            self._retire(name)

    def _retire(self, name: str) -> None:
        """Drop a database that may be a template, unless somebody else does so at this moment.

        On a connection of its own: an ALTER of one whose DROP has begun ends the session.
        """
        plain = sql.SQL("alter database {} with is_template false")
        with contextlib.suppress(*_TAKEN_CARE_OF, psycopg.OperationalError), self._admin() as own:
            if not _is_invalid(own, name):
                own.execute(plain.format(sql.Identifier(name)))
            _drop(own, name)

    def _drop_orphans(self) -> None:
        """Drop databases whose process died: nobody holds their session lock any more.

        Those whose own DROP was interrupted go too.
        """
        with self._admin() as admin:
            rows = admin.execute(
                """
                select datname from pg_database
                where (datconnlimit = %(invalid)s and starts_with(datname, 'dbw_'))
                or starts_with(datname, %(clone)s) and not exists (
                  select from pg_locks
                  where locktype = 'advisory' and objsubid = 1 and granted
                    and (classid::bigint << 32) | objid::bigint
                      = ('x' || lpad(substr(datname, length(%(clone)s) + 1), 16, '0'))
                          ::bit(64)::bigint)
            """,
                {"clone": _CLONE, "invalid": _INVALID},
            ).fetchall()
        for (name,) in rows:
            self._retire(name)


def _is_invalid(admin: psycopg.Connection, name: str) -> bool:
    """Whether its DROP has begun, and has not ended or was interrupted."""
    query = "select datconnlimit from pg_database where datname = %s"
    return admin.execute(query, [name]).fetchone() == (_INVALID,)


def _template_name(key: str) -> str:
    return _TEMPLATE + _digest(key)[:24]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _notes(admin: psycopg.Connection) -> dict[str, dict[str, Any]]:
    """Give what is noted about each template."""
    rows = admin.execute(
        """
        select datname, shobj_description(oid, 'pg_database') from pg_database
        where starts_with(datname, %s)
    """,
        [_TEMPLATE],
    ).fetchall()
    return {name: json.loads(text or "{}") for name, text in rows}


@contextlib.contextmanager
def _advisory_lock(admin: psycopg.Connection, name: str) -> Iterator[None]:
    """Hold a lock among all users of the server, until the block or the session ends."""
    admin.execute("select pg_advisory_lock(hashtext(%s), 1)", [name])
    try:
        yield
    finally:
        if not admin.closed:
            admin.execute("select pg_advisory_unlock(hashtext(%s), 1)", [name])


def _create(admin: psycopg.Connection, name: str, source: str, owner: str) -> None:
    make = sql.SQL("create database {} template {} owner {}")
    parts = (sql.Identifier(name), sql.Identifier(source), sql.Identifier(owner))
    admin.execute(make.format(*parts))


def _disconnect(admin: psycopg.Connection, name: str) -> None:
    """End what a build left connected; the rename that follows waits until it is gone."""
    query = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
    admin.execute(query, [name])


def _drop(admin: psycopg.Connection, name: str) -> None:
    drop = sql.SQL("drop database if exists {} with (force)")
    admin.execute(drop.format(sql.Identifier(name)))
