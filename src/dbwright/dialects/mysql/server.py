"""Connections to a server of MySQL or MariaDB, by PyMySQL, and what its version says."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pymysql
from pymysql.constants import CLIENT
from pymysql.cursors import Cursor

OLDEST = {"MySQL": (8, 0), "MariaDB": (10, 6)}
OWN_MODES = "ANSI_QUOTES,NO_BACKSLASH_ESCAPES"
"""What our own statements are written for: "name" is a name, a backslash is a backslash."""
# Two connections of one program may wait for each other; a day, the default, helps nobody here.
_SESSION = "set time_zone = '+00:00', lock_wait_timeout = 50"
_VERSION = re.compile(r"(?:5\.5\.5-)?(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Version:
    """What a server is: its family, MySQL or MariaDB, and its version."""

    family: str
    numbers: tuple[int, ...]

    @property
    def words(self) -> str:
        """The server as a reader knows it: MariaDB 10.11."""
        return f"{self.family} {'.'.join(map(str, self.numbers[:2]))}"

    @property
    def dialect(self) -> str:
        """The name of its dialect here."""
        return self.family.lower()

    @classmethod
    def parse(cls, text: str) -> Version:
        """Gives the version that `select version()` tells.

        >>> Version.parse("10.11.6-MariaDB-0+deb12u1").words, Version.parse("8.0.36").words
        ('MariaDB 10.11', 'MySQL 8.0')
        """
        match = _VERSION.match(text)
        numbers = tuple(int(part or 0) for part in match.groups()) if match else (0, 0, 0)
        return cls("MariaDB" if "mariadb" in text.lower() else "MySQL", numbers)


class ChainedCursor(Cursor):
    """A cursor whose `execute` gives the cursor, as those of psycopg and sqlite3 do."""

    def execute(self, query: str, args: Any = None) -> Any:
        """Runs a statement and gives the cursor, to be read."""
        super().execute(query, args)
        return self


class TooLong(pymysql.err.OperationalError):
    """The server is about to send more than was asked for."""


class Connection(pymysql.connections.Connection):
    """A connection of PyMySQL with the `execute` that the other drivers' connections have.

    `budget` is how many bytes are still read, None for all: beyond them TooLong is raised.
    """

    budget: int | None = None

    def _read_bytes(self, num_bytes: int) -> Any:
        if self.budget is not None:
            self.budget -= num_bytes
            if self.budget < 0:
                raise TooLong(f"{num_bytes:,} more bytes come than are wanted")
        return super()._read_bytes(num_bytes)  # type: ignore[misc]

    def hang_up(self) -> None:
        """Closes the connection without a word, with what the server still sends unread."""
        result = getattr(self, "_result", None)
        if result is not None:
            result.unbuffered_active = False  # it would read to the end when it is dropped
        self._force_close()  # type: ignore[attr-defined]

    def wait(self, seconds: float) -> None:
        """Sets how long the server may be silent."""
        self._read_timeout = self._write_timeout = seconds

    def interrupt(self) -> None:
        """Ends a wait for the server, from another thread."""
        with contextlib.suppress(OSError, AttributeError):
            self._sock.shutdown(socket.SHUT_RDWR)  # type: ignore[attr-defined]

    def execute(self, sql: str, parameters: Any = None) -> Any:
        """Runs a statement and gives the cursor that holds its rows."""
        return self.cursor(ChainedCursor).execute(sql, parameters)

    def own_session(self) -> Connection:
        """Sets the session up for statements of our own."""
        with Cursor(self) as cursor:
            cursor.execute("select concat(@@sql_mode, %s)", ["," + OWN_MODES])
            row = cursor.fetchone()
            cursor.execute("set sql_mode = %s", [row[0] if row else OWN_MODES])
        return self

    def user_session(self) -> Connection:
        """Sets the session up as an application finds it: by the server's defaults."""
        with Cursor(self) as cursor:
            cursor.execute("set sql_mode = default")
        self.cursorclass = Cursor
        return self


def connect(
    parameters: dict[str, Any], database: str | None = None, *, autocommit: bool = False
) -> Connection:
    """Connects as drivers under SQLAlchemy do, in UTC; rows matched are the rows counted.

    Raises pymysql.err.OperationalError.
    """
    connection = Connection(
        **parameters,
        database=database,
        autocommit=autocommit,
        charset="utf8mb4",
        client_flag=CLIENT.FOUND_ROWS,
        cursorclass=ChainedCursor,
        connect_timeout=10,
        init_command=_SESSION,
    )
    return connection.own_session()


def version(connection: Connection) -> Version:
    """Gives what the server is."""
    row = connection.execute("select version()").fetchone()
    return Version.parse(str(row[0]))


@contextlib.contextmanager
def modes(connection: Connection, wanted: str) -> Iterator[None]:
    """Has the session in another sql_mode for the time of the block."""
    (before,) = connection.execute("select @@sql_mode").fetchone()
    connection.execute("set sql_mode = %s", [wanted])
    try:
        yield
    finally:
        connection.execute("set sql_mode = %s", [before])


def limit(connection: Connection, seconds: int) -> None:
    """Has the session read only from here on, and end each statement that takes longer.

    https://mariadb.com/kb/en/aborting-statements/
    https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_max_execution_time
    """
    maria = version(connection).family == "MariaDB"
    setting = f"max_statement_time = {seconds}" if maria else f"max_execution_time = {seconds}000"
    connection.execute(f"set session {setting}")
    connection.execute("set session transaction read only")
