"""What watching costs: each query with no tool, dbwright and the peers, in turn; and memory.

    python cost.py FOLDER [--tool NAME]... [--rounds N] [--url URL] [--counted] [--memory]

FOLDER is what prepare.py filled. Each tool is measured in its own environment, with a process that
takes turns with another one in which no tool ever was. A figure is CPU time per query in
microseconds, the least of the rounds, on SQLite in memory, where a query costs least: `first` is
the first thousand under a tool, in which it learns the statement and the lines, `then` the second,
`median` that of what the pairs of `then` cost more, which others on the machine make larger, and
`off` after the tool has ended.
`--url` names another database, of whose queries the tool's process alone is counted.
`--counted` counts the processor's instructions under valgrind instead, which others on the machine
change nothing of: thousands per query.
`--memory` runs a million statements of one shape, and 1,000 to 20,000 shapes, under dbwright.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import score
import spent
from program import HERE

TOOLS = (
    "listeners", "dbwright", "queryspy", "pytest-queryguard", "pytest-querycount", "nplusone",
)  # fmt: skip
"""`listeners` are two of SQLAlchemy's events that do nothing."""
TIMES = 300
"""Queries of a part that is counted."""


def main() -> int:
    """Measures the tools, one process after the other, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("--tool", action="append", choices=TOOLS)
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--url", default="sqlite://")
    parser.add_argument("--counted", action="store_true")
    parser.add_argument("--memory", action="store_true")
    given = parser.parse_args()
    os.environ["COST_URL"] = given.url
    if given.memory:
        for line in inside("dbwright", given.folder, ["memory"]):
            print(line)
        return 0
    head = ("first", "then") if given.counted else ("first", "then", "median", "off")
    rows = [("tool", "query", "without", *head)]
    for tool in given.tool or TOOLS:
        if given.counted:
            rows += [(tool, *line) for line in counted(tool, given.folder)]
        else:
            lines = inside(tool, given.folder, [str(given.rounds)])
            rows += [(tool, *json.loads(line)) for line in lines]
        print(f"{tool}: measured", file=sys.stderr)
    print(score.table(rows))
    return 0


def counted(tool: str, folder: Path) -> list[tuple[str, ...]]:
    """What each query costs without and with a tool, in thousands of instructions."""
    without, under = instructions("none", tool, folder), instructions(tool, tool, folder)
    rows = []
    for number, work in enumerate(spent.QUERIES):
        plain, told = without[2 * number + 1], under[2 * number : 2 * number + 2]
        shares = [f"{each / plain - 1:+.1%}" for each in told]
        rows.append((work.__doc__ or "", f"{plain / TIMES / 1000:.1f}", *shares))
    return rows


def instructions(tool: str, environment: str, folder: Path) -> list[int]:
    """The instructions of each part, first and then, of each query."""
    with tempfile.TemporaryDirectory() as place:
        before = ["valgrind", "--tool=callgrind", "--dump-before=gc_freeze"]
        before += [f"--callgrind-out-file={place}/out", f"--log-file={place}/log"]
        inside(environment, folder, ["counted", str(TIMES)], before=before, tool=tool)
        dumps = sorted(Path(place).glob("out.*"), key=lambda each: int(each.suffix[1:]))
        found = [re.search(r"^totals: (\d+)", each.read_text(), re.MULTILINE) for each in dumps]
    return [int(each[1]) for each in found if each][1 : 1 + 2 * len(spent.QUERIES)]


def inside(
    environment: str,
    folder: Path,
    arguments: list[str],
    before: Sequence[str] = (),
    tool: str = "",
) -> list[str]:
    """The lines that `spent.py` prints in a tool's own environment."""
    own = folder / environment / "bin" / "python"
    python = str(own) if own.exists() else sys.executable  # dbwright's: where this runs
    paths = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    command = [*before, python, str(HERE / "spent.py"), tool or environment, *arguments]
    given = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, capture_output=True, text=True, env=given, check=False)
    if done.returncode:
        print(f"{environment}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
