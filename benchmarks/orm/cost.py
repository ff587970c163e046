"""What watching costs: each query with no tool, dbwright and the peers, in turn; and memory.

    python cost.py FOLDER [--tool NAME]... [--rounds N] [--memory]

FOLDER is what prepare.py filled. Each tool is measured in its own environment, with a process that
takes turns: a round without the tool, one with it, and so on, so that both see the same machine. A
figure is CPU time of the process per query in microseconds, the least of the rounds, on SQLite in
memory, where a query costs least; `median` is that of what the pairs cost more, which others on
the machine make larger. `off` is after the tool has ended.
`--memory` runs a million statements of one shape, and 1,000 to 20,000 shapes, under dbwright.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import score
from program import HERE

TOOLS = ("dbwright", "queryspy", "pytest-queryguard", "pytest-querycount", "nplusone")


def main() -> int:
    """Measures the tools, one process after the other, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("--tool", action="append", choices=TOOLS)
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--memory", action="store_true")
    given = parser.parse_args()
    if given.memory:
        for line in inside("dbwright", given.folder, ["memory"]):
            print(line)
        return 0
    rows = [("tool", "query", "without", "with", "more", "median", "off")]
    for tool in given.tool or TOOLS:
        for line in inside(tool, given.folder, [str(given.rounds)]):
            rows.append((tool, *json.loads(line)))
        print(f"{tool}: measured", file=sys.stderr)
    print(score.table(rows))
    return 0


def inside(tool: str, folder: Path, arguments: list[str]) -> list[str]:
    """The lines that `spent.py` prints in a tool's own environment."""
    own = folder / tool / "bin" / "python"
    python = str(own) if own.exists() else sys.executable  # dbwright's: where this runs
    paths = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    command = [python, str(HERE / "spent.py"), tool, *arguments]
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        print(f"{tool}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
