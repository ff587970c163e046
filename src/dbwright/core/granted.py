"""Granted: the SQL of a role that only reads, with what it was written for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoleWanted:
    """What a role is to be: its name, what it reads, and how far PUBLIC's rights are taken.

    `password` is written into the SQL where it is given, and nowhere else. `revoke_public` takes
    from PUBLIC what the role would have through it; without it those lines are comments.
    """

    name: str = "dbwright_reader"
    database: str = ""
    schemas: tuple[str, ...] = ()
    password: str = ""
    revoke_public: bool = False
    host: str = "%"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the database has that a role must be kept from; empty where it was not read.

    `owners` are schemas with the roles that own tables in them; `functions` are those to be
    revoked from PUBLIC, written as in REVOKE; `creatable` schemas where PUBLIC may make objects.
    """

    database: str
    schemas: tuple[str, ...] = ()
    owners: tuple[tuple[str, str], ...] = ()
    functions: tuple[str, ...] = ()
    creatable: tuple[str, ...] = ()
    version: tuple[int, ...] = ()
    family: str = ""


@dataclass(frozen=True, slots=True)
class GrantedRole:
    """The SQL that makes the role, its password only if one was asked for, and how to go on."""

    name: str
    dialect: str
    sql: str
    notes: tuple[str, ...] = ()
