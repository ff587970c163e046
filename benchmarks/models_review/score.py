"""Scores reviews of the labelled model files: found, missed and false alarms, by rule.

    python benchmarks/models_review/score.py [--no-sandbox] [--sandbox-url URL] [NAME …]

The format of the labels is in README.md beside this file. The exit status is 1 when an error or
security rule missed a label, all rules together found less than 90 %, or a clean file got an
alarm.
"""

from __future__ import annotations

import argparse
import ast
import fnmatch
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from dbwright.rules.registry import all_rules

HERE = Path(__file__).parent
PROGRAM = [sys.executable, "-m", "dbwright", "models", "review"]
LABEL = re.compile(r"\s*#! (?P<rules>[a-z0-9, -]+?)\s*$")
TARGET = re.compile(r"#! target: (?P<target>\S+)\s*$")
LEAST = 0.9


@dataclass(frozen=True, order=True, slots=True)
class Mark:
    """A rule at a line of a file: what a label says, or a finding."""

    file: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.rule}"


@dataclass(slots=True)
class Score:
    """What the reviews came to; `broken` are files that could not be reviewed."""

    found: list[Mark] = field(default_factory=list)
    missed: list[Mark] = field(default_factory=list)
    alarms: list[Mark] = field(default_factory=list)
    remarks: list[Mark] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    clean: list[str] = field(default_factory=list)
    files: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One file: its text without labels, and the labels."""

    name: str
    text: str
    labels: tuple[Mark, ...]
    target: str | None


def read(path: Path) -> Case:
    """Gives a file's text without its labels, and the labels."""
    lines = path.read_text(encoding="utf-8").splitlines()
    target = TARGET.match(lines[0])
    if target:
        lines[0] = ""
    labels: list[Mark] = []
    for number, line in enumerate(lines, 1):
        found = LABEL.search(line)
        if found:
            lines[number - 1] = line[: found.start()]
            rules = re.split(r",\s*|\s+", found["rules"].strip())
            labels += [Mark(path.name, number, rule) for rule in rules]
    text = "\n".join(lines) + "\n"
    return Case(path.name, text, tuple(labels), target["target"] if target else None)


def review(case: Case, options: Sequence[str]) -> list[tuple[Mark, str]] | str:
    """Gives the findings with their severities, or what stopped the review."""
    with tempfile.TemporaryDirectory(prefix="dbwright-review-") as folder:
        path = Path(folder) / case.name
        path.write_text(case.text, encoding="utf-8")
        target = ["--target", case.target] if case.target else []
        command = [*PROGRAM, str(path), "--format", "json", "--no-trials", "-q", *target, *options]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return (done.stderr or done.stdout).strip() or f"it ended with {done.returncode}"
    if report["errors"]:
        return str(report["errors"][0])
    return [
        (Mark(case.name, item["location"]["line"] or 0, item["rule"]), item["severity"])
        for item in report["recommendations"]
    ]


def statements(text: str) -> dict[int, int]:
    """Gives for each line the first line of the statement it belongs to."""
    starts: dict[int, int] = {}
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.stmt):
            continue
        body = getattr(node, "body", None)
        first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", ()))])
        last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
        for line in range(first, max(last, node.lineno) + 1):
            starts[line] = max(first, starts.get(line, 0))
    return starts


def compare(case: Case, findings: Iterable[tuple[Mark, str]], score: Score) -> None:
    """Adds to the score what the findings of one file met, missed and were not asked for."""
    starts = statements(case.text)

    def at(mark: Mark) -> tuple[int, str]:
        return starts.get(mark.line, mark.line), mark.rule

    wanted = {at(label): label for label in case.labels}
    met: set[tuple[int, str]] = set()
    for finding, severity in findings:
        if at(finding) in wanted:
            met.add(at(finding))
        elif severity == "info":
            score.remarks.append(finding)
        else:
            score.alarms.append(finding)
    score.found += [label for place, label in wanted.items() if place in met]
    score.missed += [label for place, label in wanted.items() if place not in met]


def main() -> None:
    """Reviews the files that are asked for and prints the score."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("names", nargs="*", help="names of files, * allowed")
    parser.add_argument("--no-sandbox", action="store_true", help="prove nothing")
    parser.add_argument("--sandbox-url", help="a throw-away server for the proofs")
    parser.add_argument("--jobs", type=int, default=2, help="reviews at the same time")
    given = parser.parse_args()
    options = ["--no-sandbox"] if given.no_sandbox else []
    options += ["--sandbox-url", given.sandbox_url] if given.sandbox_url else []
    paths = sorted((HERE / "files").glob("*.py"))
    names = given.names or ["*"]
    cases = [read(p) for p in paths if any(fnmatch.fnmatch(p.name, name) for name in names)]
    score = Score(files=len(cases), clean=[case.name for case in cases if not case.labels])
    with ThreadPoolExecutor(given.jobs) as pool:
        for case, found in zip(
            cases, pool.map(lambda case: review(case, options), cases), strict=True
        ):
            if isinstance(found, str):
                score.broken.append(f"{case.name}: {found}")
                score.missed += case.labels
            else:
                compare(case, found, score)
    sys.exit(_told(score))


def _told(score: Score) -> int:
    """Prints the score; gives the exit status."""
    reasons = _reasons()
    strict = {rule.name for rule in all_rules() if rule.severity == "error" or rule.security}
    for title, marks in (("missed", score.missed), ("false alarm", score.alarms)):
        for mark in sorted(marks):
            why = reasons.get(str(mark))
            print(f"{title}: {mark}" + (f" ({why})" if why else ""))
    for text in score.broken:
        print(f"not reviewed: {text}")
    _table(score)
    grave = [label for label in (*score.found, *score.missed) if label.rule in strict]
    graves = sum(label.rule in strict for label in score.found)
    total = len(score.found) + len(score.missed)
    disturbed = {mark.file for mark in score.alarms}.intersection(score.clean)
    print(f"{score.files} files, {len(score.clean)} of them clean, {total} labels")
    print(f"error and security rules: {graves} of {len(grave)} found")
    print(f"all rules: {len(score.found)} of {total} found")
    print(f"false alarms: {len(score.alarms)}; clean files with one: {len(disturbed)}")
    print(f"remarks without a label: {len(score.remarks)} {dict(_counted(score.remarks))}")
    good = not disturbed and not score.broken and graves == len(grave)
    return 0 if good and len(score.found) >= LEAST * total else 1


def _table(score: Score) -> None:
    found, missed, alarms = map(_counted, (score.found, score.missed, score.alarms))
    print(f"{'rule':34} {'found':>5} {'missed':>6} {'alarms':>6}")
    for rule in sorted({*found, *missed, *alarms}):
        print(f"{rule:34} {found[rule]:5} {missed[rule]:6} {alarms[rule]:6}")


def _counted(marks: Iterable[Mark]) -> Counter[str]:
    return Counter(mark.rule for mark in marks)


def _reasons() -> dict[str, str]:
    """What is known to be wrong, by file, line and rule, with the reason."""
    path = HERE / "wrong.toml"
    if not path.exists():
        return {}
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    return {f"{file}:{key}": why for file, entries in told.items() for key, why in entries.items()}


if __name__ == "__main__":
    main()
