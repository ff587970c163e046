"""A process that has imported dbwright, or what pytest needs, and forks for each run of either.

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
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECONDS = 240


class Zygote:
    """The process, for as long as the tests run.

    It runs `dbwright`, all of which it has imported, or `pytest -B`, for which it has imported
    pytest, SQLAlchemy and Alembic and nothing of ours.
    """

    def __init__(self, environment: dict[str, str], program: str = "dbwright") -> None:
        self.environment = environment
        self.process = subprocess.Popen(
            [sys.executable, __file__, program],
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
        self.process.communicate(timeout=SECONDS)


def _serve_pytest() -> None:
    import alembic.command  # noqa: F401
    import pytest  # noqa: F401
    import sqlalchemy.ext.asyncio
    import sqlalchemy.orm  # noqa: F401

    _serve(_run_pytest)


def _serve_dbwright() -> None:
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
    _serve(_run_dbwright)
    nursery.close()


def _serve(run: Callable[[list[str]], int]) -> None:
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(wanted, run)
        print(_status(child), flush=True)


def _run_dbwright(arguments: list[str]) -> int:
    from dbwright.frontends.cli import main

    sys.argv = ["dbwright", *arguments]
    main()
    return 0


def _run_pytest(arguments: list[str]) -> int:
    import pytest

    sys.argv = ["pytest", *arguments]
    sys.dont_write_bytecode = True
    sys.path[:1] = [os.getcwd(), *os.environ["PYTHONPATH"].split(os.pathsep)]
    return pytest.console_main()


def _become(wanted: dict[str, Any], run: Callable[[list[str]], int]) -> None:
    """Runs the program as a process that was started for it; does not return."""
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
        os.environ.update(wanted["env"])
        status = run(wanted["arguments"])
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
    {"dbwright": _serve_dbwright, "pytest": _serve_pytest}[sys.argv[1]]()
