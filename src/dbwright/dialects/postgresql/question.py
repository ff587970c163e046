"""One question to a PostgreSQL connection that we are handed."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

Row = Any


def ask(connection: psycopg.Connection[Any], sql: str, **parameters: Any) -> list[Row]:
    """Give the rows of a question, fields by name.

    A cursor of psycopg's own kind asks, so that the connection's cursor factory plays no part.
    """
    with psycopg.Cursor(connection, row_factory=namedtuple_row) as cursor:
        # Only with parameters does psycopg read %% as a percent sign, so they are always given.
        cursor.execute(sql.encode(), parameters)
        return cursor.fetchall()
