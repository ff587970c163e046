"""Verifies every label of the set by running it.

    python check.py FOLDER --postgresql URL --mariadb URL [--program TEXT]... [--save]

A bad program must cost what its label says before and after its fix, and give the same with it; a
good one must cost what its label says. What does not hold is printed, and the status is 1; what
could not be run for want of a server is counted. `--save` writes `measured.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import program as programs
import sources
from execute import Outcome, executed, module_of
from place import Places
from program import Program

RESULTS = Path(__file__).parent / "measured.json"
LEAST = 2  # a fix saves at least this much, where the label says nothing else


def main() -> int:
    """Checks the programs chosen on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("--postgresql", default="", help="URL of a server; a superuser")
    parser.add_argument("--mariadb", default="", help="URL of a server; its root")
    parser.add_argument("--program", action="append", default=[], help="a part of a name")
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    places = Places(given.folder, given.postgresql, given.mariadb)
    chosen = [
        each
        for each in programs.load()
        if not given.program or any(part in each.name for part in given.program)
    ]
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    wrong = missing = runs = 0
    try:
        for each in chosen:
            try:
                figures, said = checked(each, places)
            except Exception as problem:  # the set's own fault: told, and the rest goes on
                figures, said = {}, [f"{type(problem).__name__}: {problem}"]
            missing += len(each.on) - len(figures)
            runs += len(figures)
            wrong += bool(said)
            for line in said:
                print(f"{each.name}: {line}", flush=True)
            kept[each.name] = figures
            if given.save:
                RESULTS.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n")
    finally:
        places.close()
    counts = Counter("bad" if each.bad else "good" for each in chosen)
    print(f"{counts['bad']} bad, {counts['good']} good, {runs} databases; {wrong} wrong")
    if missing:
        print(f"{missing} not run for want of a server")
    return 1 if wrong else 0


def checked(each: Program, places: Places) -> tuple[dict[str, Any], list[str]]:
    """The figures of a program on each database, and what is wrong with its label."""
    figures: dict[str, Any] = {}
    said: list[str] = []
    if each.label.get("run") == "source":
        return {driver: {} for driver in each.on}, sources.wrong(each)
    for driver in each.on:
        if not places.there(driver):
            continue
        before = ran(each, each.asked(), places.empty(driver), [])
        found = {"before": figure(each, before)}
        if each.bad:
            after = ran(each, each.fixed(), places.empty(driver), each.options())
            found["after"] = figure(each, after)
            problems = compared(each, driver, before, after)
        else:
            problems = unfixed(each, driver, before)
        figures[driver] = found
        said += [f"{driver}: {line}" for line in problems]
    return figures, said


def ran(each: Program, source: str, url: str, options: list[tuple[str, str]]) -> Outcome:
    """One run of a program; an error before its work is a failure of the set."""
    measure = each.label.get("measure", "statements")
    return executed(module_of(source, str(each.path)), url, options=options, measure=measure)


def figure(each: Program, outcome: Outcome) -> dict[str, Any]:
    """What is kept of a run."""
    told = {name: count for name, count in asdict(outcome.cost).items() if count}
    told.pop("held", None)
    if each.label.get("measure") == "held":
        told["held"] = outcome.cost.held
    return {**told, **({"error": outcome.error} if outcome.error else {})}


def compared(each: Program, driver: str, before: Outcome, after: Outcome) -> list[str]:
    """What does not hold of a bad program's label."""
    said = []
    measure = each.label.get("measure", "statements")
    costs = [getattr(outcome.cost, measure) for outcome in (before, after)]
    wanted = [expected(each, key, driver) for key in ("before", "after")]
    if measure == "held":
        if not (costs[0] >= wanted[0] > costs[1]):
            said.append(f"held {costs}, the label says {wanted}")
    elif costs != wanted:
        said.append(f"{measure} {costs}, the label says {wanted}")
    counted = measure in ("statements", "rows", "commits", "flushes") and "raises" not in each.label
    if counted and costs[0] - costs[1] < each.label.get("least", LEAST):
        said.append(f"the fix saves {costs[0] - costs[1]}")
    said += errors(each, driver, before, after)
    if "result" in each.label or each.label.get("raises"):
        for outcome, key in ((before, "result"), (after, "result_fixed")):
            if key in each.label and outcome.value != each.label[key]:
                said.append(f"{key} is {outcome.value!r}")
    elif before.value != after.value or before.tables != after.tables:
        said.append(f"not the same: {before.value!r} {after.value!r}"[:400])
    if before.value in (None, [], 0) and before.error == "":
        said.append("it gives nothing")
    return said


def unfixed(each: Program, driver: str, outcome: Outcome) -> list[str]:
    """What does not hold of a good program's label."""
    said = errors(each, driver, outcome, Outcome(error=each.label.get("raises_fixed", "")))
    measure = each.label.get("measure", "statements")
    cost, wanted = getattr(outcome.cost, measure), expected(each, "before", driver)
    if cost != wanted:
        said.append(f"{measure} {cost}, the label says {wanted}")
    if outcome.value in (None, []):
        said.append("it gives nothing")
    return said


def errors(each: Program, driver: str, before: Outcome, after: Outcome) -> list[str]:
    """Errors that the label does not tell, and the other way round."""
    said = []
    for outcome, key in ((before, "raises"), (after, "raises_fixed")):
        wanted = expected(each, key, driver) or ""  # versions of SQLAlchemy may differ
        if outcome.error not in (wanted if isinstance(wanted, list) else [wanted]):
            said.append(f"{key} {outcome.error or 'nothing'}")
    return said


def expected(each: Program, key: str, driver: str) -> Any:
    """A figure of the label, for one database where it has its own."""
    value = each.label.get(key, 0)
    return value.get(driver, value.get("else", 0)) if isinstance(value, dict) else value


if __name__ == "__main__":
    began = time.monotonic()
    status = main()
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    sys.exit(status)
