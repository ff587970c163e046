"""The role that only reads, as SQL for a human to run."""

from __future__ import annotations

import secrets
from dataclasses import replace

from dbwright import dialects
from dbwright.collect.database import opened
from dbwright.core.errors import UsageError
from dbwright.core.granted import GrantedRole, RoleWanted, Surroundings

_LENGTH = 24
_FAMILIES = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "sqlite": "SQLite"}


def run(wanted: RoleWanted, *, db: str | None, dialect: str, generate: bool) -> GrantedRole:
    """Gives the SQL; the database at `db` is read for its schemas, owners and functions.

    Raises UsageError for what cannot be meant, CollectError where nothing answers.
    """
    if not wanted.name.strip() or "\0" in wanted.name:
        raise UsageError("the role needs a name", way_out="Write --role dbwright_reader.")
    if db is not None:
        with opened(db) as database:
            dialect = database.dialect
            around = database.ask(dialects.get(dialect).grant_role.surroundings)
    else:
        family = _FAMILIES.get(dialect, "")
        around = Surroundings(wanted.database or "your_database", family=family)
    room = dialects.get(dialect).grant_role
    schemas = wanted.schemas or around.schemas or room.DEFAULT_SCHEMAS
    if not schemas and wanted.database:
        schemas = (wanted.database,)
    _refuse_unknown(schemas, around)
    if not schemas:
        raise UsageError("no schema is named", way_out="Name it: --schema NAME, or --db URL.")
    password = secrets.token_urlsafe(_LENGTH) if generate else wanted.password
    chosen = replace(wanted, schemas=tuple(schemas), password=password)
    sql = "\n".join(room.statements(chosen, around)) + "\n"
    return GrantedRole(wanted.name, dialect, sql, tuple(_notes(chosen, around)))


def _refuse_unknown(schemas: tuple[str, ...], around: Surroundings) -> None:
    """A misspelt schema makes a role that reads less than was meant."""
    if around.family == "PostgreSQL" and around.schemas:
        for schema in schemas:
            if schema not in around.schemas:
                raise UsageError(
                    f"{around.database} has no schema {schema}",
                    way_out=f"It has: {', '.join(around.schemas)}.",
                )


def _notes(wanted: RoleWanted, around: Surroundings) -> list[str]:
    found = ["Then see what it may do:  dbwright doctor --db URL --for-agent"]
    if around.functions and not wanted.revoke_public:
        found.append(
            f"{len(around.functions)} functions that act with their owner's rights stay open to "
            "PUBLIC: see the comments, or --revoke-public."
        )
    return found
