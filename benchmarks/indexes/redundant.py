"""Holds advice to drop indexes against the seeded ones; pure but for reading files.

    python redundant.py WORKLOAD FILE

FILE holds DROP INDEX statements. Prints which were right, which wrong, which were missed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workload import HERE, toml


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the advice stands: right and missed count a pair once."""

    right: tuple[str, ...]
    wrong: tuple[str, ...]
    missed: tuple[str, ...]


def judge(answers: dict[str, Any], dropped: set[str]) -> Verdict:
    """The advice against the answers: of an `either` pair exactly one may go."""
    right: list[str] = []
    wrong: list[str] = []
    missed: list[str] = []
    for name, answer in answers.items():
        gone, verdict = name in dropped, answer["verdict"]
        if verdict == "either":
            first, second = sorted((name, answer["with"]))
            both = first in dropped and second in dropped
            if name == first:
                kept = not gone and second not in dropped
                (wrong if both else missed if kept else right).append(first)
        elif verdict == "drop":
            (right if gone else missed).append(name)
        elif gone:
            wrong.append(name)
    strange = sorted(dropped - set(answers))
    return Verdict(tuple(right), tuple(wrong + strange), tuple(missed))


def best(answers: dict[str, Any]) -> set[str]:
    """All that may go together: of a pair the later one."""
    return {
        name
        for name, answer in answers.items()
        if answer["verdict"] == "drop" or (answer["verdict"] == "either" and answer["with"] < name)
    }


def dropped_by(text: str) -> set[str]:
    """The names in DROP INDEX statements."""
    names = set()
    for statement in text.split(";"):
        words = statement.replace('"', "").split()
        low = [word.lower() for word in words]
        if low[:2] == ["drop", "index"]:
            rest = [
                word for word in words[2:] if word.lower() not in {"concurrently", "if", "exists"}
            ]
            names |= {name.strip(",").rsplit(".", 1)[-1] for name in rest if name.strip(",")}
    return names


def answers(workload: str) -> dict[str, Any]:
    """The verdicts of a workload."""
    return toml(HERE / "workloads" / workload / "seeded.toml")


def line(name: str, verdict: Verdict) -> str:
    """One line of the table of drops."""
    total = len(verdict.right) + len(verdict.missed)
    wrong = f"; wrongly dropped: {', '.join(verdict.wrong)}" if verdict.wrong else ""
    missed = f"; missed: {', '.join(verdict.missed)}" if verdict.missed else ""
    return f"{name}: {len(verdict.right)} of {total} redundant indexes found{missed}{wrong}"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    file = Path(sys.argv[2])
    print(line(file.name, judge(answers(sys.argv[1]), dropped_by(file.read_text()))))
