"""The project's own interpreter: one child in it that stays, started when first needed."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dbwright.core.errors import FenceError, UserCodeError
from dbwright.scratch.worker_place import without_traceback
from dbwright.scratch.worker_process import ChildProcess


class Interpreter:
    """A child that stays for many commands; `output` is what user code printed in the last."""

    def __init__(self, python: Path, root: Path) -> None:
        self.python = Path(os.path.abspath(python))  # a venv's is a link that must stay one
        self.root = root.resolve()
        self.output = ""
        self._child: ChildProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the child and everything that it started."""
        child, self._child = self._child, None
        if child is not None:
            child.close()

    @property
    def running(self) -> ChildProcess | None:
        """The child that runs; None before the first command, and after one that ended it."""
        return self._child

    def started(self, variables: dict[str, str], first: dict[str, Any]) -> ChildProcess:
        """Gives the running child; where there is none it is started, and told `first`."""
        if self._child is None:
            try:
                self._child = ChildProcess(self.python, self.root, variables)
            except OSError as error:
                raise UserCodeError(
                    f"cannot start the project's interpreter {self.python}: {error.strerror}",
                    way_out="Name another one:  --python path/to/python",
                ) from error
            self._child.send({"root": str(self.root), **first})
        return self._child

    def note_output(self) -> None:
        """Takes over what user code has printed."""
        if self._child is not None:
            self._child.drain()
            self.output = self._child.output.decode(errors="replace")

    def last_words(self) -> str:
        """Gives the last line that user code printed, as a sentence; empty for none."""
        lines = [line for line in without_traceback(self.output).splitlines() if line.strip()]
        return f"It last printed: {lines[-1][:300]}" if lines else ""


def failed(failure: dict[str, Any]) -> UserCodeError:
    """Gives the error of a failure as the child tells it."""
    kind = FenceError if failure["fence"] else UserCodeError
    return kind(
        failure["message"],
        file=failure["file"],
        line=failure["line"],
        way_out=failure["way_out"],
    )
