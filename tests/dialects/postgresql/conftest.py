"""Databases of PostgreSQL 15 and 18 for the tests that ask a real server.

DBWRIGHT_TEST_SERVER=MAJOR:FOLDER names the programs of one other version, to be asked instead;
`benchmarks/prove.py --locks` goes through 13 to 18 that way.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbwright.scratch.binaries import find
from dbwright.scratch.sandbox import Database, Sandbox
from dbwright.scratch.server import Server, ServerChoice, server, stop

NAMED, _, PROGRAMS = os.environ.get("DBWRIGHT_TEST_SERVER", "").partition(":")
MAJORS = (int(NAMED),) if NAMED else (15, 18)


@pytest.fixture(scope="session", params=MAJORS, ids=lambda major: f"PostgreSQL {major}")
def a_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of each version that this machine has; DBWRIGHT_REQUIRE forbids to skip."""
    major = request.param
    programs = Path(PROGRAMS) if PROGRAMS else None
    if find(programs, major).major != major:
        if f"postgresql{major}" in os.environ.get("DBWRIGHT_REQUIRE", ""):
            pytest.fail(f"PostgreSQL {major} is required, and this machine has no such server")
        pytest.skip(f"needs server programs of PostgreSQL {major}")
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    choice = ServerChoice(
        pg_bin=programs, target_major=major, cache_dir=folder / "cache", idle_seconds=120
    )
    with server(choice) as running:
        yield running
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def database(a_server: Server) -> Iterator[Database]:
    """An empty database of each version, dropped when the module is done."""
    with Sandbox(a_server).clone(None) as found:
        yield found


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection]:
    """A connection of the owner's whose transaction is rolled back."""
    with database.connect() as found:
        yield found
        found.rollback()
