"""The session of `dbwright ask`, on a terminal of its own."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbwright.frontends.following import Said, for_another, read
from dbwright.frontends.session import without_secrets

LOST = "Can't locate revision identified by 'deadbeef1234'"
REVISION = 'revision = "1f0a3c5d7e91"\ndown_revision = None\n\n\ndef upgrade():\n    pass\n'
PATIENCE = 120.0


class Terminal:
    """A session in a pseudo-terminal: what it has shown, and what is typed."""

    def __init__(self, pid: int, master: int) -> None:
        self.pid, self.master = pid, master
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def until(self, pattern: str) -> str:
        """Gives what came since the last wait, once the pattern is in it."""
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.seen):
            if time.monotonic() > end:
                raise AssertionError(f"no {pattern!r} in {self.seen!r}")
            if select.select([self.master], [], [], 0.5)[0]:
                try:
                    self.seen += os.read(self.master, 65536).decode(errors="replace")
                except OSError as error:
                    raise AssertionError(f"ended without {pattern!r}: {self.seen!r}") from error
        shown, self.seen = self.seen, ""
        return shown


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    versions = tmp_path / "project" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "1f0a_first.py").write_text(REVISION)
    (versions.parent / "env.py").write_text("")
    (tmp_path / "project" / "alembic.ini").write_text(
        "[alembic]\nscript_location = %(here)s/migrations\n"
    )
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(tmp_path / "project")
        os.environ.update(XDG_STATE_HOME=str(tmp_path / "state"), TERM="xterm", COLUMNS="80")
        os.execv(sys.executable, [sys.executable, "-m", "dbwright", "ask"])
    yield Terminal(pid, master)
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        os.close(master)


def test_session_answers_follows_up_remembers_and_leaves(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.until("dbwright> ")
    terminal.type("full\n")
    assert "There is no answer yet" in terminal.until("yet that.*\n.*dbwright> ")
    terminal.type(f"{LOST} at postgresql://me:hunter2@host/db\n")
    shown = terminal.until("Next:(.|\n)*dbwright> ")
    assert "alembic stamp --purge 1f0a3c5d7e91" in shown
    assert "--full: risk" in shown
    terminal.type("full\n")
    assert "Backup" in terminal.until("Next:(.|\n)*dbwright> ")
    terminal.type("why?\n")
    assert "no file in the versions folder" in terminal.until("versions folder(.|\n)*dbwright> ")
    terminal.type("write me a poem\n")
    assert "cannot be answered" in terminal.until("It takes(.|\n)*dbwright> ")
    terminal.type("review my proj")
    terminal.until("review my proj")
    terminal.type("\x03")  # an unfinished line is thrown away
    terminal.until("\n.*dbwright> ")
    terminal.type("\x04")
    assert os.waitpid(terminal.pid, 0)[1] == 0
    history = tmp_path / "state" / "dbwright" / "ask-history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    remembered = history.read_text()
    assert "deadbeef1234" in remembered.replace("\\040", " ")
    assert "hunter2" not in remembered


def test_interrupt_ends_the_work_and_not_the_session(terminal: Terminal) -> None:
    terminal.until("dbwright> ")
    terminal.type("review my migrations\n")
    time.sleep(1.0)
    terminal.type("\x03")
    terminal.until("(Stopped; nothing was changed|nothing|Read as)(.|\n)*dbwright> ")
    terminal.type("help\n")
    assert "take the last write back" in terminal.until("Ctrl-C(.|\n)*dbwright> ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("full", Said("full")),
        ("Why?", Said("why")),
        ("apply", Said("apply")),
        ("other way 2", Said("way", 2)),
        ("the other way", Said("way", 1)),
        ("2", Said("choice", 2)),
        ("7", Said("way", 7)),
        ("undo", Said("undo")),
        ("and for Order too?", Said("another")),
        ("why is my query slow? select 1 from a", Said("new")),
        ("add a phone to User", Said("new")),
        ("and now add a phone to User and make it unique please", Said("new")),
    ],
)
def test_line_is_read_as(text: str, said: Said) -> None:
    assert read(text, True, 3) == said


def test_without_an_answer_nothing_follows() -> None:
    assert read("and for Order too?", False, 0) == Said("new")


def test_request_is_asked_for_another_model() -> None:
    names = {"User", "users", "Order", "orders"}
    assert (
        for_another("add a phone to users", "and for Order too?", names) == "add a phone to Order"
    )
    assert for_another("add a phone to users", "and for Invoice too?", names) is None


def test_secrets_are_not_remembered() -> None:
    assert without_secrets("api_key: abc") == "api_key: ***"
