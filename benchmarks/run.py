"""Measures start-up, the static review and a whole check; prints medians, ratios and growth.

    python benchmarks/run.py [--quick]

Times are CPU seconds (user and system, children included) for start-up and wall seconds for the
rest. A figure is the median of the runs it names; peers run in turn with us.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import project

CLICK = """
import click
@click.group()
def cli():
    pass
for name in ("check", "ask", "models", "migrations", "queries", "rule", "install", "demo"):
    cli.command(name)(lambda: None)
cli()
"""


def main() -> None:
    """Runs all measurements."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the script")
    quick = parser.parse_args().quick
    program = [sys.executable, "-m", "dbwright"]
    _start_up(program, 5 if quick else 15)
    for size in (10, 100) if quick else (10, 100, 1000):
        _static(program, size)
    _whole(program, 10 if quick else 100, 30 if quick else 300)


def _start_up(program: Sequence[str], runs: int) -> None:
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(runs):
        ours.append(_cpu([*program, "--help"]))
        bare.append(_cpu([sys.executable, "-c", CLICK, "--help"]))
    us, click = statistics.median(ours), statistics.median(bare)
    code = (
        "import sys; sys.argv = ['dbwright', '--help']\n"
        "from dbwright.frontends.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('heavy:', [m for m in ('sqlalchemy', 'alembic', 'rich', 'libcst') "
        "if m in sys.modules], file=sys.stderr)"
    )
    heavy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr
    print(
        f"start-up: dbwright --help {us * 1000:.0f} ms CPU, bare click {click * 1000:.0f} ms, "
        f"{us / click:.2f} x (median of {runs}); {heavy.strip()}"
    )


def _static(program: Sequence[str], size: int) -> None:
    with _folder() as folder:
        root = folder / "p"
        project.write(root, size, size)
        seconds = _median(lambda: _run([*program, "check", "--all", "--no-sandbox"], root), 3)
        print(f"static: {size} models, {size} revisions: {seconds:.2f} s (median of 3)")


def _whole(program: Sequence[str], models: int, revisions: int) -> None:
    with _folder() as folder:
        root = folder / "p"
        project.write(root, models, revisions)
        cache = {"XDG_CACHE_HOME": str(folder / "cache")}
        first = _run([*program, "check"], root, cache)
        warm = _median(lambda: _run([*program, "check"], root, cache), 3)
        static = _median(lambda: _run([*program, "check", "--no-sandbox"], root, cache), 3)
        print(
            f"check: {models} models, {revisions} revisions, one new: first {first:.1f} s, "
            f"warm {warm:.1f} s (median of 3), static part {static:.1f} s"
        )


def _folder() -> Folder:
    return Folder()


class Folder:
    """A temporary folder that an unprivileged server may enter."""

    def __enter__(self) -> Path:
        self.path = Path(tempfile.mkdtemp(prefix="dbwright-bench-"))
        self.path.chmod(0o755)
        return self.path

    def __exit__(self, *error: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def _cpu(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(command: Sequence[str], folder: Path, extra: dict[str, str] | None = None) -> float:
    started = time.monotonic()
    done = subprocess.run(
        [*command, "--format", "json", "-q"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, **(extra or {})},
    )
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return time.monotonic() - started


def _median(measure: Callable[[], float], runs: int) -> float:
    return statistics.median(measure() for _ in range(runs))


if __name__ == "__main__":
    main()
