"""Ctrl-C and kill -9 in the middle: nothing is left behind, and the next run is a good one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dbwright.scratch.server import Server

from .projects import FAULT_OF_REVISION, Project, revision, tree

pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]


def processes(root: Path) -> set[int]:
    """Gives the processes that work in the folder."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and Path(os.readlink(entry / "cwd")) == root:
                found.add(int(entry.name))
        except OSError:
            continue
    return found


def databases(server: Server) -> set[str]:
    """Gives the databases of the server that are no templates of ours or PostgreSQL's."""
    with server.connect() as connection:
        rows = connection.execute("select datname from pg_database where not datistemplate")
        return {name for (name,) in rows}


def until(condition: Callable[[], bool], what: str) -> None:
    """Waits for something that other processes do."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@pytest.fixture
def stopped(project: Project, tmp_path: Path) -> subprocess.Popen[str]:
    """A check that stands in the middle of a revision's upgrade, which waits for ever."""
    mark = tmp_path / "reached"
    wait = (
        "import time\nfrom pathlib import Path\n"
        f"op.execute('create table waits (id int)')\nPath({str(mark)!r}).touch()\ntime.sleep(600)"
    )
    project.standard().revisions(c3=revision("c3", "b2", wait))
    process = project.start("check", "--format", "json")
    until(lambda: mark.exists() or process.poll() is not None, "the revision was not reached")
    assert process.poll() is None
    return process


def mended(project: Project) -> None:
    """Removes the revision that waits and runs the check: it works as ever."""
    answer = project.revisions(c3=None).check()
    assert answer.found(FAULT_OF_REVISION)["proof"]["level"] == "verified"
    assert answer.report["unverified"] == []


def test_interrupt_in_a_rehearsal_leaves_nothing(
    project: Project, stopped: subprocess.Popen[str], scratch: tuple[Path, Server]
):
    files = tree(project.root)
    assert len(processes(project.root)) >= 3
    assert databases(scratch[1]) > {"postgres"}
    os.kill(stopped.pid, signal.SIGINT)
    _, stderr = stopped.communicate(timeout=30)
    assert stopped.returncode == 130
    assert "Traceback" not in stderr
    assert stderr.strip().splitlines()[-1] == "dbwright: stopped; nothing was changed."
    assert processes(project.root) == set()
    assert databases(scratch[1]) == {"postgres"}
    assert tree(project.root) == files
    mended(project)


def test_kill_in_a_rehearsal_leaves_no_process_and_the_next_run_is_good(
    project: Project, stopped: subprocess.Popen[str], scratch: tuple[Path, Server]
):
    files = tree(project.root)
    stopped.kill()
    stopped.communicate(timeout=30)
    until(lambda: not processes(project.root), "a process outlived its parent")
    assert tree(project.root) == files
    mended(project)
    assert databases(scratch[1]) == {"postgres"}
