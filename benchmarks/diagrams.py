"""Draws schemas of 10 to 1,000 tables; prints time, size, crossings, and growth.

    python benchmarks/diagrams.py [--seeds 3] [--parser]

"layered" is the layout of the extra `diagram`, "plain" the one without it, "at once" the library's
own picture of the whole schema without groups. Crossings are counted between all drawn lines, the
bundles of keys between groups too. `--parser` has Mermaid's own parser, fetched with npm, read the
Mermaid text of every schema, and of names that are hard to quote.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.render.schemas import grown
from tests.render.test_diagram import ODD, odd

from dbwright.render.diagram import layered, render_diagram
from dbwright.render.diagram.arrangement import Point
from dbwright.render.diagram.contents import diagram_of
from dbwright.render.diagram.measures import sheet
from dbwright.render.diagram.placing import placed
from dbwright.render.diagram.values import Diagram

COUNTS = (10, 50, 200, 500, 1000)
MERMAID = "mermaid@11"
Line = Sequence[Point]


def crossings(paths: Sequence[Line]) -> int:
    """Gives how often a level part of one path crosses an upright part of another."""
    level, upright = [], []
    for number, path in enumerate(paths):
        for (ax, ay), (bx, by) in pairwise(path):
            if abs(ay - by) < 0.1:
                level.append((ay, min(ax, bx), max(ax, bx), number))
            else:
                upright.append((ax, min(ay, by), max(ay, by), number))
    return sum(
        left < x < right and top < y < bottom and a != b
        for y, left, right, a in level
        for x, top, bottom, b in upright
    )


def grouped(diagram: Diagram, plain: bool) -> list[Line]:
    """Gives the paths of a picture as it is drawn."""
    picture = placed(diagram, plain=plain)
    return [path for _, path in (*picture.edges, *picture.bundles)]


def at_once(diagram: Diagram) -> list[Line]:
    """Gives the paths of the library's picture of everything in one."""
    number = {box.key: n for n, box in enumerate(diagram.boxes)}
    sheets = [sheet(box) for box in diagram.boxes]
    pairs = [(number[edge.parent], number[edge.child]) for edge in diagram.edges]
    return list(layered.in_layers([(s.width, s.height) for s in sheets], pairs, "leftright").paths)


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Gives the CPU seconds of a piece of work, with what it gave."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def measure(count: int, seeds: int) -> None:
    """Prints the medians of schemas of one size."""
    diagrams = [diagram_of(grown(count, seed)) for seed in range(1, seeds + 1)]
    edges = statistics.median(len(diagram.edges) for diagram in diagrams)
    print(f"{count:>5} tables, {edges:.0f} keys")
    for name, plain in (("layered", False), ("plain", True)):
        runs = [timed(partial(render_diagram, d, "svg", plain=plain)) for d in diagrams]
        seconds = statistics.median(spent for spent, _ in runs)
        size = statistics.median(len(str(text)) for _, text in runs) / 1000
        crossed = statistics.median(crossings(grouped(d, plain)) for d in diagrams)
        print(f"      {name:<8} {seconds:6.2f} s  {size:6.0f} kB  {crossed:6.0f} crossings")
    if count <= 200:
        runs = [timed(partial(at_once, d)) for d in diagrams]
        seconds = statistics.median(spent for spent, _ in runs)
        crossed = statistics.median(crossings(paths) for _, paths in runs)  # type: ignore[arg-type]
        print(f"      at once  {seconds:6.2f} s             {crossed:6.0f} crossings")


def parse() -> int:
    """Has Mermaid's parser read the diagrams; gives its status."""
    schemas = [grown(count) for count in (1, 10, 50, 200)] + [odd([name]) for name in ODD]
    texts = [render_diagram(diagram_of(found), "mermaid") for found in (*schemas, odd(ODD))]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(Path(__file__).parent / "mermaid_parser.mjs", folder)
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", MERMAID, "jsdom"]
        subprocess.run(install, cwd=folder, check=True)
        done = subprocess.run(
            ["node", "mermaid_parser.mjs"],
            cwd=folder,
            input=json.dumps(texts),
            text=True,
            check=False,
        )
    return done.returncode


def main() -> int:
    """Measures; gives the status of the parser where it was asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--parser", action="store_true")
    given = parser.parse_args()
    if not layered.is_there():
        print("the extra `diagram` is not installed: pip install 'dbwright[diagram]'")
        return 2
    for count in COUNTS:
        measure(count, given.seeds)
    return parse() if given.parser else 0


if __name__ == "__main__":
    sys.exit(main())
