"""Questions to a PostgreSQL connection that we are handed: one, or many in one message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row, tuple_row

Row = Any
TOGETHER = 64
"""So many statements go to the server in one message."""
Rows = list[tuple[Any, ...]]


def ask(connection: psycopg.Connection[Any], sql: str, **parameters: Any) -> list[Row]:
    """Give the rows of a question, fields by name.

    A cursor of psycopg's own kind asks, so that the connection's cursor factory plays no part.
    """
    with psycopg.Cursor(connection, row_factory=namedtuple_row) as cursor:
        # Only with parameters does psycopg read %% as a percent sign, so they are always given.
        cursor.execute(sql.encode(), parameters)
        return cursor.fetchall()


def run_each(
    connection: psycopg.Connection[Any], several: Sequence[str]
) -> list[psycopg.Error | None]:
    """Run statements in order, as if each were sent alone, and give the error of each.

    The connection is in autocommit. Many go in one message, which the server takes as one
    transaction: where one of them fails, nothing of it stays, and the halves are sent again.
    """
    found = _of_each(connection, several, lambda *_: True)
    return [each if isinstance(each, psycopg.Error) else None for each in found]


def rows_of_each(
    connection: psycopg.Connection[Any], several: Sequence[str]
) -> list[Rows | psycopg.Error]:
    """Give the rows of each of several questions, or its error; see `run_each`."""
    return _of_each(connection, several, lambda asked, answers: asked == answers)


def _of_each(
    connection: psycopg.Connection[Any],
    several: Sequence[str],
    is_whole: Callable[[int, int], bool],
) -> list[Rows | psycopg.Error]:
    found: list[Rows | psycopg.Error] = []
    waiting = [several[at : at + TOGETHER] for at in range(0, len(several), TOGETHER)][::-1]
    while waiting:
        part = waiting.pop()
        middle = len(part) // 2
        try:
            answers = rows_of_all(connection, part)
        except psycopg.Error as error:
            if len(part) == 1:
                found.append(error)
                continue
            if isinstance(error, psycopg.errors.QueryCanceled):
                # what never ends is waited for once more, and not in each half
                middle = 0
        else:
            if len(part) == 1 or is_whole(len(part), len(answers)):
                found += answers[: len(part)]
                continue
            middle = 0
        parts = [part[:middle], part[middle:]] if middle else [[each] for each in part]
        waiting += reversed(parts)
    return found


def rows_of_all(connection: psycopg.Connection[Any], several: Sequence[str]) -> list[Rows]:
    """Send statements in one message, as one transaction, and give the rows of each answer."""
    with psycopg.ClientCursor(connection, row_factory=tuple_row) as cursor:
        # a comment at the end of one must not take in the next
        cursor.execute("\n;".join(several).encode())
        found = [cursor.fetchall() if cursor.description else []]
        while cursor.nextset():
            found.append(cursor.fetchall() if cursor.description else [])
        return found
