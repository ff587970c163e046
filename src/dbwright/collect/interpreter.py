"""Interpreter: the project's own Python, in which its models and env.py run."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dbwright.collect.settings import folders_up
from dbwright.core.errors import ProjectError

_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that can import SQLAlchemy, why it was chosen, and what was passed over."""

    path: Path
    why: str
    sqlalchemy: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    path: Path
    why: str
    asked_for: bool = False


def find_interpreter(
    root: Path,
    *,
    given: str | None = None,
    setting: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Interpreter:
    """Gives the first interpreter that imports SQLAlchemy, in the order of the documentation.

    The order: `--python`, [tool.dbwright] python, the active environment, `.venv` or `venv` in
    the project or above it, uv's and poetry's, dbwright's own. One that was asked for by name
    and does not serve raises ProjectError; another is passed over with a note.
    """
    variables = os.environ if environment is None else environment
    notes: list[str] = []
    seen: set[Path] = set()
    for candidate in _candidates(root, given, setting, variables):
        if candidate.path in seen:
            continue
        seen.add(candidate.path)
        version, trouble = _sqlalchemy_of(candidate.path, root)
        if version:
            return Interpreter(candidate.path, candidate.why, version, tuple(notes))
        if candidate.asked_for:
            raise _unfit(candidate, trouble)
        notes.append(f"passed over {candidate.path} ({candidate.why}): {trouble}")
    raise ProjectError(
        "no Python interpreter was found that can import SQLAlchemy: " + "; ".join(notes),
        way_out="Install the project's dependencies (uv sync, poetry install, "
        "pip install -r requirements.txt), or name its interpreter with --python.",
    )


def _unfit(candidate: _Candidate, trouble: str) -> ProjectError:
    return ProjectError(
        f"the interpreter {candidate.path} ({candidate.why}) does not serve: {trouble}",
        way_out="Name one in which the project's dependencies are installed, "
        "for example .venv/bin/python.",
    )


def _candidates(
    root: Path, given: str | None, setting: str | None, variables: Mapping[str, str]
) -> Iterator[_Candidate]:
    if given:
        yield _Candidate(_named(given, Path.cwd()), "given with --python", asked_for=True)
    if setting:
        yield _Candidate(_named(setting, root), "python in [tool.dbwright]", asked_for=True)
    for variable in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"):
        if variables.get(variable):
            folder = Path(root, variables[variable])
            yield _Candidate(_python_in(folder), f"the environment that {variable} names")
    for folder in folders_up(root):
        for name in (".venv", "venv"):
            if (folder / name).is_dir():
                yield _Candidate(_python_in(folder / name), f"{name} of the project")
    yield from _poetry(root, variables)
    if variables.get("CONDA_PREFIX"):
        folder = Path(variables["CONDA_PREFIX"])
        yield _Candidate(_python_in(folder), "the conda environment that is active")
    yield _Candidate(Path(sys.executable), "dbwright's own, as the project has none")


def _named(text: str, base: Path) -> Path:
    path = Path(base, Path(text).expanduser())
    if path.is_dir():
        return _python_in(path)
    found = shutil.which(text) if os.sep not in text else None
    return Path(found) if found and not path.exists() else path


def _python_in(folder: Path) -> Path:
    # not resolved: the link's own place tells Python which environment it belongs to
    windows = folder / "Scripts" / "python.exe"
    return windows if windows.exists() else folder / "bin" / "python"


def _poetry(root: Path, variables: Mapping[str, str]) -> Iterator[_Candidate]:
    poetry = shutil.which("poetry", path=variables.get("PATH"))
    if not poetry or not (root / "poetry.lock").is_file():
        return
    try:
        answer = subprocess.run(
            [poetry, "env", "info", "-p"],
            cwd=root,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    folder = answer.stdout.strip()
    if answer.returncode == 0 and folder:
        yield _Candidate(_python_in(Path(folder)), "poetry's environment of the project")


def _is_ours(python: Path) -> bool:
    """Whether it is the interpreter that runs dbwright, which stands on SQLAlchemy."""
    ours = Path(sys.executable)
    return python.parent == ours.parent and os.path.realpath(python) == os.path.realpath(ours)


def _sqlalchemy_of(python: Path, root: Path) -> tuple[str | None, str]:
    """Gives the version of SQLAlchemy there, else None and what was wrong."""
    if not python.exists():
        return None, "it is not there"
    if _is_ours(python):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version("sqlalchemy"), ""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONHOME"}
    try:
        answer = subprocess.run(
            # -P: a sqlalchemy.py of the project must not be taken for the package
            [str(python), "-c", "import sqlalchemy; print(sqlalchemy.__version__)"],
            cwd=root,
            env={**environment, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"it did not answer within {_PATIENCE:.0f} s"
    except (OSError, UnicodeDecodeError) as error:
        return None, f"it cannot be started: {error}"
    if answer.returncode == 0 and answer.stdout.strip():
        return answer.stdout.split()[-1], ""
    last = (answer.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    return None, last
