"""What the tests of several folders share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbwright.testing import Laboratory, laboratory

POSTGRESQL_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def postgresql_15() -> Path:
    """Debian's server programs of version 15; DBWRIGHT_REQUIRE=postgresql15 forbids to skip."""
    if (POSTGRESQL_15 / "postgres").exists():
        return POSTGRESQL_15
    if "postgresql15" in os.environ.get("DBWRIGHT_REQUIRE", ""):
        pytest.fail(f"PostgreSQL 15 is required, and {POSTGRESQL_15} has no server")
    pytest.skip(f"needs PostgreSQL 15 at {POSTGRESQL_15}")


@pytest.fixture(scope="session")
def rule_lab() -> Iterator[Laboratory]:
    """A laboratory for all the rules that one process tests."""
    with laboratory() as opened:
        yield opened
