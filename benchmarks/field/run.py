"""Measures `dbwright check --all` on the field set, unseeded and seeded.

    python run.py FOLDER PROGRAM [--each] [--save DIR] [PROJECT ...]

FOLDER is the one that prepare.py filled, PROGRAM the dbwright to run. Each project is reviewed as
it is and with its 20 faults planted; `--each` also plants every fault alone, those included that
would hide others. `--save` keeps the JSON reports for reading by hand. The table names the
faults that were missed. Findings that are in the unseeded report are never counted as found.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faults
import prepare

LIMIT = 1800


@dataclass(frozen=True)
class Run:
    """One run of the program: its report, exit status, seconds and last line of stderr."""

    report: dict[str, Any]
    status: int
    seconds: float
    stderr: str

    @property
    def recommendations(self) -> list[dict[str, Any]]:
        """The report's recommendations."""
        found: list[dict[str, Any]] = self.report.get("recommendations", [])
        return found


def check(program: str, root: Path, project: dict[str, Any]) -> Run:
    """Runs the program in a checkout; a report that is no JSON counts as a crash."""
    environment = {**os.environ, **project.get("environment", {})}
    environment.pop("VIRTUAL_ENV", None)
    command = [program, "check", "--all", "--format", "json", *project.get("arguments", [])]
    started = time.monotonic()
    try:
        out = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=LIMIT
        )
    except subprocess.TimeoutExpired:
        return Run({"crash": f"not done after {LIMIT} s"}, -1, LIMIT, "")
    seconds = time.monotonic() - started
    try:
        report = json.loads(out.stdout)
    except json.JSONDecodeError:
        report = {"crash": out.stdout[:200]}
    last = (out.stderr.strip().splitlines() or [""])[-1]
    return Run(report, out.returncode, seconds, last)


def seeded(home: Path, project: dict[str, Any], names: list[str]) -> Path:
    """A fresh copy of the checkout with the faults planted."""
    root = home / "seeded"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(home / "project", root, symlinks=True)
    faults.plant_all(root, project, names)
    return root


def level(recommendation: dict[str, Any]) -> str:
    """How far the recommendation is proved."""
    proof = recommendation.get("proof") or {}
    return str(proof.get("level", "none"))


def planted_lines(fault: faults.Fault, root: Path) -> set[int]:
    """The lines of the model's file that the fault brought in."""
    if not fault.file:
        return set()
    text, lines = (root / fault.file).read_text(), set[int]()
    for part in [fault.append, *(e["new"] for e in fault.edits if "file" not in e)]:
        start = text.find(part.strip("\n")) if part.strip() else -1
        if start >= 0:
            first = text.count("\n", 0, start) + 1
            lines |= set(range(first, first + part.strip("\n").count("\n") + 1))
    return lines


def owners(fault: faults.Fault) -> set[str]:
    """The names of the table or class that the fault is in."""
    classes = re.findall(r"^class (\w+)", fault.append, re.M)
    return {fault.object.rsplit(".", 1)[0], *classes}


def same_place(fault: faults.Fault, item: dict[str, Any], root: Path) -> bool:
    """Whether a recommendation is about the fault's revision, planted lines, or object."""
    place = item.get("location") or {}
    file = str(place.get("file") or "")
    if fault.job == "migrations":
        return place.get("revision") == fault.revision or file.endswith(fault.revision_file)
    if file.endswith(fault.file) and place.get("line") in planted_lines(fault, root):
        return True
    said = " ".join([str(place.get("object") or ""), str(item.get("message") or "")])
    said += " " + json.dumps(effects(item))
    return fault.object.rsplit(".", 1)[-1] in said and any(o in said for o in owners(fault))


def effects(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The claims of a recommendation."""
    found: list[dict[str, Any]] = item.get("effects") or item.get("claims") or []
    return found


def named(words: list[str], rule: str) -> bool:
    """Whether one of the words is the rule's name or a whole part of it."""
    rule = rule.replace("_", "-")
    return any(f"-{word}-" in f"-{rule}-" for word in words)


def found(
    fault: faults.Fault, items: list[dict[str, Any]], accept: dict[str, Any], root: Path
) -> bool:
    """Whether one of the recommendations counts as having seen the fault."""
    words = accept[fault.idea]
    for item in items:
        kinds = {str(e.get("claim") or e.get("kind")) for e in effects(item)}
        hit = named(words["rules"], str(item.get("rule"))) or kinds & set(words["claims"])
        if hit and same_place(fault, item, root):
            return True
    return False


def fresh(run: Run, base: Run) -> list[dict[str, Any]]:
    """The recommendations that the unseeded report does not have."""

    def key(item: dict[str, Any]) -> tuple[str, ...]:
        place = item.get("location") or {}
        parts = (item.get("rule"), place.get("file"), place.get("object"), place.get("revision"))
        return tuple(str(part) for part in parts)

    known = {key(item) for item in base.recommendations}
    return [item for item in run.recommendations if key(item) not in known]


def shares(run: Run) -> str:
    """Of the errors and warnings: how many at each level of proof."""
    weighty = [r for r in run.recommendations if r.get("severity") in ("error", "warning")]
    counts = Counter(level(r) for r in weighty)
    total = max(len(weighty), 1)
    return ", ".join(f"{name} {count} ({100 * count // total} %)" for name, count in counts.items())


def show(title: str, run: Run) -> None:
    """Prints what one run said."""
    summary = run.report.get("summary") or {}
    severities = Counter(str(r.get("severity")) for r in run.recommendations)
    ran = f"{summary.get('revisions_run', '?')} of {summary.get('revisions', '?')}"
    print(f"\n{title}: status {run.status}, {run.seconds:.1f} s, revisions executed {ran}")
    if "crash" in run.report or run.status not in (0, 1, 3):
        print(f"  no usable report: {run.report.get('crash', '')} {run.stderr}")
    for text in ("error", "warning", "info"):
        print(f"  {text:8} {severities.get(text, 0)}")
    print(f"  proof    {shares(run) or 'nothing to prove'}")
    print(f"  not verified {len(run.report.get('unverified', []))}")


def save(folder: Path | None, name: str, run: Run) -> None:
    """Keeps a report for reading by hand."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(run.report, indent=1) + "\n")


def measure(project: dict[str, Any], home: Path, arguments: argparse.Namespace) -> None:
    """Reviews one project as it is and seeded, and prints both."""
    accept, name = faults.accepted(), project["name"]
    base = check(arguments.program, home / "project", project)
    show(f"{name}", base)
    save(arguments.save, name, base)
    root = seeded(home, project, [])
    run = check(arguments.program, root, project)
    show(f"{name}, seeded", run)
    save(arguments.save, f"{name}-seeded", run)
    items = fresh(run, base)
    together = [f for f in faults.faults(name) if not f.alone]
    missed = [f for f in together if not found(f, items, accept, root)]
    print(f"  found    {len(together) - len(missed)} of {len(together)}")
    for fault in missed:
        print(f"  missed   {fault.id} {fault.idea} {fault.object}: {fault.expect}")
    if arguments.each:
        each(project, home, base, arguments)


def each(project: dict[str, Any], home: Path, base: Run, arguments: argparse.Namespace) -> None:
    """Plants every fault alone and prints whether it was found."""
    accept = faults.accepted()
    for fault in faults.faults(project["name"]):
        root = seeded(home, project, [fault.id])
        run = check(arguments.program, root, project)
        seen = "found " if found(fault, fresh(run, base), accept, root) else "missed"
        save(arguments.save, fault.id, run)
        print(f"  alone    {seen} {fault.id} {fault.idea} ({run.seconds:.1f} s)")


def main() -> None:
    """Reads the command line and measures the projects."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path)
    parser.add_argument("program", help="the dbwright to measure")
    parser.add_argument("projects", nargs="*")
    parser.add_argument("--each", action="store_true", help="also plant every fault alone")
    parser.add_argument("--save", type=Path, help="folder for the JSON reports")
    arguments = parser.parse_args()
    arguments.program = shutil.which(arguments.program) or arguments.program
    arguments.program = str(Path(arguments.program).absolute())
    for project in prepare.projects(arguments.projects):
        measure(project, arguments.folder.absolute() / project["name"], arguments)


if __name__ == "__main__":
    main()
