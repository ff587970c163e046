"""What the tests of several folders share."""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from dbwright.core.errors import ServerError
from dbwright.scratch import server_process
from dbwright.scratch.binaries import Binaries
from dbwright.scratch.databases import NAMED_SERVERS
from dbwright.scratch.mysql_given import Given
from dbwright.scratch.server import ServerChoice
from dbwright.scratch.server_place import Identity
from dbwright.testing import MARIADB_URL, Laboratory, laboratory

from .nursery import Nursery

# a busy machine is no fault of what is tested
_BUSY = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("dbwright", deadline=None, suppress_health_check=_BUSY)
hypothesis.settings.load_profile("dbwright")
POSTGRESQL_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session", autouse=True)
def nursery() -> Iterator[Nursery]:
    """Where the children of workers in this process come from."""
    found = Nursery()
    found.hire()
    yield found
    found.close()


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What writes of tests replaced is kept beside the tests, not in the home of who runs them."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


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


@pytest.fixture(scope="session", autouse=True)
def initdb_itself(
    once_a_run: Callable[[str, Callable[[], str]], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., None]]:
    """What makes the data of servers; those of this process copy what it made once.

    It takes a second of each of a hundred servers.
    """
    real = server_process.initialize

    def copied(data: Path, binaries: Binaries, identity: Identity, password: str | None) -> None:
        if password is not None:
            real(data, binaries, identity, password)
            return

        def made() -> str:
            folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
            folder.chmod(0o755)
            identity.own(folder)
            real(folder / "data", binaries, identity, None)
            kept = tmp_path_factory.mktemp("data")
            subprocess.run(["cp", "-a", folder / "data", kept], check=True)
            shutil.rmtree(folder)
            return str(kept / "data")

        part = data.with_name(f"{uuid.uuid4().hex}.part")
        pristine = once_a_run(f"data of {binaries.name}", made)
        subprocess.run(["cp", "-a", pristine, part], check=True)
        part.rename(data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server_process, "initialize", copied)
        yield real


@pytest.fixture(scope="session")
def tour(
    once_a_run: Callable[[str, Callable[[], str]], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """What `dbwright demo` prints on 80 columns, to its good end; it leaves nothing."""

    def led() -> str:
        folder = tmp_path_factory.mktemp("tour")
        folder.chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-m", "dbwright", "demo"],
            cwd=folder,
            env=os.environ | {"TMPDIR": str(folder), "COLUMNS": "80"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert list(folder.glob("dbwright-demo-*")) == []
        return done.stdout

    return once_a_run("tour", led)


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
