"""Models that were just written: imported, configured and built on a scratch database."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 300
_RUNNER = """
import importlib, json, sys, warnings
from sqlalchemy import create_engine, exc
from sqlalchemy.orm import configure_mappers

def run(folder, url, warned):
    if warned == "refused":
        warnings.simplefilter("error", exc.SAWarning)
    sys.path.insert(0, folder)
    yield "import", lambda: importlib.import_module("models")
    models = sys.modules["models"]
    yield "configure", configure_mappers
    engine = create_engine(url)
    def create():
        with engine.begin() as connection:
            models.Base.metadata.create_all(connection)
    yield "create_all()", create
    yield "a second create_all()", create

step, answer = "start", {}
try:
    for step, work in run(*sys.argv[1:]):
        work()
except BaseException as error:
    text = str(getattr(error, "orig", None) or error).strip()
    answer = {"step": step, "error": f"{type(error).__name__}: {text}"}
print(json.dumps(answer))
"""


@dataclass(frozen=True, slots=True)
class Built:
    """How far the models came: `step` is the one that failed, with its error; None where none."""

    step: str | None = None
    error: str = ""

    @property
    def words(self) -> str:
        """What failed, in a sentence's end."""
        return f"{self.step} failed: {self.error.splitlines()[0]}" if self.error else "all ran"


def build(
    files: Mapping[str, str], url: str, python: str = sys.executable, *, warnings: str = "refused"
) -> Built:
    """Runs models in a process of its own against an empty scratch database.

    `files` are `models.py` alone, or those of a package by their names in it.
    The process ends with the work or after five minutes. `python` needs SQLAlchemy and a driver.
    A warning of SQLAlchemy is an error unless `warnings` are "allowed": nobody is to be handed
    models that warn.
    """
    with tempfile.TemporaryDirectory(prefix="dbwright-models-") as folder:
        home = Path(folder) / "models" if "__init__.py" in files else Path(folder)
        home.mkdir(exist_ok=True)
        for name, text in files.items():
            (home / name).write_text(text, encoding="utf-8")
        command = [python, "-X", "utf8", "-c", _RUNNER, folder, url, warnings]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_SECONDS, check=False, cwd=folder
            )
        except subprocess.TimeoutExpired:
            return Built("the run", f"no end after {_SECONDS} s")
    try:
        answer = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return Built("the run", done.stderr.strip() or f"status {done.returncode}")
    return Built(answer["step"], answer["error"]) if answer else Built()
