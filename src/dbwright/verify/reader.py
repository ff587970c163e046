"""The session that looks at a database again and again while a revision goes up and down."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg

from dbwright.verify.watch_postgresql import flush_statistics

_OPEN = psycopg.pq.TransactionStatus.INTRANS


class Reader:
    """The sessions of one rehearsal, one a database: from the second look on it knows the catalog.

    That is half of the work of a look on PostgreSQL. Between two looks a session holds nothing, and
    what it read is told to the server, which counts what the revision reads. Others have a session
    each time: SQLite, MySQL, and PostgreSQL before 15, which tells what was read when it likes.
    """

    def __init__(self) -> None:
        self._kept: dict[str, psycopg.Connection] = {}

    @contextlib.contextmanager
    def on(self, database: Any) -> Iterator[Any]:
        """Gives a connection of the owner's whose transaction is rolled back."""
        connection = self._living(database) or database.connect()
        if not _tells_at_once(connection):
            with closing(connection):
                yield connection
            return
        self._kept[database.name] = connection
        try:
            yield connection
        finally:
            if connection.info.transaction_status == _OPEN:
                flush_statistics(connection)
            connection.rollback()

    def leave(self, database: Any) -> None:
        """Ends the session of a database."""
        if kept := self._kept.pop(getattr(database, "name", ""), None):
            kept.close()

    def _living(self, database: Any) -> psycopg.Connection | None:
        """Gives the session of a database unless the revision ended it."""
        kept = self._kept.get(getattr(database, "name", ""))
        if kept is None:
            return None
        try:
            kept.execute("select 1")
        except psycopg.OperationalError:
            return None
        return kept


def _tells_at_once(connection: Any) -> bool:
    """Whether what a session counted can be had from it."""
    return isinstance(connection, psycopg.Connection) and connection.info.server_version >= 150000
