"""A warm server for every check, and an empty folder to write a project in."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbwright.scratch.server import Server, ServerChoice, server, stop

from .projects import Project
from .zygote import Zygote


@pytest.fixture(scope="session")
def scratch() -> Iterator[tuple[Path, Server]]:
    """A cache folder whose server runs for the whole session, so that each check finds it warm."""
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    choice = ServerChoice(cache_dir=folder / "dbwright")
    with server(choice) as running:
        yield folder, running
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def environment(scratch: tuple[Path, Server]) -> dict[str, str]:
    """The variables of a plain shell, with the warm cache."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    source = str(Path(__file__).parents[2] / "src")
    return {**kept, "XDG_CACHE_HOME": str(scratch[0]), "PYTHONPATH": source, "NO_COLOR": "1"}


@pytest.fixture(scope="session")
def zygote(environment: dict[str, str]) -> Iterator[Zygote]:
    """The process that runs of the command are forked from."""
    found = Zygote(environment)
    yield found
    found.close()


@pytest.fixture
def project(tmp_path: Path, environment: dict[str, str], zygote: Zygote) -> Project:
    """An empty folder to write a project in."""
    root = tmp_path / "shop"
    root.mkdir()
    return Project(root.resolve(), environment, zygote)
