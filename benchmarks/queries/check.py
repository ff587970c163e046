"""Verifies every label of the set by running it.

    python check.py FOLDER [--group NAME] [--kind KIND] [--case TEXT]... [--pg-bin DIR] [--save]

A slow query must gain by its fix, with the rows that the label says; a fine one must gain nothing
from the tempting advice; a trap's rewrite must differ from the query on the witness, in the way the
label says. What does not hold is printed, and the status is 1. `--save` writes `measured.json`.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import casefile
import psycopg
from casefile import Case
from measure import Measured, PostgreSQL, SQLite
from places import Places
from server import HERE, bundled, started

GAIN = 1.5  # a slow query gains at least this, in CPU or in work with some CPU
SOME = 1.1
LEAST, PAGES = 0.5, 1000  # milliseconds or buffers that a slow query takes at least
NOTHING = 1.5  # a fine query gains less than this
NOTICEABLE = 0.3  # milliseconds whose loss on a fine query nobody notices
RESULTS = HERE / "measured.json"


def main() -> int:
    """Checks the cases chosen on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("--group", choices=casefile.GROUPS)
    parser.add_argument("--kind", choices=casefile.KINDS)
    parser.add_argument("--case", action="append", default=[], help="a part of a case's name")
    parser.add_argument("--pg-bin", type=Path)
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    groups = (given.group,) if given.group else casefile.GROUPS
    kinds = (given.kind,) if given.kind else casefile.KINDS
    cases = [
        case
        for case in casefile.load(groups, kinds)
        if not given.case or any(part in case.label for part in given.case)
    ]
    with started(given.folder, given.pg_bin or bundled()) as server:
        results = checked(cases, Places(server, given.folder))
    if given.save:
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        kept |= results
        if not given.group:
            known = {case.label for case in casefile.load()}
            kept = {label: figures for label, figures in kept.items() if label in known}
        kept = {label: kept[label] for label in sorted(kept)}
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
    wrong = [label for label, result in results.items() if result["problem"]]
    print(f"{len(results)} cases, {len(results) - len(wrong)} hold")
    for label in wrong:
        print(f"  {label}: {results[label]['problem']}")
    return 1 if wrong else 0


def checked(cases: list[Case], places: Places) -> dict[str, dict[str, Any]]:
    """What each case showed; a case that breaks off is a problem of its own."""
    results = {}
    for case in cases:
        began = time.monotonic()
        try:
            result = CHECKS[case.kind](case, places)
        except (psycopg.Error, casefile.CaseError, sqlite3.Error) as problem:
            result = {"problem": f"{type(problem).__name__}: {problem}".splitlines()[0]}
        results[case.label] = result
        shown = " ".join(f"{key}={value}" for key, value in result.items() if value != "")
        print(f"{case.label:58} {time.monotonic() - began:4.1f} s  {shown}", file=sys.stderr)
    return results


def slow(case: Case, places: Places) -> dict[str, Any]:
    """Before and after the fix, and whether the rows are what the label says."""
    before, after = places.compared(case, case.fix, case.rewrite or case.sql)
    cpu, work = before.gain(after)
    problems = []
    if not (cpu >= GAIN or (work >= GAIN and cpu >= SOME)):
        problems.append("no gain")
    if before.cpu < LEAST and before.work < PAGES:
        problems.append("not slow")
    if not before.answer.rows and before.answer.columns and case.rows != "other":
        problems.append("no rows, which any rewrite keeps")
    told = before.answer.difference(after.answer, ordered=case.rows == "ordered")
    if (case.rows == "other") != bool(told):
        problems.append(f"rows: {case.rows} in the label, {told or 'no difference'} seen")
    return {**figures(before, after), "rows": case.rows, "problem": ", ".join(problems)}


def fine(case: Case, places: Places) -> dict[str, Any]:
    """Before and after the tempting advice, which must not help."""
    before, after = places.compared(case, case.fix, case.rewrite or case.sql)
    cpu, _ = before.gain(after)
    helped = cpu >= NOTHING and before.cpu - after.cpu > NOTICEABLE
    return {**figures(before, after), "problem": "the tempting advice helps" if helped else ""}


def figures(before: Measured, after: Measured) -> dict[str, Any]:
    """The figures of a pair, rounded."""
    cpu, work = before.gain(after)
    return {
        "before_ms": round(before.cpu, 3),
        "after_ms": round(after.cpu, 3),
        "before_work": int(before.work),
        "after_work": int(after.work),
        "gain": round(cpu, 1),
        "work_gain": round(work, 1),
    }


def trap(case: Case, places: Places) -> dict[str, Any]:
    """How the tempting rewrite differs: on the rows of the case, and on its witness."""
    seen = {}
    for witness in (False, True):
        place = places.made(case, witness=witness, own=True)
        try:
            with places.session(case, place) as session:
                seen[witness] = difference(case, session)
        finally:
            places.done(case, place)
    problem = (
        ""
        if seen[True] == case.differs
        else f"{case.differs} in the label, {seen[True] or 'nothing'} seen"
    )
    return {"usual_rows": seen[False] or "same", "witness": seen[True], "problem": problem}


def difference(case: Case, session: PostgreSQL | SQLite) -> str:
    """What sets the rewrite apart from the query; `error` when only the rewrite fails."""
    ordered = case.differs == "order"
    original = session.answer(case.sql)
    try:
        return original.difference(session.answer(case.rewrite), ordered=ordered)
    except (psycopg.Error, sqlite3.Error):
        return "error"


CHECKS = {"slow": slow, "fine": fine, "trap": trap}

if __name__ == "__main__":
    sys.exit(main())
