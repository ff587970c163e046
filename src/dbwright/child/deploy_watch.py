"""Of a deployment: tells the parent each statement of a revision, before it runs and after.

The parent may have one passed over: it stands already, from an attempt before.
"""

from __future__ import annotations

import hashlib
from typing import Any

from . import deploy_engine
from .dialects import FAMILY
from .state import current

TOLD = 500
"""Statements of a revision after which the parent is told of the rest without an answer."""
LONGEST = 4000
# https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html
IMPLICIT = frozenset(
    [
        "alter",
        "create",
        "drop",
        "rename",
        "truncate",
        "install",
        "uninstall",
        "grant",
        "revoke",
        "analyze",
        "check",
        "optimize",
        "repair",
        "flush",
        "lock",
        "unlock",
        "cache",
        "load",
        "reset",
    ]
)


class Watch:
    """Where the running revision stands."""

    def __init__(self) -> None:
        self.number = 0
        self.revision: str | None = None
        self.running: int | None = None
        self.backfill: str | None = None

    def next(self) -> int:
        """Gives the number of the next statement of the running revision, from 1."""
        if current.revision != self.revision:
            self.revision, self.number = current.revision, 0
        self.number += 1
        self.running = self.number
        return self.number


watch = Watch()


def install() -> None:
    """Listens to every engine."""
    try:
        from sqlalchemy import Engine, event
    except ImportError:
        return
    event.listen(Engine, "before_cursor_execute", _before)
    event.listen(Engine, "after_cursor_execute", _after)
    event.listen(Engine, "handle_error", _failed)
    event.listen(Engine, "commit", _committing)
    event.listen(Engine, "rollback", _rolled_back)
    event.listen(Engine, "rollback_savepoint", _rolled_back)
    for name in ("do_execute", "do_executemany"):
        event.listen(Engine, name, _passed_over)
    event.listen(Engine, "do_execute_no_params", _passed_over_bare)


def _tell(question: str, number: int, statement: str, **fields: Any) -> Any:
    channel = current.channel
    if channel is None:
        return None
    is_small = _first_word(statement) in ("insert", "update", "delete", "select")
    if number > TOLD and is_small and not fields.get("alone") and not deploy_engine.given.resumes:
        channel.note(question, number=number, **fields)
        return None
    return channel.ask(question, number=number, **fields)


def begin() -> None:
    """Forgets the command before."""
    watch.number, watch.revision, watch.running, watch.backfill = 0, None, None, None


def _is_backfill(connection: Any) -> bool:
    """Whether a statement is of `dbwright.backfill`, whose batches keep their own books.

    The parent is told that what came before is committed, as the first of them runs.
    """
    name = connection.get_execution_options().get("dbwright_backfill") if connection else None
    if name is None:
        return False
    if name != watch.backfill:
        watch.backfill = name
        current.channel.ask("backfilling")  # type: ignore[union-attr]
    return True


def _before(
    connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    if current.revision is None or _is_backfill(connection):
        return
    number = watch.next()
    given = hashlib.sha256(f"{statement}\0{parameters!r}".encode(errors="replace")).hexdigest()
    answer = _tell(
        "statement_started",
        number,
        statement,
        sql=statement[:LONGEST],
        digest=given[:32],
        alone=_is_alone(connection),
        **deploy_engine.place(),
    )
    if answer == "pass over":
        context.dbwright_passed_over = True


def _is_alone(connection: Any) -> bool:
    level = connection.get_execution_options().get("isolation_level")
    if level is None:
        level = connection.engine.get_execution_options().get("isolation_level")
    return bool(level == "AUTOCOMMIT")


def _passed_over(cursor: Any, statement: str, parameters: Any, context: Any) -> Any:
    return True if getattr(context, "dbwright_passed_over", False) else None


def _passed_over_bare(cursor: Any, statement: str, context: Any) -> Any:
    return _passed_over(cursor, statement, None, context)


def _after(
    connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    if _is_backfill(connection):
        return
    number, watch.running = watch.running, None
    if current.revision is None or number is None:
        return
    _tell(
        "statement_finished",
        number,
        statement,
        rows=cursor.rowcount,
        gives=cursor.description is not None,
        kept=_is_alone(connection) or _is_committed(connection, statement),
    )


def _is_committed(connection: Any, statement: str) -> bool:
    """Whether it ended its transaction, as DDL does on MySQL, or never began one, as on SQLite."""
    family = FAMILY.get(connection.dialect.name, connection.dialect.name)
    if family == "postgresql":
        return False
    driver = connection.connection.driver_connection
    in_transaction = getattr(driver, "in_transaction", None)
    if isinstance(in_transaction, bool):
        return not in_transaction
    status = getattr(driver, "server_status", None)
    if isinstance(status, int):
        return not status & 1
    return _first_word(statement) in IMPLICIT


def _first_word(statement: str) -> str:
    words = statement.split(None, 1)
    return words[0].lower() if words else ""


def _failed(context: Any) -> None:
    if _is_backfill(context.connection):
        return
    number, watch.running = watch.running, None
    original = context.original_exception
    dialect = context.dialect.name
    # MySQL commits what was before, ahead of a statement of this kind
    implicit = FAMILY.get(dialect, dialect) == "mysql"
    current.channel.note(  # type: ignore[union-attr]
        "statement_failed",
        number=number,
        error=_words(original),
        code=_code(original),
        kept_before=implicit and _first_word(context.statement or "") in IMPLICIT,
    )


def _words(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:500] if lines else type(error).__name__


def _code(error: Any) -> str:
    for name in ("sqlstate", "pgcode", "sqlite_errorname"):
        found = getattr(error, name, None)
        if found:
            return str(found)
    arguments = getattr(error, "args", ())
    return str(arguments[0]) if arguments and isinstance(arguments[0], int) else ""


def _committing(connection: Any) -> None:
    if _is_backfill(connection):
        return
    watch.backfill = None
    if current.channel is not None and current.hosted:
        current.channel.ask("committing", revision=current.revision)


def _rolled_back(connection: Any, *savepoint: Any) -> None:
    if current.channel is None or current.revision is None:
        return
    if not _is_backfill(connection):
        current.channel.note("rolled_back")
