"""Dialects over the bridge: the user's own name and driver, and no driver beneath."""

from __future__ import annotations

import functools
from typing import Any, Callable

from . import dbapi, refusal
from .state import current

FAMILY = {"mariadb": "mysql"}
SYNTHETIC = {
    "postgresql": "postgresql://dbwright:dbwright@localhost/dbwright",
    "sqlite": "sqlite:///dbwright.db",
    "mysql": "mysql+pymysql://dbwright:dbwright@localhost/dbwright",
    "mariadb": "mariadb+pymysql://dbwright:dbwright@localhost/dbwright",
}
VERSIONS = {"postgresql": (15, 0), "mysql": (8, 0, 36), "mariadb": (10, 11, 6)}


def is_project_dialect(name: str) -> bool:
    """Whether a dialect of that name speaks to the project's own kind of database."""
    mine = FAMILY.get(current.dialect, current.dialect)
    return FAMILY.get(name, name) == mine


def is_elsewhere(url: Any) -> bool:
    """Whether a running revision names a database that neither env.py nor a module before did."""
    identity = (url.host, url.port, url.database)
    if current.revision is None:
        current.homes.add(identity)
    return identity not in current.homes and url.render_as_string(False) not in SYNTHETIC.values()


def server_version() -> tuple[int, ...]:
    """Gives the version that the dialect is told where no database stands behind it."""
    if current.server_version:
        return tuple(int(part) for part in current.server_version.split("."))
    return VERSIONS.get(current.dialect, (15, 0))


@functools.cache
def bridged(real: type) -> type:
    """Gives the dialect class that stands in for one of the project's own."""
    name = FAMILY.get(current.dialect, current.dialect)
    if name == "mysql":
        base = _mysql(mariadb=getattr(real, "name", "") == "mariadb")
    else:
        base = {"postgresql": _postgresql, "sqlite": _sqlite}[name]()
    driver = getattr(real, "driver", None) or "default"
    is_async = bool(getattr(real, "is_async", False))
    module = dbapi.Module(name, driver)

    class Bridged(base):  # type: ignore[misc, valid-type]
        supports_statement_cache = True
        default_paramstyle = module.paramstyle
        dbwright_rehearses = True

        @classmethod
        def import_dbapi(cls) -> Any:
            return module

        @classmethod
        def get_pool_class(cls, url: Any) -> Any:
            return real.get_pool_class(url)  # type: ignore[attr-defined]

        @classmethod
        def get_async_dialect_cls(cls, url: Any) -> Any:
            return bridged(real.get_async_dialect_cls(url))  # type: ignore[attr-defined]

    Bridged.driver = driver
    Bridged.is_async = is_async
    Bridged.has_terminate = is_async
    Bridged.execution_ctx_cls = _context(base.execution_ctx_cls)
    Bridged.accepted = _keywords(real) - _keywords(Bridged)
    Bridged.__name__ = getattr(real, "__name__", "Bridged")
    return Bridged


def _keywords(dialect: type) -> set[str]:
    from sqlalchemy.util import get_cls_kwargs

    return set(get_cls_kwargs(dialect))


def _context(base: type) -> type:
    class Context(base):  # type: ignore[misc, valid-type]
        def create_server_side_cursor(self) -> Any:
            return self._dbapi_connection.cursor("server side")

    Context.__name__ = base.__name__
    return Context


class _Bridge:
    """What all bridged dialects do alike."""

    supports_server_side_cursors = True
    server_version_info: Any
    accepted: frozenset[str] = frozenset()

    def create_connect_args(self, url: Any) -> Any:
        """Gives nothing of the URL but the options that change a session, and whose it is."""
        elsewhere = {"elsewhere": url.render_as_string()} if is_elsewhere(url) else {}
        return [], {"query": dict(url.query), **elsewhere}

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        """Opens a connection of the bridge; a revision's own to another database is refused."""
        if "elsewhere" in kwargs:
            refusal.refuse(f"another {self.name} database", kwargs["elsewhere"])  # type: ignore[attr-defined]
        connection = self.dbapi.connect()  # type: ignore[attr-defined]
        loads = getattr(self, "_json_deserializer", None)
        if loads:
            connection.json_loads = loads
        for name, value in session_options(kwargs).items():
            current.connect_options[name] = value
            self._set_option(connection, name, value)
        return connection

    def _set_option(self, connection: Any, name: str, value: str) -> None:
        """Sets one option of the session; databases without them take none."""

    def on_connect(self) -> Callable[[Any], None] | None:
        """Gives nothing to do: the driver's own set-up needs the driver."""
        return None

    def on_connect_url(self, url: Any) -> Callable[[Any], None] | None:
        """Gives nothing to do."""
        return self.on_connect()

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """Runs a statement; one without parameters goes as it is to be read."""
        compiled = context is not None and context.compiled is not None
        if self.paramstyle in ("format", "pyformat"):  # type: ignore[attr-defined]
            if not compiled and self.driver == "asyncpg":  # type: ignore[attr-defined]
                statement, parameters = _as_asyncpg(statement, parameters)
            elif not parameters:
                statement, parameters = statement.replace("%%", "%"), None
        cursor.execute(statement, parameters or None)

    def do_execute_no_params(self, cursor: Any, statement: str, context: Any = None) -> None:
        """Runs a statement that has no parameters."""
        cursor.execute(statement)

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Says that the connection lives."""
        return True

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """Says that an error never means a lost connection."""
        return False

    def get_driver_connection(self, connection: Any) -> Any:
        """Gives the bridge's connection."""
        return connection

    def do_terminate(self, dbapi_connection: Any) -> None:
        """Ends a connection."""
        dbapi_connection.close()

    def detect_autocommit_setting(self, dbapi_conn: Any) -> bool:
        """Says whether the connection is in autocommit."""
        return bool(dbapi_conn.autocommit)

    def _get_server_version_info(self, connection: Any) -> Any:
        if current.hosted and current.dialect != "sqlite":
            return super()._get_server_version_info(connection)  # type: ignore[misc]
        return server_version()

    def retrieve_dbapi_version(self, dbapi: Any) -> Any:
        """Gives no version: there is no driver."""
        return None


def _as_asyncpg(statement: str, parameters: Any) -> tuple[str, Any]:
    if not parameters:
        return statement, None
    values = parameters.values() if isinstance(parameters, dict) else parameters
    return dbapi.numbered(statement), {f"p{i}": value for i, value in enumerate(values, 1)}


def session_options(arguments: dict[str, Any]) -> dict[str, str]:
    """Gives the settings that connect arguments make for the session.

    libpq's `options="-c lock_timeout=5s"`, in the URL or connect_args, and asyncpg's
    `server_settings`.
    """
    found: dict[str, str] = {}
    query = arguments.get("query") or {}
    for source in (query, arguments):
        text = source.get("options")
        words = text.replace("-c ", "-c").split() if isinstance(text, str) else []
        for word in words:
            name, _, value = word.lstrip("-").partition("=")
            if value:
                found[name[1:] if word.startswith("-c") else name] = value
        settings = source.get("server_settings")
        if isinstance(settings, dict):
            found.update({str(name): str(value) for name, value in settings.items()})
    return {name: value for name, value in found.items() if name.endswith(_KEPT)}


_KEPT = ("_timeout", "search_path", "timezone", "role")


def _vectors() -> dict[type, type]:
    """The catalog's vectors, which the server sends as numbers with spaces between them.

    Reflection of indexes reads them; psycopg's own dialects split them in the same way.
    """
    from sqlalchemy.dialects.postgresql import pg_catalog

    split = getattr(pg_catalog, "_SpaceVector", None)
    found = [getattr(pg_catalog, name, None) for name in ("INT2VECTOR", "OIDVECTOR")]
    if split is None:
        return {}
    return {kind: type(kind.__name__, (split, kind), {}) for kind in found if kind is not None}


class _Postgresql(_Bridge):
    """What the bridged dialect of PostgreSQL does as psycopg's and asyncpg's do."""

    default_isolation_level: str | None

    def __init__(
        self,
        executemany_mode: Any = None,
        executemany_batch_page_size: Any = None,
        use_native_hstore: Any = None,
        prepared_statement_cache_size: Any = None,
        client_encoding: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)

    def _set_option(self, connection: Any, name: str, value: str) -> None:
        cursor = connection.cursor()
        cursor.execute("select set_config(%(name)s, %(value)s, false)", _named(name, value))
        connection.commit()

    def get_isolation_level_values(self, dbapi_conn: Any) -> Any:
        return (*super().get_isolation_level_values(dbapi_conn), "AUTOCOMMIT")  # type: ignore[misc]

    def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
        dbapi_connection.set_autocommit(level == "AUTOCOMMIT")
        if level != "AUTOCOMMIT" and level != self.default_isolation_level:
            super().set_isolation_level(dbapi_connection, level)  # type: ignore[misc]

    def get_isolation_level(self, dbapi_connection: Any) -> str:
        if dbapi_connection.autocommit:
            return "AUTOCOMMIT"
        if not current.hosted:
            return "READ COMMITTED"
        return str(super().get_isolation_level(dbapi_connection))  # type: ignore[misc]

    def _get_default_schema_name(self, connection: Any) -> Any:
        if not current.hosted:
            return "public"
        return super()._get_default_schema_name(connection)  # type: ignore[misc]

    def _set_backslash_escapes(self, connection: Any) -> None:
        self._backslash_escapes = False

    def set_readonly(self, connection: Any, value: bool) -> None:
        _set_session(connection, "READ ONLY" if value else "READ WRITE")

    def set_deferrable(self, connection: Any, value: bool) -> None:
        _set_session(connection, "DEFERRABLE" if value else "NOT DEFERRABLE")

    def get_readonly(self, connection: Any) -> bool:
        return False

    get_deferrable = get_readonly


def _postgresql() -> type:
    from sqlalchemy import types as sqltypes
    from sqlalchemy.dialects.postgresql import JSON, JSONB
    from sqlalchemy.dialects.postgresql.base import PGDialect

    class ReadJson(JSON):
        def result_processor(self, dialect: Any, coltype: Any) -> Any:
            return None if _decodes(dialect) else super().result_processor(dialect, coltype)

    class ReadJsonb(JSONB):
        def result_processor(self, dialect: Any, coltype: Any) -> Any:
            return None if _decodes(dialect) else super().result_processor(dialect, coltype)

    class Postgresql(_Postgresql, PGDialect):
        supports_statement_cache = True
        supports_native_decimal = True
        colspecs = {
            **PGDialect.colspecs,
            **_vectors(),
            sqltypes.JSON: ReadJson,
            JSON: ReadJson,
            JSONB: ReadJsonb,
        }

    return Postgresql


def _named(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def _decodes(dialect: Any) -> bool:
    return dialect.driver in dbapi.DECODES_JSON


def _set_session(connection: Any, characteristic: str) -> None:
    connection.cursor().execute(
        f"set session characteristics as transaction {characteristic.lower()}"
    )
    connection.commit()


def _sqlite() -> type:
    from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

    class Sqlite(_Bridge, SQLiteDialect_pysqlite):
        supports_statement_cache = True

        def _get_server_version_info(self, connection: Any) -> Any:
            return self.dbapi.sqlite_version_info  # type: ignore[union-attr]

    return Sqlite


def _mysql(*, mariadb: bool) -> type:
    family: Any
    if mariadb:
        from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect as family
    else:
        from sqlalchemy.dialects.mysql.base import MySQLDialect as family

    class Mysql(_Bridge, family):  # type: ignore[misc]
        supports_statement_cache = True
        supports_native_decimal = True

        def initialize(self, connection: Any) -> None:
            if current.hosted:
                super().initialize(connection)
                return
            self.server_version_info = server_version()
            self.default_schema_name = "dbwright"
            self.default_isolation_level = "REPEATABLE READ"

        def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
            dbapi_connection.set_autocommit(level == "AUTOCOMMIT")

        def get_isolation_level(self, dbapi_connection: Any) -> str:
            return "AUTOCOMMIT" if dbapi_connection.autocommit else "REPEATABLE READ"

        def get_isolation_level_values(self, dbapi_conn: Any) -> Any:
            return (*super().get_isolation_level_values(dbapi_conn), "AUTOCOMMIT")

        def _detect_charset(self, connection: Any) -> str:
            return "utf8mb4"

        def _extract_error_code(self, exception: Any) -> Any:
            return exception.args[0] if exception.args else None

    return Mysql
