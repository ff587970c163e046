"""A copy of a database in use that its user gives away to be written to: opened, or refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from dbwright.collect.database import opened, without_password
from dbwright.core.errors import CollectError, UsageError
from dbwright.dialects.postgresql.question import ask

_WAY_OUT = "Name a copy that nobody else uses: postgresql://USER@HOST:5432/NAME"
_WHO = """
    select pg_postmaster_start_time()::text as started, current_database() as database,
           (select oid from pg_database where datname = current_database())::bigint as number
"""
# A role that may not look at others' sessions sees their rows still, without most of the fields.
_LOOK = """
    select pg_is_in_recovery() as standby,
           current_setting('transaction_read_only') = 'on' as closed,
           (select count(*) from pg_stat_replication) as standbys,
           (select count(*) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and usesysid is not null
              and coalesce(backend_type, 'client backend') = 'client backend') as others
"""


@dataclass(frozen=True, slots=True)
class Clone:
    """An open connection to a clone, in autocommit; `place` is its URL without a password."""

    place: str
    server: str
    connection: psycopg.Connection[Any] = field(repr=False)


@contextlib.contextmanager
def opened_clone(url: str, source: str | None) -> Iterator[Clone]:
    """Gives the clone that a URL names, to be written to.

    Raises UsageError for what is no PostgreSQL, a standby, the database of the URL `source`
    itself, or what is in use: other sessions are in the database, or standbys follow its server.
    Raises CollectError where nothing answers.
    """
    shown = without_password(url)
    connection = _connected(url, shown)
    try:
        if source is not None:
            _compare(connection, source, shown)
        _look_at(connection, shown)
        version = connection.info.parameter_status("server_version") or ""
        yield Clone(shown, f"PostgreSQL {version.split()[0]}", connection)
    finally:
        connection.close()


def _connected(url: str, shown: str) -> psycopg.Connection[Any]:
    if urlsplit(url).scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise UsageError("--prove-on names no PostgreSQL database", way_out=_WAY_OUT)
    try:
        known = conninfo_to_dict(f"postgresql:{url.partition(':')[2]}")
        defaults = {"connect_timeout": "10", "application_name": "dbwright proof"}
        found = psycopg.connect(**{**defaults, **known}, autocommit=True)  # type: ignore[arg-type]
    except psycopg.Error as error:
        password = urlsplit(url).password or ""
        text = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CollectError(
            f"cannot connect to {shown}: {text.replace(password, '***') if password else text}",
            way_out="See that it runs, and that this machine and this role may connect.",
        ) from error
    found.prepare_threshold = None  # behind a pooler the next statement may meet another session
    return found


def _look_at(connection: psycopg.Connection[Any], shown: str) -> None:
    found = ask(connection, _LOOK)[0]
    if found.standby:
        raise UsageError(f"{shown} is a standby, which takes no index", way_out=_WAY_OUT)
    if found.closed:
        raise UsageError(f"{shown} is read-only for this role", way_out=_WAY_OUT)
    if found.standbys:
        raise UsageError(
            f"{shown} looks like production: standbys follow its server ({found.standbys})",
            way_out=_WAY_OUT,
        )
    if found.others:
        raise UsageError(
            f"{shown} is in use: other sessions in it ({found.others}) would wait for locks",
            way_out=f"End them. {_WAY_OUT}",
        )


def _compare(connection: psycopg.Connection[Any], source: str, shown: str) -> None:
    """Refuses the source itself: the same database of a server that started at the same moment."""
    with opened(source) as database:
        theirs = database.ask(lambda other: ask(other, _WHO)[0])
    if theirs == ask(connection, _WHO)[0]:
        raise UsageError(f"{shown} is the database of --db itself", way_out=_WAY_OUT)
