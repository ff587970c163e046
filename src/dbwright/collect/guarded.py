"""One guarded read of a user's database: a fresh connection, looked at, run, rolled back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Any

from dbwright import dialects
from dbwright.collect.database import UserDatabase, driver_errors, opened
from dbwright.core.errors import CollectError, ReadRefused
from dbwright.core.reading import Answer, Limits
from dbwright.core.secrets import redacted
from dbwright.dialects.gathering import HUNG_UP, Gathering

_OVER = frozenset(("57014", "1969", "3024", "1317", "interrupted"))
"""How the databases say that the time is over."""


def read(url: str, sql: str, parameters: Sequence[Any], limits: Limits) -> Answer:
    """Gives what one statement answers, within the limits.

    Raises ReadRefused for a statement that may do more than read, UsageError for a URL that cannot
    be meant, CollectError where nothing answers or the database refuses the statement.
    """
    if not sql.strip():
        raise ReadRefused("there is no statement to read with", way_out="Give one SELECT.")
    with opened(url) as database:
        return _answered(database, sql, parameters, limits)


def _answered(
    database: UserDatabase, sql: str, parameters: Sequence[Any], limits: Limits
) -> Answer:
    dialect, connection = dialects.get(database.dialect), database.connection
    started = time.monotonic()
    failures: tuple[type[Exception], ...] = (*driver_errors(), UnicodeDecodeError)
    try:
        dialect.reading_run.prepare(connection, limits)
        text, values = dialect.reading_run.bound(connection, sql, parameters)
        allowed = dialect.reading.allowed(connection, text, limits.analyze, limits.seconds)
        known = dialect.reading_run.secrets(connection) if allowed.settings else ()
        gathering = Gathering(limits, known)
        dialect.reading_run.run(connection, allowed, values, gathering)
    except failures as error:
        raise _told(database, error, limits, time.monotonic() - started) from error
    finally:
        with contextlib.suppress(*driver_errors()):
            dialect.reading_run.finish(connection)
    words = f"{database.words}, {database.shown}"
    return gathering.answer(time.monotonic() - started, words)


def _told(database: UserDatabase, error: Exception, limits: Limits, seconds: float) -> CollectError:
    """Gives a driver's error in words; what the database says in it is data, and redacted."""
    codes = {str(getattr(error, "sqlstate", "")), *(str(each) for each in error.args[:1])}
    if codes & _OVER:
        still = f": {error}" if HUNG_UP in str(error) else ""
        return CollectError(
            f"the read was stopped after {seconds:.1f} s{still}; a read may take "
            f"{limits.seconds:g} s",
            way_out="Narrow it with WHERE, or look at its plan first:  EXPLAIN …",
        )
    if isinstance(error, UnicodeDecodeError):
        return CollectError(
            f"the answer of {database.shown} holds bytes that are no text",
            way_out="Leave the column out, or encode it: encode(column::bytea, 'hex')",
        )
    text = str(error.args[-1] if error.args else error)
    first = (text.strip().splitlines() or [type(error).__name__])[0]
    told, _ = redacted(first[:500])
    return CollectError(f"{database.shown} does not answer this: {told}")
