"""32 kinds of model change: what `alembic revision --autogenerate` writes, run and judged.

Each kind (kinds/*.py) has the models before and after, rows, and what was meant where a guess
could lose data. A project is written with the models before, its database is migrated and filled,
the models change, and the real `alembic revision --autogenerate` runs: plain, with dbwright's hook
in env.py, and by `dbwright migrations new`. What it wrote goes up, down and up again.

Right is: the catalog equals the one that the models create, rows are as they should be, the
downgrade brings the catalog and the rows back, the second upgrade works; and, where the kind says
what was meant, nothing is written before it is said, and the refusal prints the options to say it
with.

    python benchmarks/autogenerate/run.py [--only enum_value_added …] [--tools plain hook new]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from bench_judge import Outcome, judged
from bench_kinds import Kind, kinds

from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice

TOOLS = ("plain", "hook", "new")
MARKS = {
    "right": "✓ right",
    "asks": "✓ asks, then right",
    "missed": "– not seen",
    "wrong": "✗ wrong",
}


def main() -> None:
    """Runs the kinds that were named under the tools that were named, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[], metavar="KIND")
    parser.add_argument("--tools", nargs="*", default=["plain", "hook"], choices=TOOLS)
    parser.add_argument("--keep", metavar="FOLDER", help="Write the projects here, and keep them.")
    arguments = parser.parse_args()
    chosen = [kind for kind in kinds() if not arguments.only or kind.name in arguments.only]
    results: dict[tuple[str, str], Outcome] = {}
    with tempfile.TemporaryDirectory() as folder, open_sandbox("postgresql", ServerChoice()) as box:
        for kind in chosen:
            for tool in arguments.tools:
                place = Path(arguments.keep or folder) / f"{kind.name}-{tool}"
                begun = time.monotonic()
                outcome = judged(kind, tool, place, box)
                results[kind.name, tool] = outcome
                took = time.monotonic() - begun
                told = f"{kind.name} {tool}: {outcome.mark} {took:.0f} s {outcome.why}"
                print(told.rstrip(), file=sys.stderr, flush=True)
    show(chosen, arguments.tools, results)


def show(chosen: list[Kind], tools: list[str], results: dict[tuple[str, str], Outcome]) -> None:
    """Prints a line for each kind, the sums, and why a result is not right."""
    print(f"{'kind of change':26}" + "".join(f"{tool:22}" for tool in tools))
    for kind in chosen:
        marks = [MARKS[results[kind.name, tool].mark] for tool in tools]
        print(f"{kind.name:26}" + "".join(f"{mark:22}" for mark in marks))
    for tool in tools:
        counts = Counter(results[kind.name, tool].mark for kind in chosen)
        right = counts["right"] + counts["asks"]
        print(
            f"{tool}: {right} of {len(chosen)} right ({counts['asks']} asked first), "
            f"{counts['missed']} not seen, {counts['wrong']} wrong"
        )
    for kind in chosen:
        for tool in tools:
            if results[kind.name, tool].why:
                print(f"  {kind.name}, {tool}: {results[kind.name, tool].why}")


if __name__ == "__main__":
    main()
