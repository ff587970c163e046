"""The errors of MySQL and MariaDB, which have numbers, as the SQLSTATEs that PostgreSQL has.

What is told apart by an error (rows refused, values that do not fit) is so on every database.
"""

from __future__ import annotations

LOST = (0, 2006, 2013, 2055)
"""What PyMySQL says when the server or the connection is gone."""
_SQLSTATES = {
    1048: "23502",
    1138: "23502",
    1364: "23502",
    1062: "23505",
    1586: "23505",
    1451: "23503",
    1452: "23503",
    1216: "23503",
    1217: "23503",
    3819: "23514",
    4025: "23514",
    1644: "P0001",
    1264: "22003",
    1690: "22003",
    1406: "22001",
    1366: "22P02",
    1292: "22007",
    1265: "22001",
    1054: "42703",
    1146: "42P01",
    1064: "42601",
    3105: "428C9",
    1906: "428C9",
}


def sqlstate(number: int) -> str:
    """Gives the SQLSTATE of an error, XX000 for one that nothing asks for.

    >>> sqlstate(1062), sqlstate(1205)
    ('23505', 'XX000')
    """
    return _SQLSTATES.get(number, "XX000")
