"""What an error of the database means for a batch: again, smaller, without a row, or not at all."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.exc import DBAPIError

Kind = Literal["again", "smaller", "row", "lost", "read only", "full", "fatal"]
"""again: the same once more; smaller: it takes too long; row: a row of the batch cannot be
written; lost: the connection is gone; the rest ends the work."""

_POSTGRESQL: dict[str, Kind] = {
    "40001": "again",  # serialization failure
    "40P01": "again",  # deadlock
    "55P03": "smaller",  # lock timeout
    "57014": "smaller",  # statement timeout
    "57P01": "lost",
    "57P02": "lost",
    "57P03": "lost",
    "25006": "read only",
    "53100": "full",
    "53200": "smaller",  # out of memory
    "53300": "lost",  # too many connections: wait for one
    "P0001": "row",  # RAISE EXCEPTION of a trigger
    "P0004": "row",
    "44000": "row",  # WITH CHECK OPTION
    "42501": "fatal",
}
_CLASSES: dict[str, Kind] = {"22": "row", "23": "row", "08": "lost"}
_MYSQL: dict[int, Kind] = {
    1205: "smaller",  # lock wait timeout
    1213: "again",
    3572: "smaller",
    1969: "smaller",  # max_statement_time [MariaDB]
    3024: "smaller",
    1020: "again",  # record has changed since last read [MariaDB]
    1290: "read only",
    1792: "read only",
    1836: "read only",
    1021: "full",
    1114: "full",
    3: "full",
    1040: "lost",
    1203: "lost",
    2002: "lost",
    2003: "lost",
    2006: "lost",
    2013: "lost",
    1053: "lost",
    1927: "lost",
    4031: "lost",
}
_MYSQL_ROWS = {
    1048, 1062, 1169, 1216, 1217, 1264, 1265, 1292, 1364, 1365, 1366, 1367, 1369, 1406, 1411,
    1416, 1441, 1451, 1452, 1526, 1557, 1586, 1644, 1690, 1748, 1761, 1762, 3140, 3141, 3819,
    4025, 4038,
}  # fmt: skip
_SQLITE: tuple[tuple[str, Kind], ...] = (
    ("locked", "again"),
    ("busy", "again"),
    ("readonly", "read only"),
    ("read-only", "read only"),
    ("full", "full"),
    ("constraint", "row"),
    ("datatype mismatch", "row"),
    ("malformed json", "row"),
    ("integer overflow", "row"),
)


def kind_of(error: DBAPIError, dialect: str) -> Kind:
    """Gives what an error of a driver means, by the code that the server gives it."""
    original = error.orig
    if error.connection_invalidated:
        return "lost"
    if dialect == "postgresql":
        code = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
        if code is None:
            return "lost" if type(original).__name__ in _GONE else "fatal"
        return _POSTGRESQL.get(code) or _CLASSES.get(code[:2], "fatal")
    if dialect in ("mysql", "mariadb"):
        number = original.args[0] if original is not None and original.args else 0
        return _MYSQL.get(number) or ("row" if number in _MYSQL_ROWS else "fatal")
    if type(original).__name__ == "IntegrityError":
        return "row"  # RAISE(ABORT) of a trigger as well
    words = str(original).lower()
    return next((kind for part, kind in _SQLITE if part in words), "fatal")


_GONE = ("OperationalError", "InterfaceError", "ConnectionDoesNotExistError", "InternalClientError")


def first_line(error: BaseException) -> str:
    """Gives the first line of what the database said."""
    original = getattr(error, "orig", None) or error
    words = original.args[1] if len(original.args) > 1 else original
    return next(iter(str(words).strip().splitlines()), type(original).__name__)
