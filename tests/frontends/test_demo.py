"""`dbwright demo`: the whole tour, with status 0, leaving nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from .conftest import dbwright


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """An environment whose temporary files are all below the test's folder."""
    folder = tmp_path / "t"
    folder.mkdir(mode=0o755)
    return os.environ | {"TMPDIR": str(folder), "COLUMNS": "80"}


def left(place: dict[str, str]) -> list[str]:
    return [p.name for p in Path(place["TMPDIR"]).glob("dbwright-demo-*")]


@pytest.mark.database
def test_tour_shows_every_job_and_ends_well(tour: str) -> None:
    lines = tour.splitlines()
    typed = [line for line in lines if line.startswith("$ ")]
    assert [line.split()[2] for line in typed] == ["ask", "ask", "ask", "check", "check", "check"]
    page = next(line for line in lines if line.startswith("file://"))
    assert page.endswith("report.html")
    for words in ("1 of 5", "5 of 5", "verified on PostgreSQL", "+++ b/", "Proof: bad rows",
                  "times as fast", "went up, down and up again"):  # fmt: skip
        assert words in tour
    own = [line for line in lines if line[:1] not in ("+", "-", " ", "@") and line != page]
    assert max(map(len, own)) <= 80


@pytest.mark.database
def test_interrupted_tour_leaves_nothing(place: dict[str, str], tmp_path: Path) -> None:
    child = subprocess.Popen(
        dbwright("demo"), cwd=tmp_path, env=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, bufsize=1,
    )  # fmt: skip
    assert child.stdout is not None
    assert "tour" in child.stdout.readline()
    assert left(place) != []
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 130
    assert errors.strip().splitlines()[-1] == "dbwright: stopped; nothing was changed."
    assert left(place) == []


def test_shop_is_found() -> None:
    from dbwright.frontends.tour import bundled, shop

    assert (bundled() / "alembic.ini").is_file()
    with shop() as copy:
        assert copy.is_relative_to(tempfile.gettempdir())
        assert (copy / "migrations" / "env.py").is_file()
    assert not copy.exists()
