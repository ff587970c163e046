"""Scratch databases of any dialect that can be started here."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from dbwright.core.errors import DbwrightError, SandboxError, ServerError
from dbwright.scratch.server import ServerChoice

NAMED_SERVERS = ("mysql", "mariadb")
"""The dialects whose server is the one that the user names; MariaDB stands in for MySQL."""


@contextlib.contextmanager
def open_sandbox(dialect: str, choice: ServerChoice) -> Iterator[Any]:
    """Gives the Sandbox of a dialect; ServerError where none can be had.

    PostgreSQL comes from the first provider that has it, SQLite from Python itself. MySQL and
    MariaDB need a server that the user names, and the extra `mysql`.
    """
    # what the driver logs about connections that we end ourselves is no news for a reader
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    if dialect == "postgresql":
        from dbwright.scratch.sandbox import Sandbox
        from dbwright.scratch.server import server

        with server(choice) as running:
            yield Sandbox(running)
    elif dialect == "sqlite":
        from dbwright.scratch.sqlite import open_sqlite

        with open_sqlite(choice.cache_dir) as sandbox:
            yield sandbox
    else:
        with _with_driver(choice, dialect) as sandbox:
            yield sandbox


def _with_driver(choice: ServerChoice, dialect: str) -> contextlib.AbstractContextManager[Any]:
    try:
        from dbwright.scratch.mysql import open_mysql
    except ModuleNotFoundError as error:
        raise ServerError(
            f"a sandbox on {dialect} needs the driver PyMySQL, which is not installed",
            way_out="Install it:  pip install 'dbwright[mysql]'",
        ) from error
    return open_mysql(choice.url_for(dialect), dialect)


def server_lost(sandbox: Any, error: BaseException) -> SandboxError | None:
    """Gives the words for an error that the scratch server's end explains, None for any other."""
    server = getattr(sandbox, "server", None)
    if server is None or isinstance(error, DbwrightError):
        return None
    import psycopg

    if not isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return None
    try:
        server.connect().close()
    except (ServerError, psycopg.Error):
        return SandboxError(
            f"the scratch server ({server.provider}) ended in the middle: "
            f"{str(error).strip().splitlines()[0]}",
            way_out="Nothing of yours was touched. Run the command again: a server is started "
            "anew. If it ends again, look at the machine's memory and disk.",
        )
    return None
