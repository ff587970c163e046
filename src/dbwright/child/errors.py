"""The errors of the bridge: PEP 249's, and the one for what only a driver has."""

from __future__ import annotations

from typing import Any


class Error(Exception):
    """The database refused a statement."""

    pgcode: str | None = None
    sqlstate: str | None = None
    diag: Any = None


class Warning(Exception):  # PEP 249 names it so
    """Here because PEP 249 wants it."""


class InterfaceError(Error):
    """The bridge was used wrongly."""


class DatabaseError(Error):
    """An error of the database."""


class DataError(DatabaseError):
    """A value that does not fit."""


class OperationalError(DatabaseError):
    """An error of the database's operation."""


class IntegrityError(DatabaseError):
    """A constraint refused a row."""


class InternalError(DatabaseError):
    """An error inside the database."""


class ProgrammingError(DatabaseError):
    """A statement that the database does not understand."""


class NotSupportedError(DatabaseError):
    """Something that the database cannot do."""


class DriverUse(AttributeError):
    """User code uses something that only the driver's own connection or cursor has."""


NAMES = [
    "Error",
    "Warning",
    "InterfaceError",
    "DatabaseError",
    "DataError",
    "OperationalError",
    "IntegrityError",
    "InternalError",
    "ProgrammingError",
    "NotSupportedError",
]


def driver_use(driver: str, what: str) -> str:
    """Gives the words for a step that only the driver itself can do."""
    return f"{what} is {driver}'s own: it uses the driver directly, past SQLAlchemy"
