"""What a tool is asked and what it answers, in the set's words."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

LIMIT = 180  # seconds that a tool may take for one query


@dataclass(frozen=True, slots=True)
class Question:
    """One query: where it is asked, its text, and its plan for tools that read plans."""

    dialect: str
    url: str
    sql: str
    plan: list[dict[str, Any]] | None
    catalog: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of advice: its kind of vocabulary.toml, what it is about, and what can be run.

    `steps` are the statements of advice that takes several, or what a rewrite needs before it;
    `form` is the query that is asked after them, where it is another one.
    """

    kind: str
    about: str
    sql: str = ""
    says_same: bool = True
    steps: tuple[str, ...] = ()
    form: str = ""


@dataclass(slots=True)
class Answer:
    """The causes that a tool names, its advice, and its own words."""

    causes: list[str] = field(default_factory=list)
    advice: list[Said] = field(default_factory=list)
    words: str = ""
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """For the file of answers."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Answer:
        """Out of the file of answers."""
        return cls(**{**kept, "advice": [Said(**said) for said in kept["advice"]]})


class ToolError(Exception):
    """A tool that gave no answer, with its own last line."""


def run(command: list[str | Path], *, text: str = "", statuses: tuple[int, ...] = (0,)) -> str:
    """A command's standard output."""
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ToolError(str(problem).splitlines()[0]) from problem
    if done.returncode not in statuses:
        told = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise ToolError(told[-1] if told else f"status {done.returncode}")
    return done.stdout


def in_environment(home: Path, script: str, question: Question) -> Any:
    """What a script of `inside/` answers as JSON, run by the Python of a tool's environment."""
    file = Path(__file__).parent / "inside" / script
    asked = json.dumps(asdict(question), default=str)
    return json.loads(run([home / "bin" / "python", file], text=asked))


KINDS = (
    ("index", r"^create\s+(unique\s+)?index"),
    ("extended-statistics", r"^create\s+statistics"),
    ("vacuum", r"^vacuum"),
    ("analyze", r"^analyze"),
    ("function-volatility", r"^alter\s+function"),
    ("configuration", r"^(set|alter\s+(system|role|database))\b"),
    ("model", r"^alter\s+table"),
    ("rewrite", r"^\(*\s*(select|with|delete|update)\b"),
)


def kind_of(sql: str) -> str:
    """The kind of advice that a statement is, by how it begins; empty when it is none."""
    start = re.sub(r"^(\s|--[^\n]*\n)*", "", sql).lower()
    return next((kind for kind, pattern in KINDS if re.match(pattern, start)), "")


def statements(text: str) -> list[Said]:
    """The runnable statements of a text as advice; comments are left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    found = []
    for part in "\n".join(lines).split(";"):
        kind = kind_of(part.strip())
        if kind and kind != "rewrite":
            found.append(Said(kind, part.strip(), part.strip()))
    return found


def phrased(text: str, phrases: tuple[tuple[str, str], ...]) -> list[str]:
    """The words of the vocabulary whose phrase a text has."""
    return [word for phrase, word in phrases if re.search(phrase, text, re.IGNORECASE)]
