"""Real servers for the tests: their own caches, and nothing left when a test ends."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dbwright.scratch import server_process
from dbwright.scratch.sandbox import Sandbox
from dbwright.scratch.server import Server, ServerChoice, server, stop


@pytest.fixture
def cache() -> Iterator[Path]:
    """A cache folder that every user can reach, removed with its servers' processes."""
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    yield folder / "cache"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def choose(cache: Path) -> Iterator[Callable[..., ServerChoice]]:
    """Make choices whose servers are stopped when the test ends."""
    made: list[ServerChoice] = []

    def make(**settings: object) -> ServerChoice:
        made.append(ServerChoice(**{"cache_dir": cache, "idle_seconds": 30} | settings))
        return made[-1]

    yield make
    for choice in made:
        stop(choice)


@pytest.fixture
def from_nothing(initdb_itself: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a server's data made by initdb, as users have it."""
    monkeypatch.setattr(server_process, "initialize", initdb_itself)


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    """One server for the tests that only use it."""
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    choice = ServerChoice(cache_dir=folder / "cache")
    with server(choice) as running:
        yield running
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sandbox(shared_server: Server) -> Sandbox:
    """A sandbox on the shared server."""
    return Sandbox(shared_server)
