"""A process that has imported dbwright, and forks for each run of its command.

Importing takes a second of each run that starts from nothing. Started as a script it reads a
line of JSON for each run: arguments, folder, variables, and the files for what is printed; it
answers with a line, the exit status.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import traceback
from pathlib import Path

SECONDS = 120


class Zygote:
    """The process, for as long as the tests run."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, arguments: list[str], cwd: Path, env: dict[str, str], out: Path) -> int:
        """Runs the command in a process of its own; gives its exit status, as Popen does."""
        wanted = {"arguments": arguments, "cwd": str(cwd), "env": env, "out": str(out)}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(wanted) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        """Ends the process."""
        self.process.communicate(timeout=10)


def _serve() -> None:
    import dbwright
    from dbwright.rules.registry import all_rules

    sys.path[0] = str(Path(__file__).parents[1])
    from nursery import Nursery

    for found in pkgutil.walk_packages(dbwright.__path__, "dbwright."):
        if ".child" not in found.name and not found.name.endswith("__main__"):
            with contextlib.suppress(ImportError):  # of an extra that is not installed
                importlib.import_module(found.name)
    all_rules()
    nursery = Nursery()
    nursery.open()
    nursery.hire()
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(wanted)
        print(_status(child), flush=True)
    nursery.close()


def _become(wanted: dict[str, object]) -> None:
    """Runs the command as a process that was started for it; does not return."""
    status = 70
    try:
        os.setsid()
        signal.alarm(SECONDS)
        for number, flags, name in (
            (0, os.O_RDONLY, os.devnull),
            (1, os.O_WRONLY | os.O_CREAT, f"{wanted['out']}.out"),
            (2, os.O_WRONLY | os.O_CREAT, f"{wanted['out']}.err"),
        ):
            file = os.open(name, flags)
            os.dup2(file, number)
            os.close(file)
        sys.stdin = os.fdopen(0)
        os.chdir(str(wanted["cwd"]))
        os.environ.clear()
        os.environ.update(wanted["env"])  # type: ignore[call-overload]
        sys.argv = ["dbwright", *wanted["arguments"]]  # type: ignore[misc]
        from dbwright.frontends.cli import main

        main()
        status = 0
    except SystemExit as leave:
        status = int(leave.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(status)


def _status(child: int) -> int:
    _, raw = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(raw)


if __name__ == "__main__":
    _serve()
