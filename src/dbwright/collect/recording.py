"""Statements of a running program, recorded as SQLAlchemy sends them to the driver.

What runs here runs inside of the user's own code: it changes no statement, and an error of its own
is counted and never raised.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from dbwright.collect.recording_text import Texts
from dbwright.core.errors import CollectError, UsageError
from dbwright.watcher.stacks import Stacks

_WAITING = 10_000
_LONGEST = 1_000_000
_ENCODER = json.JSONEncoder(ensure_ascii=False)


class Recorder:
    """A recording, open between `with` and its end; see `record`.

    `statements` counts what was written, `missed` what could not be, `why` says it of the first.
    """

    def __init__(self, path: Path, engine: Any, *, values: bool, append: bool) -> None:
        self.path = path
        self.statements = self.missed = 0
        self.why = ""
        self._target = _target(engine)
        self._texts = Texts(values)
        self._stacks = Stacks()
        self._append = append
        self._file: int | None = None
        self._began: dict[int, float] = {}

    def __enter__(self) -> Recorder:
        """Begins to record; raises CollectError where the file cannot be written."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (0 if self._append else os.O_TRUNC)
        try:
            # what has values in it is for its owner; appended lines of several processes stay whole
            self._file = os.open(self.path, flags, 0o600)
        except OSError as error:
            raise CollectError(
                f"cannot write the recording: {error.strerror}",
                file=str(self.path),
                way_out="Name a file in a folder that can be written.",
            ) from error
        for name, listener in self._listeners():
            event.listen(self._target, name, listener)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends the recording; what was missed is logged as a warning of `dbwright`."""
        for name, listener in self._listeners():
            event.remove(self._target, name, listener)
        file, self._file = self._file, None
        if file is not None:
            os.close(file)
        if self.missed:
            logging.getLogger("dbwright").warning(
                "%d statements could not be recorded, the first because: %s", self.missed, self.why
            )

    def _listeners(self) -> Sequence[tuple[str, Any]]:
        return (
            ("before_cursor_execute", self._before),
            ("after_cursor_execute", self._after),
        )

    def _before(self, connection: Any, cursor: Any, *_: Any) -> None:
        if len(self._began) > _WAITING:  # those of statements that failed
            self._began.clear()
        self._began[id(cursor)] = time.perf_counter()

    def _after(
        self,
        connection: Any,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any,
        executemany: bool,
    ) -> None:
        now = time.perf_counter()
        began = self._began.pop(id(cursor), now)
        try:
            self._write(connection.dialect, statement, parameters, context, (now - began) * 1000)
        except Exception as error:
            self._miss(str(error) or type(error).__name__)

    def _write(
        self, dialect: Any, statement: str, parameters: Any, context: Any, milliseconds: float
    ) -> None:
        if self._file is None:
            return
        calls = 1
        if isinstance(parameters, list):  # of executemany, a set for each call
            calls, parameters = len(parameters), parameters[0] if parameters else ()
        doubled = bool(parameters) or getattr(context, "compiled", None) is not None
        sql = self._texts.text(dialect, statement, parameters, doubled)
        if sql is None or len(sql) > _LONGEST:
            self._miss("its constants cannot be told apart" if sql is None else "it is too long")
            return
        data: dict[str, Any] = {"sql": sql, "calls": calls, "milliseconds": round(milliseconds, 3)}
        for code, number in self._stacks.now(most=1).lines:
            data["file"], data["line"] = self._stacks.name(code.co_filename), number
        if dialect.name != "postgresql":
            data["dialect"] = dialect.name
        line = _ENCODER.encode(data) + "\n"
        os.write(self._file, line.encode("utf-8", "replace"))
        self.statements += 1

    def _miss(self, why: str) -> None:
        self.missed += 1
        self.why = self.why or why


def _target(engine: Any) -> Any:
    """Gives what is listened to: an engine, that of an async engine, or all there are."""
    if engine is None:
        return Engine
    found = getattr(engine, "sync_engine", engine)
    if not isinstance(found, Engine):
        raise UsageError(
            f"a recording is of an engine, and {type(engine).__name__} is none",
            way_out="Give what create_engine or create_async_engine made, or nothing for all.",
        )
    return found
