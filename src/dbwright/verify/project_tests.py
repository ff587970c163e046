"""Tests that a design adds to a project, run there by its own pytest before they are shown.

They run on a copy: what fixtures write stays out of the project, and every connection is the
bridge's, so what the project's settings name is not reached.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbwright.core.errors import UserCodeError
from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.worker import Worker

TIMEOUT = 300.0
MOST_FILES = 20_000
LARGEST = 2_000_000  # bytes; a file above is no code
SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "env"})
VARIABLE = "TEST_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The project's Python, and for which database its code is run."""

    python: Path
    dialect: str
    server_version: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """How a file of tests came out; `why` says what kept all of it from being run."""

    passed: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)
    why: str = ""
    has_pytest: bool = True

    @property
    def held(self) -> bool:
        """Whether tests were run and all of them passed."""
        return bool(self.passed) and not (self.skipped or self.failed or self.why)


@contextlib.contextmanager
def copied(root: Path, edited: Mapping[str, str]) -> Iterator[Path]:
    """Gives a copy of a project's files with edits laid over, for as long as the block runs.

    Folders with a dot, and those of other people's packages, are left out; so are large files.
    """
    with tempfile.TemporaryDirectory(prefix="dbwright-") as folder:
        top, count = Path(folder) / (root.resolve().name or "project"), 0
        for here, folders, files in os.walk(root):
            folders[:] = [name for name in folders if _is_own(Path(here, name))]
            to = top / os.path.relpath(here, root)
            to.mkdir(parents=True, exist_ok=True)
            for name in files:
                path, count = Path(here, name), count + 1
                if count <= MOST_FILES and path.is_file() and path.stat().st_size <= LARGEST:
                    shutil.copyfile(path, to / name)
        for name, text in edited.items():
            file = top / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        yield top


def _is_own(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in SKIPPED
    return not hidden and not (folder / "pyvenv.cfg").exists()


def run(
    interpreter: Interpreter,
    folder: Path,
    path: str,
    database: Any,
    *,
    driver: str = "",
    named: bool = True,
    conftest: bool = True,
) -> Run:
    """Runs the tests of a file in a copy of the project, on a scratch database.

    `named` is whether the environment names that database, with a `driver`; without `conftest`
    the project's fixtures are left out.
    """
    worker = Worker(
        interpreter.python, folder, dialect=interpreter.dialect, timeout=TIMEOUT,
        server_version=interpreter.server_version,
    )  # fmt: skip
    with worker:
        try:
            answer = worker.call(
                "run_tests",
                host=DatabaseHost(database),
                path=path,
                variable=VARIABLE if named else "",
                driver=driver,
                conftest=conftest,
            )
        except UserCodeError as error:
            return Run(why=error.message)
    if answer["pytest"] is None:
        return Run(why="the project's interpreter has no pytest", has_pytest=False)
    why = answer["broken"][0] if answer["broken"] else ""
    if not (why or answer["passed"] or answer["failed"] or answer["skipped"]):
        why = f"pytest ended with status {answer['status']} and ran no test"
    return Run(tuple(answer["passed"]), tuple(answer["skipped"]), answer["failed"], why)
