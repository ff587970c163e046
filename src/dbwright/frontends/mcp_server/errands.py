"""Errands: each job in a process of its own, which can be stopped at any time.

A job is stopped as Ctrl-C stops the command line: it ends its children and its scratch databases.
Where the server itself is killed, its errands notice and stop.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from dbwright.core.errors import DbwrightError

if TYPE_CHECKING:
    from dbwright.frontends.mcp_server.start import Start

AT_ONCE = max(2, min(4, os.cpu_count() or 2))
"""So many errands run at the same time; the others wait."""
PATIENCE = 15.0
"""Seconds that a stopped errand has to put everything away."""
STOPPED = 130

Told = Callable[[str], Awaitable[None]]


class ErrandError(Exception):
    """An errand that failed, as data for the client: kind, message, file, line, way_out."""

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document["message"])
        self.document = document


class Errands:
    """Runs errands, a few at a time."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self._room = anyio.Semaphore(AT_ONCE)
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else None
        self._kind: Any = multiprocessing.get_context(method or "spawn")
        if method:
            self._kind.set_forkserver_preload([f"{__package__}.work", "dbwright.jobs.check"])

    async def run(self, name: str, arguments: dict[str, Any], told: Told) -> Any:
        """Gives what the errand of that name gives; ErrandError where it fails.

        A caller that is cancelled stops it, and waits until nothing of it is left.
        """
        if self._room.value == 0:
            await told("waiting for another job of this server to end")
        async with self._room:
            ours, theirs = self._kind.Pipe(duplex=False)
            process = self._kind.Process(
                target=_main, args=(theirs, name, self.start, arguments), name=f"dbwright-{name}"
            )
            try:
                await anyio.to_thread.run_sync(process.start)
                theirs.close()
                return await _answer(ours, told)
            finally:
                # a thread of its own ends it also where the loop is torn down at once
                stopping = threading.Thread(target=_stop, args=(process,))
                stopping.start()
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(stopping.join)
                ours.close()


async def _answer(connection: Connection, told: Told) -> Any:
    """The errand's answer; what it says on the way is told."""
    while True:
        kind, value = await anyio.to_thread.run_sync(_next, connection, abandon_on_cancel=True)
        if kind == "done":
            return value
        if kind == "failed":
            raise ErrandError(value)
        await told(value)


def _next(connection: Connection) -> tuple[str, Any]:
    try:
        kind, value = connection.recv()
    except (EOFError, OSError):
        return "failed", _fault("the job's process ended without an answer")
    return str(kind), value


def _stop(process: Any) -> None:
    """Ends an errand that still runs: first as Ctrl-C does, then by force."""
    if process.pid is None:
        return
    if process.is_alive():
        process.join(0.2)  # one that has answered is about to leave
    if process.is_alive():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGINT)
        process.join(PATIENCE)
    if process.is_alive():
        process.kill()
    process.join()


def _main(connection: Connection, name: str, start: Start, arguments: dict[str, Any]) -> None:
    """What the errand's process does."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_watch_parent, daemon=True).start()
    try:
        answer = ("done", _work(name, start, arguments, connection))
    except KeyboardInterrupt:
        os._exit(STOPPED)
    except DbwrightError as error:
        answer = ("failed", told_error(error))
    except BrokenPipeError:
        os._exit(STOPPED)
    except Exception as error:
        import traceback

        traceback.print_exc(file=sys.stderr)
        answer = ("failed", _fault(f"{type(error).__name__}: {error}"))
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        connection.send(answer)
        connection.close()


def _work(name: str, start: Start, arguments: dict[str, Any], connection: Connection) -> Any:
    from dbwright.frontends.cli.output import quiet_driver
    from dbwright.frontends.mcp_server import work

    quiet_driver()

    def progress(text: str) -> None:
        connection.send(("progress", text))

    return getattr(work, name)(start, progress, **arguments)


def _watch_parent() -> None:
    """Stops this process as Ctrl-C does once the server is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        main = threading.main_thread().ident
        if hasattr(signal, "pthread_kill") and main is not None:
            signal.pthread_kill(main, signal.SIGINT)  # what it waits for is interrupted
        else:
            signal.raise_signal(signal.SIGINT)


def told_error(error: DbwrightError) -> dict[str, Any]:
    """Gives an error that has words for the user as data."""
    return {
        "kind": type(error).__name__.removesuffix("Error").lower(),
        "message": error.message,
        "file": error.file,
        "line": error.line,
        "way_out": error.way_out or "",
    }


def _fault(what: str) -> dict[str, Any]:
    return {
        "kind": "fault",
        "message": f"this is a fault of dbwright: {what}",
        "file": None,
        "line": None,
        "way_out": "Report it with what the server wrote to its standard error. The other tools "
        "go on working.",
    }
