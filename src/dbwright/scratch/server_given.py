"""A throw-away server of the user's, named by a URL."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from dbwright.core.errors import ServerError
from dbwright.dialects.postgresql.server import OLDEST_MAJOR, OWNER, major_of

_AGAIN = (
    "Name a throw-away server whose role may create databases:\n"
    "  --sandbox-url postgresql://USER:PASSWORD@HOST:PORT/postgres"
)


class Given:
    """A server that we did not start: who we are on it, and how databases are owned."""

    def __init__(self, url: str) -> None:
        self._base = _parsed(url)
        self.maintenance = self._base["dbname"]
        self.owner = self._base.get("user", "")
        self.is_superuser = False
        self.version = ""
        try:
            with psycopg.connect(**self.parameters(self.maintenance, None), autocommit=True) as on:
                self._inspect(on)
        except psycopg.OperationalError as error:
            raise ServerError(
                f"cannot connect to the server of --sandbox-url: {str(error).strip()}",
                way_out=_AGAIN,
            ) from error

    def parameters(self, dbname: str, user: str | None) -> dict[str, Any]:
        """Give libpq's parameters; the owner is taken on as a role, so it needs no password."""
        known = self._base | {"dbname": dbname}
        if user == OWNER and self.owner == OWNER:
            known["options"] = f"{known['options']} -c role={OWNER}".strip()
        return known

    def _inspect(self, connection: psycopg.Connection) -> None:
        row = connection.execute("""
            select current_setting('server_version'), rolname, rolsuper, rolcreatedb
            from pg_roles where rolname = current_user
        """).fetchone()
        if row is None:
            raise ServerError("the role of --sandbox-url is unknown to its server", way_out=_AGAIN)
        version, name, self.is_superuser, may_create = row
        self.version = version.split()[0]
        if major_of(self.version) < OLDEST_MAJOR:
            raise ServerError(
                f"the server of --sandbox-url is PostgreSQL {self.version}, and dbwright needs "
                f"{OLDEST_MAJOR} or newer",
                way_out=_AGAIN,
            )
        if not (self.is_superuser or may_create):
            raise ServerError(
                f"the role {name} of --sandbox-url may not create databases",
                way_out=f"Allow it: alter role {name} createdb;  or name another role.",
            )
        self.owner = self._make_owner(connection) if self.is_superuser else name

    def _make_owner(self, connection: psycopg.Connection) -> str:
        """Make the role that owns the databases, which only a superuser can do everywhere."""
        known = (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation)
        with contextlib.suppress(*known):
            connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(OWNER)))
        return OWNER


def _parsed(url: str) -> dict[str, str]:
    """Give the parts of a URL, SQLAlchemy's form too, closed against the PG* variables."""
    plain = re.sub(r"^(postgres(?:ql)?)\+\w+:", r"\1:", url)
    try:
        known = {name: str(value) for name, value in conninfo_to_dict(plain).items()}
    except psycopg.ProgrammingError as error:
        raise ServerError(f"cannot read --sandbox-url: {error}", way_out=_AGAIN) from error
    if not known.get("host") and not known.get("hostaddr"):
        raise ServerError(
            "--sandbox-url names no host, and dbwright does not guess where to create and drop "
            "databases",
            way_out=_AGAIN,
        )
    fixed = {"hostaddr": "", "options": "", "connect_timeout": "10", "dbname": "postgres"}
    defaults = {"port": "5432", "application_name": "dbwright", "client_encoding": "UTF8"}
    return fixed | defaults | known
