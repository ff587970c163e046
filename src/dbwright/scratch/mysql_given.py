"""A throw-away server of MySQL or MariaDB that the user names by a URL."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql

from dbwright.core.errors import ServerError
from dbwright.dialects.mysql import server
from dbwright.dialects.mysql.server import Connection

SCHEMES = ("mysql", "mariadb")
_PORT = 3306
_AGAIN = (
    "Name a throw-away server whose user may create databases:\n"
    "  --sandbox-url {dialect}+pymysql://USER:PASSWORD@HOST:3306/"
)


def way_out(dialect: str) -> str:
    """Gives what to do where there is no such server yet."""
    return _AGAIN.format(dialect=dialect)


class Given:
    """A server that we did not start: how it is reached, and what it is."""

    def __init__(self, url: str, dialect: str) -> None:
        self.dialect = dialect
        self._parameters = _parsed(url, dialect)
        connection = self.connect()
        try:
            self.kind = server.version(connection)
        finally:
            connection.close()
        if self.kind.numbers < server.OLDEST[self.kind.family]:
            oldest = ".".join(map(str, server.OLDEST[self.kind.family]))
            raise ServerError(
                f"the server of --sandbox-url is {self.kind.words}, and dbwright needs "
                f"{self.kind.family} {oldest} or newer",
                way_out=way_out(dialect),
            )

    @property
    def words(self) -> str:
        """The server in words: MariaDB 10.11."""
        return self.kind.words

    @property
    def version(self) -> str:
        """Its version in numbers: 10.11.6."""
        return ".".join(map(str, self.kind.numbers))

    @property
    def major(self) -> int:
        """Its major version."""
        return self.kind.numbers[0]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version that a target names: (10, 11)."""
        return self.kind.numbers[:2]

    def connect(self, database: str | None = None, *, autocommit: bool = True) -> Connection:
        """Connects, to a database or to none; ServerError where it cannot be."""
        try:
            return server.connect(self._parameters, database, autocommit=autocommit)
        except pymysql.err.MySQLError as error:
            raise ServerError(
                f"cannot connect to the server of --sandbox-url: {_words(error)}",
                way_out=way_out(self.dialect),
            ) from error

    def url(self, database: str, *, driver: str = "pymysql") -> str:
        """Gives SQLAlchemy's URL of a database on it, without the password."""
        known = self._parameters
        return f"{self.dialect}+{driver}://{known['user']}@{known.get('host', '')}/{database}"


def _words(error: Exception) -> str:
    return str(error.args[1] if len(error.args) > 1 else error)


def _parsed(url: str, dialect: str) -> dict[str, Any]:
    """Gives PyMySQL's parameters of a URL; a socket is `?unix_socket=PATH`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ServerError(
            f"cannot read --sandbox-url: {error}", way_out=way_out(dialect)
        ) from error
    scheme = parts.scheme.partition("+")[0]
    if scheme not in SCHEMES:
        raise ServerError(
            f"--sandbox-url names a server of {scheme or 'no database'}, and the project's "
            f"database is {dialect}",
            way_out=way_out(dialect),
        )
    socket = _option(parts.query, "unix_socket")
    if not parts.hostname and not socket:
        raise ServerError(
            "--sandbox-url names no host, and dbwright does not guess where to create and drop "
            "databases",
            way_out=way_out(dialect),
        )
    found: dict[str, Any] = {
        "user": unquote(parts.username or "root"),
        "password": unquote(parts.password or ""),
    }
    if socket:
        return found | {"unix_socket": socket}
    return found | {"host": parts.hostname, "port": port or _PORT}


def _option(query: str, name: str) -> str | None:
    values = parse_qs(query).get(name)
    return values[0] if values else None
