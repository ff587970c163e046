"""What the tests of several folders share."""

from __future__ import annotations

import fcntl
import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dbwright.core.errors import ServerError
from dbwright.scratch.databases import NAMED_SERVERS
from dbwright.scratch.mysql_given import Given
from dbwright.scratch.server import ServerChoice
from dbwright.testing import MARIADB_URL, Laboratory, laboratory

from .nursery import Nursery

POSTGRESQL_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session", autouse=True)
def nursery() -> Iterator[Nursery]:
    """Where the children of workers in this process come from."""
    found = Nursery()
    found.hire()
    yield found
    found.close()


@pytest.fixture(scope="session")
def postgresql_15() -> Path:
    """Debian's server programs of version 15; DBWRIGHT_REQUIRE=postgresql15 forbids to skip."""
    if (POSTGRESQL_15 / "postgres").exists():
        return POSTGRESQL_15
    if "postgresql15" in os.environ.get("DBWRIGHT_REQUIRE", ""):
        pytest.fail(f"PostgreSQL 15 is required, and {POSTGRESQL_15} has no server")
    pytest.skip(f"needs PostgreSQL 15 at {POSTGRESQL_15}")


@pytest.fixture(scope="session")
def once_a_run(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, Callable[[], str]], str]:
    """Makes a text once for all of xdist's processes: the first makes it, the others wait."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def made(name: str, make: Callable[[], str]) -> str:
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            path = folder / f"{name}.text"
            if not path.exists():
                path.write_text(make(), encoding="utf-8")
            return path.read_text(encoding="utf-8")

    return made


TOUR = """
import sys
from pathlib import Path
from dbwright import api
from dbwright.frontends.cli import main
from dbwright.render.json import render

check, kept = api.check, Path(sys.argv.pop())

def noted(*arguments, **options):
    report = check(*arguments, **options)
    if not kept.exists():
        kept.write_text(render(report), encoding="utf-8")
    return report

api.check = noted
main()
"""


@pytest.fixture(scope="session")
def led(
    once_a_run: Callable[[str, Callable[[], str]], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """What `dbwright demo` prints, and the report of its first step; the tour is led once a run."""

    def lead() -> str:
        folder = tmp_path_factory.mktemp("tour")
        folder.chmod(0o755)
        kept = tmp_path_factory.mktemp("report") / "report.json"
        done = subprocess.run(
            [sys.executable, "-c", TOUR, "demo", str(kept)],
            cwd=folder,
            env=os.environ | {"TMPDIR": str(folder), "COLUMNS": "80"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert list(folder.glob("dbwright-demo-*")) == []
        return json.dumps({"screen": done.stdout, "report": kept.read_text(encoding="utf-8")})

    found: dict[str, str] = json.loads(once_a_run("tour", lead))
    return found


@pytest.fixture(scope="session")
def tour(led: dict[str, str]) -> str:
    """What `dbwright demo` prints on 80 columns, to its good end; it leaves nothing."""
    return led["screen"]


@pytest.fixture(scope="session")
def shop_report(led: dict[str, str]) -> dict[str, Any]:
    """The report on the whole example shop, with its fixes tried: the tour's first step."""
    found: dict[str, Any] = json.loads(led["report"])
    return found


@functools.cache
def mariadb_url() -> str | None:
    """The throw-away MariaDB of this machine, None where none answers.

    DBWRIGHT_MARIADB_URL names one; else it is the one on this host whose root needs no password.
    DBWRIGHT_REQUIRE=mariadb makes its absence a failure.
    """
    url = os.environ.get(MARIADB_URL, "mariadb+pymysql://root@127.0.0.1:3306/")
    try:
        Given(url, "mariadb")
    except ServerError as error:
        if "mariadb" in os.environ.get("DBWRIGHT_REQUIRE", ""):
            pytest.fail(f"MariaDB is required: {error.message}")
        return None
    return url


@pytest.fixture(scope="session")
def mariadb() -> str:
    """The URL of a throw-away MariaDB; without one the test is skipped."""
    url = mariadb_url()
    if url is None:
        pytest.skip(f"needs a throw-away MariaDB: set {MARIADB_URL}")
    return url


@pytest.fixture(scope="session")
def rule_lab() -> Iterator[Laboratory]:
    """A laboratory for all the rules that one process tests."""
    url = mariadb_url()
    urls = tuple((name, url) for name in NAMED_SERVERS) if url else ()
    with laboratory(ServerChoice(other_urls=urls)) as opened:
        yield opened
