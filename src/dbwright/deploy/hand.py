"""The hand: a child in the project's own interpreter that runs revisions on one database a call."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from dbwright.core.errors import FenceError, HangError, UserCodeError
from dbwright.scratch.worker_place import last_place, without_traceback
from dbwright.scratch.worker_process import ChildProcess, Gone, TimedOut

TICK = 0.05
"""Seconds between two looks at what the migrating session holds while a statement runs."""


class Desk(Protocol):
    """Who answers the child's questions, and looks around while it works."""

    def answer(self, question: str, message: dict[str, Any]) -> Any:
        """Gives the answer to a question; what is raised ends the child."""
        ...

    def tick(self) -> None:
        """Is called again and again while the child works."""
        ...


class NoDesk:
    """Answers nothing; for commands that change nothing."""

    def answer(self, question: str, message: dict[str, Any]) -> Any:
        """Gives None."""

    def tick(self) -> None:
        """Has nothing to do."""


class Hand:
    """One child, used for many databases, one after the other.

    Where it `lists` databases, it may reach what it likes, and runs no revision.
    """

    def __init__(
        self, python: Path, root: Path, *, timeout: float | None = None, lists: bool = False
    ) -> None:
        self._deploys = "list" if lists else "one"
        self._python = Path(os.path.abspath(python))  # a venv's is a link that must stay one
        self._root = root.resolve()
        self._timeout = timeout
        self._child: ChildProcess | None = None
        self.output = ""

    def __enter__(self) -> Hand:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the child; its sessions end with it, and what they had not committed is undone."""
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def call(self, command: str, desk: Desk, **arguments: Any) -> Any:
        """Gives the result of a command of the child; UserCodeError where user code stops it."""
        child = self._started()
        try:
            child.send({"command": command, "arguments": arguments, "hosted": True, "edited": {}})
            message = self._conversation(child, desk)
        except (Gone, TimedOut) as error:
            child.drain()
            self._note(child)
            self.close()
            raise self._lost(error) from None
        except BaseException:
            self.close()
            raise
        self._note(child)
        if "failure" in message:
            failure = message["failure"]
            kind = FenceError if failure["fence"] else UserCodeError
            raise kind(
                failure["message"],
                file=failure["file"],
                line=failure["line"],
                way_out=failure["way_out"],
            )
        return message["result"]

    def _started(self) -> ChildProcess:
        if self._child is None:
            variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
            try:
                self._child = ChildProcess(self._python, self._root, variables)
            except OSError as error:
                raise UserCodeError(
                    f"cannot start the project's interpreter {self._python}: {error.strerror}",
                    way_out="Name another one:  --python path/to/python",
                ) from error
            self._child.send(
                {"root": str(self._root), "dialect": "postgresql", "deploys": self._deploys}
            )
        return self._child

    def _conversation(self, child: ChildProcess, desk: Desk) -> dict[str, Any]:
        until = time.monotonic() + self._timeout if self._timeout else None
        while True:
            try:
                message = child.receive(TICK)
            except TimedOut:
                if until is not None and time.monotonic() > until:
                    raise
                desk.tick()
                continue
            if "ask" in message:
                child.send({"answer": desk.answer(message["ask"], message)})
            elif "note" in message:
                desk.answer(message["note"], message)
            else:
                return message

    def _note(self, child: ChildProcess) -> None:
        child.drain()
        self.output = child.output.decode(errors="replace")
        child.output.clear()

    def _lost(self, error: Gone | TimedOut) -> UserCodeError:
        file, line = last_place(self.output, self._root) or (None, None)
        words = [line for line in without_traceback(self.output).splitlines() if line.strip()]
        way_out = f"It last printed: {words[-1][:300]}" if words else ""
        if isinstance(error, TimedOut):
            text = f"your code gave no answer within {self._timeout:g} s"
            return HangError(text, file=file, line=line, way_out=way_out)
        text = f"your code ended the process (exit status {error.status})"
        return UserCodeError(text, file=file, line=line, way_out=way_out)
