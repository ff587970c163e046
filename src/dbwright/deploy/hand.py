"""The hand: a child in the project's own interpreter that runs revisions on one database a call."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Protocol

from dbwright.core.errors import HangError, UserCodeError
from dbwright.scratch.interpreter import Interpreter, failed
from dbwright.scratch.worker_place import last_place
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


class Hand(Interpreter):
    """One child, used for many databases, one after the other.

    Its sessions end with it, and what they had not committed is undone. Where it `lists`
    databases, it may reach what it likes, and runs no revision.
    """

    def __init__(
        self, python: Path, root: Path, *, timeout: float | None = None, lists: bool = False
    ) -> None:
        super().__init__(python, root)
        self._deploys = "list" if lists else "one"
        self._timeout = timeout

    def call(self, command: str, desk: Desk, **arguments: Any) -> Any:
        """Gives the result of a command of the child; UserCodeError where user code stops it."""
        child = self._ready()
        try:
            child.send({"command": command, "arguments": arguments, "hosted": True, "edited": {}})
            message = self._conversation(child, desk)
        except (Gone, TimedOut) as error:
            self._note(child)
            self.close()
            raise self._lost(error) from None
        except BaseException:
            self.close()
            raise
        self._note(child)
        if "failure" in message:
            raise failed(message["failure"])
        return message["result"]

    def _ready(self) -> ChildProcess:
        variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        return self.started(variables, {"dialect": "postgresql", "deploys": self._deploys})

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
        self.note_output()
        child.output.clear()

    def _lost(self, error: Gone | TimedOut) -> UserCodeError:
        file, line = last_place(self.output, self.root) or (None, None)
        if isinstance(error, TimedOut):
            text = f"your code gave no answer within {self._timeout:g} s"
            return HangError(text, file=file, line=line, way_out=self.last_words())
        text = f"your code ended the process (exit status {error.status})"
        return UserCodeError(text, file=file, line=line, way_out=self.last_words())
