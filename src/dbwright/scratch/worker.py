"""The worker: commands to the child that runs user code, behind its fences and time limits."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

from dbwright.core.errors import UserCodeError
from dbwright.scratch.bridge import Host
from dbwright.scratch.interpreter import Interpreter
from dbwright.scratch.worker_conversation import Conversation
from dbwright.scratch.worker_environment import scrubbed
from dbwright.scratch.worker_process import ChildProcess, Gone, TimedOut


class Worker(Interpreter):
    """One child process in the project's interpreter, reused for many commands.

    `refused` are the connections that the fences refused during the last call, each with `what`,
    `file` and `line`, `ever_refused` those of all calls; `output` is what user code printed in it.
    """

    def __init__(
        self,
        python: Path,
        root: Path,
        *,
        dialect: str,
        timeout: float,
        environment: dict[str, str] | None = None,
        server_version: str | None = None,
    ) -> None:
        super().__init__(python, root)
        self.dialect = dialect
        self.timeout = timeout
        self.refused: list[dict[str, Any]] = []
        self.ever_refused: list[dict[str, Any]] = []
        self._environment = {**os.environ, **(environment or {})}
        self._server_version = server_version
        self._begun: list[Pending] = []
        self.numbers = itertools.count(1)

    def call(
        self,
        command: str,
        host: Host | None = None,
        *,
        timeout: float | None = None,
        edited: dict[str, str | None] | None = None,
        **arguments: Any,
    ) -> Any:
        """Gives the JSON result of a command of the child.

        `edited` are files of the project as a fix would leave them, their path to their text or
        None: revisions are read so by this command, other modules when they are first imported.

        UserCodeError when user code raises, hangs or dies, FenceError when it reaches for another
        database; both with file, line and way out. What the host raises passes through.
        """
        for earlier in [*self._begun]:
            earlier.settle()
        return self.hold(
            Conversation(self, host, command, timeout or self.timeout, arguments, edited)
        )

    def begin(
        self, command: str, *, edited: dict[str, str | None] | None = None, **arguments: Any
    ) -> Pending:
        """Sends a command that needs no database, and goes on; its `result()` is what `call` gives.

        `edited` are files of the project as a change would leave them, as for `call`. The child
        takes commands one after the other, so several can be on their way.
        """
        conversation = Conversation(self, None, command, self.timeout, arguments, edited)
        pending = Pending(self, conversation)
        try:
            conversation.ask()
        except (Gone, UserCodeError):  # told when the result is asked for
            self.close()
        self._begun.append(pending)
        return pending

    def child(self) -> ChildProcess:
        """Gives the running child, started first where there is none."""
        first = {"dialect": self.dialect, "server_version": self._server_version}
        return self.started(scrubbed(self._environment, self.dialect), first)

    def hold(self, conversation: Conversation) -> Any:
        """Gives the result of a conversation, which is begun first unless it was."""
        try:
            return conversation.hold()
        except (Gone, TimedOut) as error:
            if self._child is not None and isinstance(error, TimedOut):
                self._child.ask_where()
            self.note_output()
            self.close()
            raise conversation.lost(error) from None
        except UserCodeError:
            raise
        except BaseException:
            self.close()
            raise
        finally:
            conversation.end_sessions()

    def note_output(self) -> None:
        """Takes over what user code has printed; it may be of a command that is on its way yet."""
        super().note_output()
        if self._child is not None and not self._begun:
            self._child.output.clear()


class Pending:
    """A command on its way to the child."""

    def __init__(self, worker: Worker, conversation: Conversation) -> None:
        self._worker = worker
        self._conversation = conversation
        self._outcome: tuple[Any, UserCodeError | None] | None = None

    def result(self) -> Any:
        """Waits for the command's result; UserCodeError and FenceError as `call` raises them."""
        for earlier in [*self._worker._begun]:
            if earlier is self:
                break
            earlier.settle()
        self.settle()
        assert self._outcome is not None
        result, error = self._outcome
        if error is not None:
            raise error
        return result

    def settle(self) -> None:
        """Waits for the result and keeps it; those sent before must have been settled."""
        if self._outcome is not None:
            return
        self._worker._begun.remove(self)
        try:
            self._outcome = (self._worker.hold(self._conversation), None)
        except UserCodeError as error:
            self._outcome = (None, error)
