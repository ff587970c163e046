"""Commands run as users run them, and projects that need no database."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.frontends.suites import Suite
from tests.jobs.zygote import Zygote

from dbwright.frontends.cli import main

Run = Callable[..., "Done"]
MODELS = """\
from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    labels: Mapped[dict] = mapped_column(JSON, default={})


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
"""
CLEAN = MODELS[: MODELS.index("class Shelf")] + (
    "class Shelf(Base):\n"
    '    __tablename__ = "shelves"\n'
    "    id: Mapped[int] = mapped_column(primary_key=True)\n"
)


@dataclass(frozen=True)
class Done:
    """What a run of the command line gave."""

    returncode: int
    stdout: str
    stderr: str


def dbwright(*arguments: str) -> list[str]:
    """The command line of dbwright in a child."""
    return [sys.executable, "-m", "dbwright", *arguments]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `dbwright …` in this process, by default in the test's folder."""

    def call(*arguments: str, cwd: Path = tmp_path, **variables: str) -> Done:
        with monkeypatch.context() as patch:
            patch.chdir(cwd)
            patch.setattr(sys, "argv", ["dbwright", *arguments])
            for name, value in variables.items():
                patch.setenv(name, value)
            capsys.readouterr()
            try:
                main()
                status = 0
            except SystemExit as leave:
                status = int(leave.code or 0)
            out, err = capsys.readouterr()
        return Done(status, out, err)

    return call


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A file of SQLite models with findings that need no server."""
    file = tmp_path / "models.py"
    file.write_text(MODELS)
    (tmp_path / "pyproject.toml").write_text('[tool.dbwright]\ndatabase = "sqlite"\n')
    return file


@pytest.fixture(scope="session")
def suite_zygote() -> Iterator[Zygote]:
    """The process that runs of pytest are forked from."""
    found = Zygote({**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, "pytest")
    yield found
    found.close()


@pytest.fixture
def suite(tmp_path: Path, suite_zygote: Zygote) -> Suite:
    """A small suite with a lazy load."""
    (tmp_path / "suite").mkdir()
    return Suite(tmp_path / "suite", suite_zygote)
