"""One command of the worker: what is asked on both sides until its result is there."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from dbwright.core.errors import FenceError, HangError, UserCodeError
from dbwright.core.place import Place
from dbwright.scratch import bridge_wire
from dbwright.scratch.bridge import Call, Host, Result, Session, StatementError
from dbwright.scratch.interpreter import failed
from dbwright.scratch.worker_place import last_place
from dbwright.scratch.worker_process import ChildProcess, Gone, TimedOut

if TYPE_CHECKING:
    from dbwright.scratch.worker import Worker


class Conversation:
    """One command: its question goes out, the child's questions are answered, its result comes."""

    def __init__(
        self,
        worker: Worker,
        host: Host | None,
        command: str,
        seconds: float,
        arguments: dict[str, Any],
        edited: dict[str, str | None] | None,
    ) -> None:
        self._worker = worker
        self._host = host
        self._command = command
        self._arguments = arguments
        self._edited = edited or {}
        self._child: ChildProcess | None = None
        self._seconds = seconds
        self._left = seconds
        self._sessions: dict[int, Session] = {}
        self._revision: str | None = None

    def ask(self) -> None:
        """Sends the question."""
        self._child = self._worker.child()
        self._child.send(
            {
                "command": self._command,
                "arguments": self._arguments,
                "hosted": self._host is not None,
                "edited": self._edited,
            }
        )

    def hold(self) -> Any:
        """Gives the command's result; raises what stopped it."""
        self._worker.refused = []
        # a command before this one may have ended the child that it was sent to
        if self._child is None or self._child is not self._worker.running:
            self.ask()
        while True:
            message = self._receive()
            if "ask" in message:
                assert self._child is not None
                self._child.send(self._answer(message))
            elif "note" in message:
                record = {k: v for k, v in message.items() if k != "note"}
                self._worker.refused.append(record)
                if record not in self._worker.ever_refused:
                    self._worker.ever_refused.append(record)
            else:
                break
        self._worker.note_output()
        if "failure" in message:
            raise failed(message["failure"])
        result = message["result"]
        if isinstance(result, dict):
            result.setdefault("stdout", self._worker.output)
        return result

    def _receive(self) -> dict[str, Any]:
        """Gives the next message; only the time that the child takes itself is counted."""
        assert self._child is not None
        started = time.monotonic()
        message = self._child.receive(self._left)
        self._left -= time.monotonic() - started
        return message

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        question = message["ask"]
        try:
            return {"answer": getattr(self, f"_on_{question}")(message)}
        except StatementError as error:
            return {
                "error": {
                    "class": error.dbapi_class,
                    "code": error.code,
                    "number": error.number,
                    "message": error.message,
                    "primary": error.primary,
                    "detail": error.detail,
                    "constraint": error.constraint,
                }
            }

    def _on_connect(self, message: dict[str, Any]) -> int:
        assert self._host is not None
        # never used twice: a connection that user code left open in an earlier command may yet
        # be closed by Python, and must not reach the session of this one
        number = next(self._worker.numbers)
        self._sessions[number] = self._host.connect()
        return number

    def _on_execute(self, message: dict[str, Any]) -> dict[str, Any]:
        session = self._open(message)
        parameters = bridge_wire.unpack(message["parameters"])
        return _packed(session.execute(message["sql"], parameters, _call(message["call"])))

    def _on_executemany(self, message: dict[str, Any]) -> dict[str, Any]:
        session = self._open(message)
        parameters = bridge_wire.unpack(message["parameters"])
        return _packed(session.executemany(message["sql"], parameters, _call(message["call"])))

    def _open(self, message: dict[str, Any]) -> Session:
        """The session meant; one of an earlier command is closed by now."""
        session = self._sessions.get(message["session"])
        if session is None:
            raise StatementError("08003", "the connection is closed", dbapi_class="InterfaceError")
        return session

    def _on_commit(self, message: dict[str, Any]) -> None:
        self._open(message).commit()

    def _on_rollback(self, message: dict[str, Any]) -> None:
        if message["session"] in self._sessions:
            self._sessions[message["session"]].rollback()

    def _on_set_autocommit(self, message: dict[str, Any]) -> None:
        self._open(message).set_autocommit(message["on"])

    def _on_close(self, message: dict[str, Any]) -> None:
        session = self._sessions.pop(message["session"], None)
        if session is not None:
            session.close()

    def _on_create_function(self, message: dict[str, Any]) -> None:
        session: Any = self._open(message)
        register = getattr(session, "create_function", None)
        if register is not None:
            number = message["callback"]
            register(message["name"], message["narg"], lambda *values: self._back(number, values))

    def _back(self, number: int, values: tuple[Any, ...]) -> Any:
        """Has the child evaluate a function of its own, in the middle of a statement."""
        assert self._child is not None
        self._child.send({"callback": number, "arguments": bridge_wire.pack(list(values))})
        reply = self._receive()
        if "raised" in reply:
            raise ValueError(reply["raised"])
        return bridge_wire.unpack(reply["returned"])

    def _on_revision_started(self, message: dict[str, Any]) -> None:
        assert self._host is not None
        self._revision = message["revision"]
        self._host.revision_started(message["revision"], message["direction"])

    def _on_revision_finished(self, message: dict[str, Any]) -> None:
        assert self._host is not None
        self._host.revision_finished(
            message["revision"], message["direction"], message.get("error")
        )
        if message.get("error") is None:
            self._revision = None

    def end_sessions(self) -> None:
        """Closes the connections that user code left open; their work is undone."""
        for session in self._sessions.values():
            with contextlib.suppress(StatementError):
                session.close()
        self._sessions.clear()

    def lost(self, error: Gone | TimedOut) -> UserCodeError:
        """Gives the error for a child that hangs or died."""
        where = f" in revision {self._revision}" if self._revision else ""
        doing = f"{_DOING.get(self._command, self._command)}{where}"
        refused = self._worker.refused[-1] if self._worker.refused else None
        if isinstance(error, TimedOut):
            text = f"gave no answer within {self._seconds:g} s while {doing}"
            way_out = "Find what it waits for, or allow more:  dbwright check --timeout SECONDS"
        else:
            text = f"ended the process (exit status {error.status}) while {doing}"
            way_out = self._worker.last_words() or "Nothing in it may call os._exit or crash."
        file, line = last_place(self._worker.output, self._worker.root) or (None, None)
        if refused is None:
            kind = HangError if isinstance(error, TimedOut) else UserCodeError
            return kind(f"your code {text}", file=file, line=line, way_out=way_out)
        return FenceError(
            f"your code {text}; before that it was refused a connection to {refused['what']}",
            file=refused.get("file"),
            line=refused.get("line"),
            way_out=way_out,
        )


_DOING = {
    "models": "reading the models",
    "history": "reading the revisions",
    "upgrade": "running the upgrade",
    "downgrade": "running the downgrade",
    "stamp": "stamping",
    "create_all": "creating the tables",
    "statements": "collecting the mappers' statements",
    "question": "asking the mappers",
    "versions": "starting",
}


def _call(data: dict[str, Any]) -> Call:
    place = data["place"]
    return Call(
        revision=data["revision"],
        direction=data["direction"],
        place=Place(place["file"], place["line"]) if place else None,
        operation=data["operation"],
        prepared=data["prepared"],
    )


def _packed(result: Result) -> dict[str, Any]:
    return {
        "columns": result.columns,
        "rows": [[bridge_wire.pack(value) for value in row] for row in result.rows],
        "rowcount": result.rowcount,
        "lastrowid": result.lastrowid,
    }
