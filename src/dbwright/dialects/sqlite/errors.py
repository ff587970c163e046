"""The errors of SQLite, which have names, as the SQLSTATEs that PostgreSQL has."""

from __future__ import annotations

_SQLSTATES = {
    "SQLITE_CONSTRAINT_NOTNULL": "23502",
    "SQLITE_CONSTRAINT_UNIQUE": "23505",
    "SQLITE_CONSTRAINT_PRIMARYKEY": "23505",
    "SQLITE_CONSTRAINT_ROWID": "23505",
    "SQLITE_CONSTRAINT_CHECK": "23514",
    "SQLITE_CONSTRAINT_FOREIGNKEY": "23503",
    "SQLITE_CONSTRAINT_TRIGGER": "P0001",
    "SQLITE_MISMATCH": "22P02",
    "SQLITE_CONSTRAINT_DATATYPE": "22P02",
}


def sqlstate(name: str) -> str:
    """Gives the SQLSTATE of an error, XX000 for one that nothing asks for.

    >>> sqlstate("SQLITE_CONSTRAINT_UNIQUE"), sqlstate("SQLITE_BUSY")
    ('23505', 'XX000')
    """
    return _SQLSTATES.get(name, "XX000")
