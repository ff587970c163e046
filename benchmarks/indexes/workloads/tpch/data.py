"""Makes TPC-H's rows with tpchgen-cli from the tools' folder, at SCALE."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SCALE = "0.15"
TABLES = ("region", "nation", "supplier", "part", "partsupp", "customer", "orders", "lineitem")


def rows(tools: Path) -> Iterator[tuple[str, str, Iterator[tuple[str, ...]]]]:
    """Each table, all its columns, and its rows, in an order that the keys allow."""
    program = tools / "tpchgen" / "bin" / "tpchgen-cli"
    if not program.exists():
        raise SystemExit("TPC-H's rows need tpchgen-cli: python prepare.py FOLDER tpchgen")
    folder = Path(tempfile.mkdtemp(prefix="tpch-"))
    try:
        command: list[str | Path] = [program, "-s", SCALE, "--output-dir", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for table in TABLES:
            yield table, "", lines(folder / f"{table}.tbl")
    finally:
        shutil.rmtree(folder)


def lines(file: Path) -> Iterator[tuple[str, ...]]:
    """A file's rows; each ends with a bar."""
    with file.open(encoding="utf-8") as opened:
        for line in opened:
            yield tuple(line[:-2].split("|"))
