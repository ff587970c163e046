"""Requests that change models, over small projects of each style: what came of them, judged.

    python benchmarks/models_change/run.py [--only blog legacy …] [--words preferences]

Right is: the diff, the mappers and the catalog hold what the case demands, both sides of each
relationship are there, no comment of the diff is lost, the review is silent on what was added,
the revision leaves nothing to autogenerate; and what has to be refused or asked is, with nothing
changed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from bench_judge import judged
from bench_projects import prepared
from requests import CASES
from requests_more import CASES as MORE_CASES
from requests_others import CASES as OTHER_CASES


def main() -> None:
    """Runs the cases that were named, and prints a line for each and the sums."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[], metavar="PROJECT")
    parser.add_argument("--more", action="store_true", help="Only those of requests_more.py.")
    parser.add_argument("--on", nargs="*", default=[], metavar="DATABASE")
    parser.add_argument("--mariadb", default="", metavar="URL", help="A throw-away server.")
    parser.add_argument("--words", nargs="*", default=[""], metavar="TEXT")
    arguments = parser.parse_args()
    chosen = [
        case
        for case in (() if arguments.more else CASES)
        + MORE_CASES
        + (() if arguments.more else OTHER_CASES)
        if (case.database != "mariadb" or arguments.mariadb)
        and (not arguments.on or case.database in arguments.on)
        and (not arguments.only or case.project in arguments.only)
        and any(text in case.words for text in arguments.words)
    ]
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        ready: dict[str, Path] = {}
        for number, case in enumerate(chosen):
            name = case.project
            if case.database != "postgresql":
                name = f"{name}-{case.database}"
            if name not in ready:
                server = arguments.mariadb if case.database == "mariadb" else ""
                ready[name] = prepared(case.project, Path(folder) / name, case.database, server)
            begun = time.monotonic()
            try:
                wrong = judged(case, ready[name], Path(folder) / f"case{number}", arguments.mariadb)
            except Exception as error:  # one case must not end the run
                wrong = [f"{type(error).__name__}: {error}"]
            total[name] += 1
            right[name] += not wrong
            mark = "✗" if wrong else "✓"
            took = time.monotonic() - begun
            print(f"{mark} {name:20} {took:4.0f} s  {case.words[:70]}", flush=True)
            for why in wrong:
                print(f"      {why}"[:400], flush=True)
    for name in total:
        print(f"{name:20} {right[name]} of {total[name]}")
    print(f"{'all':20} {sum(right.values())} of {sum(total.values())} right")


if __name__ == "__main__":
    main()
