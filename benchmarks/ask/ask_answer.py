"""The ways to answer: dbwright's command, with or without a model, or a bare model."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ask_case import Case, Given

LONGEST = 240.0
EXPERT = (
    "You are a senior database engineer for SQLAlchemy 2, Alembic and PostgreSQL 18. Answer the "
    "request about the project below. Write each new or changed file whole, in a fenced block "
    "whose first line is `# FILE: path`; write SQL to run in fenced blocks marked sql. Where the "
    "request is outside of your field say so and do nothing."
)
Answerer = Callable[[Case, Path], Given]
_BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
_FILE = re.compile(r"#\s*FILE:\s*(\S+)\n")


def by_command(model: str = "") -> Answerer:
    """Gives what asks `dbwright ask`, with the model of that name where there is one."""
    more = ["--model", model] if model else []

    def answer(case: Case, folder: Path) -> Given:
        out = folder.parent / f"{folder.name}.json"
        command = [sys.executable, "-m", "dbwright", "ask", case.request, "--full", "-q"]
        command += ["-o", f"json:{out}", "--path", str(folder), *more]
        started = time.monotonic()
        try:
            ran = subprocess.run(
                command, capture_output=True, text=True, timeout=LONGEST, check=False,
                stdin=subprocess.DEVNULL, cwd=folder.parent, env={**os.environ, "CI": "1"},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Given("none", "", crashed=f"no answer in {LONGEST:.0f} s")
        took = time.monotonic() - started
        data = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
        text = f"{ran.stdout}\n{ran.stderr}"
        crashed = text if "Traceback (most recent call last)" in ran.stderr else ""
        kind = _kind(data, ran.returncode)
        files = data.get("files") or {}
        found = tuple(data.get("recommendations") or ())
        return Given(kind, text, files, found, crashed, took)

    return answer


def _kind(data: dict[str, object], status: int) -> str:
    if status == 2 or data.get("errors"):
        return "refused"
    named = {
        "answer": "answered", "design": "designed", "change": "changed", "phases": "phases",
        "explanation": "explained",
    }  # fmt: skip
    if "recommendations" in data:
        return "report"
    return named.get(str(data.get("kind")), "none")


def by_bare_model(model: str) -> Answerer:
    """Gives what sends an expert's prompt and the project's files to the model, without tools."""
    from pydantic_ai import Agent  # an optional part: only this way of asking needs it

    agent = Agent(model, instructions=EXPERT)

    def answer(case: Case, folder: Path) -> Given:
        files = [*sorted(folder.rglob("*.py")), folder / "alembic.ini"]
        shown = "\n\n".join(
            f"# FILE: {file.relative_to(folder)}\n{file.read_text()}" for file in files
            if file.is_file()
        )  # fmt: skip
        started = time.monotonic()
        text = str(agent.run_sync(f"{case.request}\n\n---\nThe project:\n\n{shown}").output)
        return given_by_text(text, time.monotonic() - started)

    return answer


def given_by_text(text: str, seconds: float = 0.0) -> Given:
    """Gives what a text in Markdown answers: its files and its SQL."""
    files: dict[str, str] = {}
    found: list[dict[str, object]] = []
    for language, body in _BLOCK.findall(text):
        named = _FILE.match(body)
        if named:
            files[named[1]] = body[named.end() :]
        elif language == "sql":
            found.append({"fix": {"code": body, "steps": [], "edits": []}})
    return Given("any", text, files, tuple(found), seconds=seconds)
