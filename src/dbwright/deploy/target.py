"""The database, or the schema in one, that is upgraded, and how dbwright itself reaches it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from dbwright.core.errors import UsageError
from dbwright.dialects.drivers import url_of, with_ours

FAMILIES = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
}
_PORTS = {"postgresql": 5432, "mysql": 3306}


@dataclass(frozen=True, slots=True)
class Target:
    """A database by its URL, or a schema of it; `arguments` are what `alembic -x` would be given.

    >>> Target("postgres://me:secret@db/shop", "tenant_1").shown
    'postgresql://me@db/shop schema tenant_1'
    """

    url: str
    schema: str | None = None
    arguments: tuple[str, ...] = ()

    @property
    def parts(self) -> URL:
        """The URL's parts, its dialect by the name that SQLAlchemy has; UsageError for no URL."""
        found = url_of(self.url)
        name, plus, driver = found.drivername.partition("+")
        if name not in FAMILIES:
            raise UsageError(
                f"an upgrade runs on PostgreSQL, MySQL, MariaDB and SQLite, not on {name}",
                way_out="Run  alembic upgrade head  there.",
            )
        if name == "postgres":
            found = found.set(drivername=f"postgresql{plus}{driver}")
        if self.schema and FAMILIES[name] == "mysql":
            found = found.set(database=self.schema)  # a schema is a database there
        if FAMILIES[name] == "sqlite" and (self.schema or found.database in (None, "", ":memory:")):
            raise UsageError(
                "a database of SQLite is a file, and has no schemas",
                way_out="Write sqlite:///path/to/file.db.",
            )
        return found

    @property
    def family(self) -> str:
        """postgresql, mysql (MariaDB too) or sqlite."""
        return FAMILIES[self.parts.get_backend_name()]

    @property
    def full(self) -> str:
        """The URL for the project's own engines, its password in it."""
        return self.parts.render_as_string(hide_password=False)

    @property
    def host(self) -> str:
        """The host and port that it is on, by which a fleet counts; a file is on `files`."""
        parts = self.parts
        if self.family == "sqlite":
            return "files"
        query = parts.query.get("host")
        host = parts.host or (query if isinstance(query, str) else "") or "localhost"
        return f"{host.lower()}:{parts.port or _PORTS[self.family]}"

    @property
    def shown(self) -> str:
        """What tells it from all others, without its password."""
        parts = self.parts
        kept = {name: value for name, value in parts.query.items() if "pass" not in name}
        bare = URL.create(
            parts.get_backend_name(), parts.username, None, parts.host, parts.port, parts.database
        )
        text = bare.update_query_dict(kept).render_as_string(hide_password=True)
        on = self.schema if self.family == "postgresql" else None
        return f"{text} schema {on}" if on else text

    def engine(self) -> Engine:
        """Gives dbwright's own engine: each connection a fresh one, in autocommit, in the schema.

        In autocommit, for an open transaction of ours would hold up CREATE INDEX CONCURRENTLY.
        """
        parts = self.parts
        waits = {"sqlite": "timeout"}.get(self.family, "connect_timeout")
        arguments = {waits: 10} if waits not in parts.query else {}
        engine = create_engine(
            with_ours(parts),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=arguments,
        )
        if self.schema and self.family == "postgresql":
            _in_schema(engine, self.schema)
        return engine


def _in_schema(engine: Engine, schema: str) -> None:
    quoted = schema.replace('"', '""')

    def settle(connection: object, record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute(f'set search_path = "{quoted}"')
        cursor.close()
        connection.commit()  # type: ignore[attr-defined]

    event.listen(engine, "connect", settle, insert=True)


def why_read_only(connection: Connection, target: Target) -> str | None:
    """Gives why the server takes no writes, None where it does."""
    for sql, why in _READ_ONLY.get(target.family, ()):
        if connection.exec_driver_sql(sql).scalar() in (True, 1, "1", "on", "ON"):
            return why
    return None


_READ_ONLY = {
    "postgresql": (
        ("select pg_is_in_recovery()", "it is a replica (pg_is_in_recovery)"),
        (
            "show default_transaction_read_only",
            "its sessions only read (default_transaction_read_only)",
        ),
    ),
    "mysql": (("select @@global.read_only", "it is read-only, as replicas are (read_only)"),),
}


def lacks_schema(connection: Connection, target: Target) -> bool:
    """Whether the schema that is to be upgraded is not there."""
    if not target.schema or target.family != "postgresql":
        return False
    found = connection.exec_driver_sql("select current_schema()").scalar()
    return bool(found != target.schema)
