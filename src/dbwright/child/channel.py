"""The pipe to the parent: one JSON object a line, one question at a time.

parent to child   {"command", "arguments", "hosted"} · {"answer"} or {"error"} · {"callback"}
child to parent   {"ask", …} · {"note", …} · {"returned"} or {"raised"} · {"result"}, {"failure"}
"""

from __future__ import annotations

import json
import os
import threading
from typing import Any, Callable

from . import wire


class Remote(Exception):
    """The parent answered with an error; `data` is what it said."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data.get("message", ""))
        self.data = data


class Channel:
    """Both ends of the child's talk with the parent."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        os.set_inheritable(read_fd, False)
        os.set_inheritable(write_fd, False)
        self._input = os.fdopen(read_fd, "rb")
        self._output = write_fd
        self._lock = threading.RLock()
        self._owner = os.getpid()
        self.callbacks: dict[int, Callable[..., Any]] = {}

    def receive(self) -> dict[str, Any] | None:
        """Gives the parent's next message, or None when the parent is gone."""
        line = self._input.readline()
        return json.loads(line) if line.endswith(b"\n") else None

    def send(self, message: dict[str, Any]) -> None:
        """Writes one message; a forked copy of this process has no say."""
        if os.getpid() != self._owner:
            os._exit(0)
        data = wire.dumps(message)
        with self._lock:
            while data:
                data = data[os.write(self._output, data) :]

    def ask(self, question: str, **fields: Any) -> Any:
        """Gives the parent's answer; Remote when it answers with an error."""
        if os.getpid() != self._owner:
            raise RuntimeError("a forked process cannot use the scratch database")
        with self._lock:
            self.send({"ask": question, **fields})
            while True:
                reply = self.receive()
                if reply is None:
                    os._exit(1)
                if "callback" in reply:
                    self._call_back(reply)
                    continue
                if "error" in reply:
                    raise Remote(reply["error"])
                return reply["answer"]

    def note(self, kind: str, **fields: Any) -> None:
        """Tells the parent something that needs no answer."""
        if os.getpid() == self._owner:
            self.send({"note": kind, **fields})

    def _call_back(self, message: dict[str, Any]) -> None:
        function = self.callbacks[message["callback"]]
        try:
            value = wire.pack(function(*wire.unpack(message["arguments"])))
        except Exception as error:
            self.send({"raised": f"{type(error).__name__}: {error}"})
        else:
            self.send({"returned": value})
