"""Measures start-up, reviews, queries, checks, rehearsals: CPU and wall seconds, growth.

    python benchmarks/run.py [--quick] [--only static ...]

CPU seconds are user and system time of the program and its children, without the database
server; they hold on a busy machine, where wall seconds do not. A figure is the least of the runs
it names: what others do on the machine only ever adds. Python may write its byte code, as it does
on a user's machine.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import project

PROGRAM = [sys.executable, "-m", "dbwright"]
PARTS = ("start", "file", "models", "static", "queries", "whole", "rehearse")
CLICK = """
import click
@click.group()
def cli():
    pass
for name in ("check", "ask", "models", "migrations", "queries", "rule", "install", "demo"):
    cli.command(name)(lambda: None)
cli()
"""
HEAVY = """
import sys
sys.argv = ["dbwright", "--help"]
from dbwright.frontends.cli import main
try:
    main()
except SystemExit:
    pass
names = ("sqlalchemy", "alembic", "rich", "libcst")
print([name for name in names if name in sys.modules], file=sys.stderr)
"""
FILE = """
import sys, time
from dbwright.api import check
from dbwright.core.options import Options
first, second = sys.argv[1:]
check(first, Options(sandbox=False))
before = time.process_time()
report = check(second, Options(sandbox=False))
print(time.process_time() - before, len(report.recommendations))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took."""

    cpu: float
    wall: float

    def __str__(self) -> str:
        return f"{self.cpu:.2f} s CPU, {self.wall:.2f} s wall"


def main() -> None:
    """Runs the measurements that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the script")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    given = parser.parse_args()
    print(f"load at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    if "start" in given.only:
        _start(5 if given.quick else 15)
    if "file" in given.only:
        _file(5)
    if "models" in given.only:
        _models((10, 100) if given.quick else (10, 100, 1000))
    if "static" in given.only:
        _static((10, 100) if given.quick else (10, 100, 1000))
    if "queries" in given.only:
        _queries(["--quick"] if given.quick else [])
    if "whole" in given.only:
        _whole(*((10, 30) if given.quick else (100, 300)))
    if "rehearse" in given.only:
        _rehearse((10, 30) if given.quick else (10, 100, 1000))
    print(f"load at the end: {os.getloadavg()[0]:.1f}")


def _start(runs: int) -> None:
    bare = [sys.executable, "-c", CLICK, "--help"]
    pairs = [(_cost([*PROGRAM, "--help"]), _cost(bare)) for _ in range(runs)]
    ours, click = (min(cost.cpu for cost in column) for column in zip(*pairs, strict=True))
    heavy = subprocess.run([sys.executable, "-c", HEAVY], capture_output=True, text=True).stderr
    print(
        f"start-up: dbwright --help {ours * 1000:.0f} ms CPU, bare click {click * 1000:.0f} ms, "
        f"{ours / click:.2f} x (least of {runs}); heavy modules: {heavy.strip()}"
    )


def _file(runs: int) -> None:
    """The file lies alone; what Python imports, and what it compiles, is start-up."""
    with _project(2, 30) as (root, _):
        found = sorted(root.glob("migrations/versions/*.py"), key=lambda path: path.stat().st_size)
        files = found[-2:]
        alone = [root.parent / path.name for path in files]
        for path, copy in zip(files, alone, strict=True):
            shutil.copy(path, copy)
        command = [sys.executable, "-c", FILE, *map(str, alone)]
        said = [subprocess.check_output(command, text=True).split() for _ in range(runs)]
        whole = _least(runs, ["check", "--no-sandbox", alone[1].name], root.parent)
    least = min(float(seconds) for seconds, _ in said)
    print(
        f"one file: {least * 1000:.0f} ms CPU after start-up, {said[0][1]} findings; "
        f"the command {whole} (least of {runs})"
    )


def _rehearse(sizes: Sequence[int]) -> None:
    """The newest of so many revisions, with ten models and rows in their tables."""
    for size in sizes:
        with _project(10, size) as (root, cache):
            command = ["migrations", "rehearse", "head"]
            first, warm = _least(1, command, root, cache), _least(3, command, root, cache)
        print(f"rehearse the newest of {size} revisions: first {first}; warm {warm} (least of 3)")


def _models(sizes: Sequence[int]) -> None:
    """Models alone, with their fixes, without a database and without revisions."""
    found: list[Cost] = []
    for size in sizes:
        with _project(size, size) as (root, _):
            shutil.rmtree(root / "migrations/versions")
            (root / "migrations/versions").mkdir()
            found.append(_least(3, ["models", "review", "--no-sandbox"], root))
        print(f"models: {size} reviewed: {found[-1]} (least of 3)")
    _tell_growth(sizes, found)


def _static(sizes: Sequence[int]) -> None:
    found: list[Cost] = []
    for size in sizes:
        with _project(size, size) as (root, _):
            found.append(_least(3, ["check", "--all", "--no-sandbox"], root))
        print(f"static: {size} models, {size} revisions: {found[-1]} (least of 3)")
    _tell_growth(sizes, found)


def _queries(more: Sequence[str]) -> None:
    """In a process of its own: what it imports and compiles is start-up."""
    for command in (["--help"], ["queries", "review", "--help"]):
        found = min(_cost([*PROGRAM, *command]).cpu for _ in range(5))
        print(f"queries: dbwright {' '.join(command)}: {found * 1000:.0f} ms CPU (least of 5)")
    folder = Path(tempfile.mkdtemp(prefix="dbwright-bench-"))
    try:
        folder.chmod(0o755)
        script = Path(__file__).parent / "query_cost.py"
        subprocess.run([sys.executable, str(script), str(folder), *more], check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tell_growth(sizes: Sequence[int], found: Sequence[Cost]) -> None:
    """The growth is told twice: as it is, and without what the smallest size costs."""
    base = found[0].cpu
    for number in range(1, len(sizes)):
        before, after = found[number - 1].cpu, found[number].cpu
        more = f", {(after - base) / (before - base):.1f} x beyond the start" if number > 1 else ""
        print(
            f"growth of CPU, {sizes[number - 1]} to {sizes[number]}: {after / before:.1f} x{more}"
        )


def _whole(models: int, revisions: int) -> None:
    with _project(models, revisions) as (root, cache):
        print(f"check: {models} models, {revisions} revisions, one new:")
        print(f"  first: {_least(1, ['check'], root, cache)}")
        print(f"  warm: {_least(3, ['check'], root, cache)} (least of 3)")
        static = _least(3, ["check", "--no-sandbox"], root, cache)
        print(f"  static part: {static} (least of 3)")


@contextlib.contextmanager
def _project(models: int, revisions: int) -> Iterator[tuple[Path, Path]]:
    """Gives a project and an empty cache, in a folder that an unprivileged server may enter."""
    folder = Path(tempfile.mkdtemp(prefix="dbwright-bench-"))
    try:
        folder.chmod(0o755)
        project.write(folder / "project", models, revisions)
        yield folder / "project", folder / "cache"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _least(runs: int, arguments: Sequence[str], folder: Path, cache: Path | None = None) -> Cost:
    command = [*PROGRAM, *arguments, "--format", "json", "-q"]
    found = [_cost(command, folder, cache) for _ in range(runs)]
    return Cost(min(cost.cpu for cost in found), min(cost.wall for cost in found))


def _cost(command: Sequence[str], folder: Path | None = None, cache: Path | None = None) -> Cost:
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    if cache is not None:
        variables["XDG_CACHE_HOME"] = str(cache)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


if __name__ == "__main__":
    main()
