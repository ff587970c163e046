"""What a tool is asked and what it answers, in the set's words."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from program import HERE, Program, templates, unmarked

LIMIT = 60  # seconds that a program may take under a tool
OPTION = re.compile(
    r"(?<![\w.])(?:(?:\.)?(?:selectinload|joinedload|subqueryload|contains_eager|undefer|"
    r"undefer_group|defaultload|selectin_polymorphic|lazyload|load_only)\((?:[^()]|\([^()]*\))*\))+"
)


@dataclass(frozen=True, slots=True)
class Said:
    """A finding of a tool: its own kind, what it is about, where, and the fix in its words."""

    kind: str
    about: str
    file: str
    line: int
    fix: str

    @property
    def options(self) -> list[str]:
        """The loader options that the fix names, as code."""
        return OPTION.findall(self.fix)


@dataclass(slots=True)
class Answer:
    """A tool's findings on a program, what the program gave under it, and what went wrong."""

    findings: list[Said] = field(default_factory=list)
    outcome: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def placed(each: Program, folder: Path) -> Path:
    """The program as a tool gets it: without label, marks and fix, beside its templates."""
    home = folder / "asked"
    file = home / each.path.parent.name / each.path.name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(each.asked(), encoding="utf-8")
    for template in templates(each.text):
        (home / "templates").mkdir(exist_ok=True)
        text = unmarked(template.read_text(encoding="utf-8"))
        (home / "templates" / template.name).write_text(text, encoding="utf-8")
    return file


class Worker:
    """A process in a tool's own environment, which runs one program after the other."""

    def __init__(self, tool: str, folder: Path) -> None:
        own = folder / tool / "bin" / "python"
        python = str(own) if own.exists() else sys.executable  # dbwright's: where this runs
        command = [python, str(HERE / "execute.py"), "--tool", tool]
        paths = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def ask(self, source: Path, url: str) -> dict[str, Any]:
        """The answer about one program; a process that hangs is ended."""
        assert self.process.stdin
        assert self.process.stdout
        timer = threading.Timer(LIMIT, self.process.kill)
        timer.start()
        try:
            self.process.stdin.write(json.dumps([str(source), url]) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if not line:
            self.process.kill()
            self.process.wait()
            return {"problem": f"no answer, or none within {LIMIT} s"}
        answer: dict[str, Any] = json.loads(line)
        return answer


WORKERS: dict[str, Worker] = {}


def run_inside(tool: str, each: Program, url: str, folder: Path) -> Answer:
    """Runs a program under a tool, in the tool's own environment."""
    worker = WORKERS.get(tool)
    if worker is None or worker.process.poll() is not None:
        worker = WORKERS[tool] = Worker(tool, folder)
    told = worker.ask(placed(each, folder), url)
    if "problem" in told:
        return Answer(problem=told["problem"])
    return Answer([Said(**finding) for finding in told["findings"]], told["outcome"])


def forgotten(folder: Path) -> None:
    """Ends the tools' processes, and takes the programs away that they were given."""
    for worker in WORKERS.values():
        worker.process.kill()
        worker.process.wait()
    WORKERS.clear()
    shutil.rmtree(folder / "asked", ignore_errors=True)
