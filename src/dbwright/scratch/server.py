"""The scratch server: given by the user, or started by us and shared by all our processes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg

from dbwright.core.errors import ServerError
from dbwright.dialects.postgresql.server import OWNER, SUPERUSER, major_of
from dbwright.scratch.binaries import find
from dbwright.scratch.server_cluster import Cluster
from dbwright.scratch.server_given import Given
from dbwright.scratch.server_place import cache_root, server_identity


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """Which server to use; the first that is set wins, then the machine's, then the wheel's.

    `other_urls` are throw-away servers of other databases than the first, by dialect.
    """

    sandbox_url: str | None = None
    pg_bin: Path | None = None
    target_major: int | None = None
    cache_dir: Path | None = None
    idle_seconds: float = 60
    other_urls: tuple[tuple[str, str], ...] = ()

    def url_for(self, dialect: str) -> str | None:
        """Give the URL of the throw-away server of a dialect, None where none was named."""
        return dict(self.other_urls).get(dialect, self.sandbox_url)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server that we hold a lease on.

    `programs` is the folder of its client programs, None for a server of the user's.
    """

    major: int
    version: str
    provider: str
    owner: str = OWNER
    maintenance: str = "postgres"
    is_superuser: bool = True
    programs: Path | None = None
    address: Callable[[str, str | None], dict[str, Any]] = field(kw_only=True, repr=False)

    @property
    def words(self) -> str:
        """The server in words: PostgreSQL 18.6."""
        return f"PostgreSQL {self.version.split()[0]}"

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version that a target names: (18,)."""
        return (self.major,)

    def parameters(self, dbname: str = "postgres", *, user: str | None = None) -> dict[str, Any]:
        """Give libpq's parameters, for a process that connects by itself."""
        return self.address(dbname, user)

    def connect(
        self, dbname: str = "postgres", *, user: str | None = None, autocommit: bool = True
    ) -> psycopg.Connection:
        """Connect as the superuser, or as the named role; `dbwright_owner` owns databases."""
        try:
            return psycopg.connect(**self.parameters(dbname, user=user), autocommit=autocommit)
        except psycopg.OperationalError as error:
            raise ServerError(
                f"cannot connect to the scratch server ({self.provider}): {str(error).strip()}",
                way_out="Run the command again: a server that was killed is started anew.",
            ) from error

    def url(self, dbname: str, *, user: str | None = OWNER, driver: str = "psycopg") -> str:
        """Give SQLAlchemy's URL of a database, for drivers that take libpq's host and port."""
        known = self.parameters(dbname, user=user)
        login = quote(known.get("user", ""), safe="")
        if known.get("password"):
            login += ":" + quote(known["password"], safe="")
        query = {"host": known["host"], "port": known["port"]}
        if known.get("options"):
            query["options"] = known["options"]
        return f"postgresql+{driver}://{login}@/{quote(dbname, safe='')}?{urlencode(query)}"


@contextlib.contextmanager
def server(choice: ServerChoice) -> Iterator[Server]:
    """Give a running server, started or joined, and let it go at the end.

    Raises `ServerError`, which says what to do, when none can be had.
    """
    if choice.sandbox_url is not None:
        given = Given(choice.sandbox_url)
        yield Server(
            major_of(given.version),
            given.version,
            "--sandbox-url",
            owner=given.owner,
            maintenance=given.maintenance,
            is_superuser=given.is_superuser,
            address=given.parameters,
        )
        return
    cluster = _cluster(choice)
    with cluster.joined(choice.idle_seconds) as address:
        yield Server(
            cluster.binaries.major,
            cluster.binaries.version,
            cluster.binaries.provider,
            programs=cluster.binaries.folder,
            address=lambda dbname, user: address.parameters(dbname, user or SUPERUSER),
        )


def stop(choice: ServerChoice) -> bool:
    """Stop the shared server now unless somebody uses it, and say whether it is stopped."""
    return choice.sandbox_url is not None or _cluster(choice).stop()


def _cluster(choice: ServerChoice) -> Cluster:
    identity = server_identity()
    binaries = find(choice.pg_bin, choice.target_major)
    return Cluster(binaries, cache_root(choice.cache_dir, identity), identity)
