"""A process that has imported SQLAlchemy and Alembic, and forks for each child of the tests.

Importing them is most of a second of each child that starts from nothing, and the suite starts
hundreds. From its first line on the child is the same; most of `tests/child` starts its own
from nothing, as users do.

Started as a script it listens at a path until its standard input ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

SECONDS = 120
DECIDING = ("PYTHON", "LANG", "LC_", "LD_")
"""How variables begin that Python reads when it starts: with others a child starts from nothing."""
FREE = 900  # numbers of files from here on are not in use


class Nursery:
    """The process, started with the first child."""

    def __init__(self) -> None:
        self.variables = dict(os.environ)
        self.folder = Path(tempfile.mkdtemp(prefix="dbwn-"))
        self.path = str(self.folder / "s")
        self._process: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Starts the process unless it runs."""
        if self._process is not None:
            return
        self._process = subprocess.Popen(
            [sys.executable, __file__, self.path],
            env=self.variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def hire(self) -> None:
        """Has the workers of this process, and of its forks, take their children from here."""
        from dbwright.scratch import worker_process

        names = {**vars(subprocess), "Popen": self._started}
        worker_process.subprocess = SimpleNamespace(**names)  # type: ignore[assignment]

    def close(self) -> None:
        """Ends the process; children start from nothing again."""
        from dbwright.scratch import worker_process

        worker_process.subprocess = subprocess
        if self._process is not None:
            self._process.communicate(timeout=SECONDS)
        shutil.rmtree(self.folder)

    def _started(self, command: list[str], **options: Any) -> Any:
        if not self._is_alike(command[0], options["env"]):
            return subprocess.Popen(command, **options)
        self.open()
        return Born(self.path, command[1:], options)

    def _is_alike(self, python: str, variables: Mapping[str, str]) -> bool:
        ours = Path(sys.executable)
        same = Path(python).parent == ours.parent and os.path.samefile(python, ours)
        return same and _deciding(variables) == _deciding(self.variables)


class Born:
    """A forked child, used as the `Popen` of one that was started."""

    def __init__(self, path: str, arguments: list[str], options: dict[str, Any]) -> None:
        read, write = os.pipe()
        self.stdout = os.fdopen(read, "rb", buffering=0)
        self.returncode: int | None = None
        self._keeper = socket.socket(socket.AF_UNIX)
        self._keeper.connect(path)
        wanted = {"arguments": arguments, "cwd": str(options["cwd"]), "env": options["env"]}
        socket.send_fds(self._keeper, [b"f"], [write, *options["pass_fds"]])
        self._keeper.sendall(json.dumps(wanted).encode() + b"\n")
        os.close(write)
        self._told = self._keeper.makefile("r")
        self.pid = int(self._told.readline())

    def poll(self) -> int | None:
        """Gives the exit status, None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Gives the exit status as Popen does."""
        if self.returncode is None:
            if not select.select([self._keeper], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("child", timeout or 0)
            self.returncode = int(self._told.readline())
            self._told.close()
            self._keeper.close()
        return self.returncode


def _deciding(variables: Mapping[str, str]) -> dict[str, str]:
    names = {name for name in variables if name.startswith(DECIDING)}
    return {name: variables[name] for name in names - {"PYTHONDONTWRITEBYTECODE"}}


def _serve(path: str) -> None:
    import alembic.command  # noqa: F401
    import sqlalchemy.ext.asyncio
    import sqlalchemy.orm  # noqa: F401

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(16)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
            asked, _ = listening.accept()
            keeper = os.fork()
            if keeper == 0:
                if os.fork() == 0:
                    listening.close()
                    _keep(asked)
                os._exit(0)
            os.waitpid(keeper, 0)
            asked.close()


def _keep(asked: socket.socket) -> None:
    """Forks the child, tells its number and how it ended; does not return."""
    status = 70
    try:
        _, fds, _, _ = socket.recv_fds(asked, 1, 3)
        with asked.makefile("rw") as told:
            wanted = json.loads(told.readline())
            child = os.fork()
            if child == 0:
                _become(wanted, fds)
            for number in fds:
                os.close(number)
            told.write(f"{child}\n")
            told.flush()
            _, raw = os.waitpid(child, 0)
            told.write(f"{os.waitstatus_to_exitcode(raw)}\n")
        status = 0
    except BrokenPipeError:  # nobody waits for it any more
        status = 0
    finally:
        os._exit(status)


def _become(wanted: dict[str, Any], fds: list[int]) -> None:
    """Runs the child's script as a process that was started for it; does not return."""
    output, *kept = fds
    numbers = [int(text) for text in wanted["arguments"][1:]]
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    high = [os.dup2(fd, FREE + place) for place, fd in enumerate((nothing, output, *kept))]
    os.closerange(3, FREE)
    for fd, source in ((0, 0), (1, 1), (2, 1), (numbers[0], 2), (numbers[1], 3)):
        os.dup2(high[source], fd)
    os.closerange(FREE, FREE + len(high))
    os.chdir(wanted["cwd"])
    os.environ.clear()
    os.environ.update(wanted["env"])
    sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in os.environ
    script = wanted["arguments"][0]
    sys.argv = list(wanted["arguments"])
    sys.path[0] = os.path.dirname(script)
    sys.stdin = os.fdopen(0)
    runpy.run_path(script, run_name="__main__")
    os._exit(0)


if __name__ == "__main__":
    _serve(sys.argv[1])
