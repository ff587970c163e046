"""`queries watch` of programs that end in every way, and of what is no program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dbwright.collect.recorded import read_recording
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.options import Options
from dbwright.core.recording import Recording
from dbwright.jobs.watch import run, watched

SRC = str(Path(__file__).parents[2] / "src")
START = """
import os, signal, subprocess, sys, time
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

class Base(DeclarativeBase):
    pass

class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship()

class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))

engine = create_engine("sqlite:///" + os.path.join(os.path.dirname(__file__) or ".", "shop.db"))
Base.metadata.create_all(engine)
with Session(engine) as session:
    if session.get(Author, 1) is None:
        session.add_all(Author(posts=[Post()]) for _ in range(9))
        session.commit()

def work():
    with Session(engine) as session:
        return [[post.id for post in author.posts] for author in session.scalars(select(Author))]
"""

KILLED = """
from pathlib import Path
told = Path(os.environ["DBWRIGHT_WATCH"])
while not any('"how": "lazy"' in each.read_text() for each in told.glob("*.json")):
    work()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", SRC)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return tmp_path


def program(folder: Path, code: str) -> list[str]:
    (folder / "program.py").write_text(START + code, encoding="utf-8")
    return [sys.executable, "program.py"]


def lazy(recording: Recording | None) -> list[int]:
    """Gives how often posts were loaded late, by line."""
    assert recording is not None
    scopes = recording.scopes
    return [group.count for scope in scopes for group in scope.groups if group.how == "lazy"]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("work()\nos._exit(3)\n", 3),
        ("work()\nraise SystemExit(4)\n", 4),
        ("work()\nraise RuntimeError('its own')\n", 1),
        (KILLED, -9),
    ],
    ids=["os._exit", "SystemExit", "unhandled", "SIGKILL"],
)
def test_what_a_program_saw_is_told_however_it_ends(folder: Path, code: str, status: int) -> None:
    found = watched(program(folder, code), folder, quiet=True, timeout=60)
    assert found.status == status
    (count,) = lazy(found.recording)
    assert count >= 9


def test_forked_workers_tell_what_they_saw(folder: Path) -> None:
    """The first by os._exit behind os.fork, the second by multiprocessing, the third by itself."""
    code = """
import multiprocessing
if __name__ == "__main__":
    engine.dispose()
    if os.fork() == 0:
        work()
        os._exit(0)
    os.wait()
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    subprocess.run([sys.executable, "-c", "import program; program.work()"], check=True)
"""
    found = watched(program(folder, code), folder, quiet=True)
    assert found.status == 0, found.output
    assert lazy(found.recording) == [9, 9, 9]


def test_input_is_the_programs(folder: Path) -> None:
    command = program(folder, "print(sys.stdin.read(), work())\n")
    script = "import sys; from pathlib import Path; from dbwright.jobs.watch import watched; "
    script += "print(watched(sys.argv[1:], Path('.')).status)"
    done = subprocess.run(
        [sys.executable, "-c", script, *command],
        cwd=folder,
        input="words",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "words [[1], [2], [3], [4], [5], [6], [7], [8], [9]]\n0\n"


def test_an_interrupt_is_the_programs_and_the_report_comes(folder: Path) -> None:
    """Ctrl-C goes to the whole group: the program ends in its own way, then it is reported."""
    code = """
work()
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    work()
    print("ended", flush=True)
    sys.exit(7)
"""
    watching = subprocess.Popen(
        [sys.executable, "-m", "dbwright", "queries", "watch", "--", *program(folder, code)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert watching.stdout is not None
    first = watching.stdout.readline()
    os.killpg(watching.pid, signal.SIGINT)
    rest = watching.stdout.read()
    assert watching.wait() == 1
    assert first == "ready\n"
    assert rest.startswith("ended\n")
    assert "18 SELECTs load it" in rest
    assert "the program ended with status 7" in rest
    assert "Traceback" not in rest


def test_a_command_that_is_none_is_said(folder: Path) -> None:
    with pytest.raises(UsageError, match="no-such-program cannot be run: No such file"):
        watched(["no-such-program"], folder)
    (folder / "notes.txt").write_text("")
    with pytest.raises(UsageError, match="cannot be run: Permission denied"):
        watched([str(folder / "notes.txt")], folder)


def test_a_program_that_takes_the_path_away_is_said(folder: Path) -> None:
    command = program(folder, "work()\n")
    for alone in (["env", "-u", "PYTHONPATH", *command], [command[0], "-I", command[1]]):
        with pytest.raises(CollectError, match="nothing of SQLAlchemy was seen") as raised:
            run(alone, folder, Options(), lambda _: None, prove=False)
        assert "PYTHONPATH" in (raised.value.way_out or "")


def test_code_without_a_file_is_told_as_far_as_it_goes(folder: Path) -> None:
    """A cell of a notebook has its lines in linecache, text of exec has none."""
    code = """
import linecache
cell = "<ipython-input-1-abc>"
text = "for author in Session(engine).scalars(select(Author)):\\n    author.posts\\n"
linecache.cache[cell] = len(text), None, text.splitlines(True), cell
exec(compile(text, cell, "exec"))
exec(compile("\\n" + text, "<string>", "exec"))
"""
    found = watched(program(folder, code), folder, quiet=True)
    assert found.recording is not None
    groups = [g for s in found.recording.scopes for g in s.groups if g.how == "lazy"]
    assert sum(group.count for group in groups) == 18
    assert {group.place.file for group in groups if group.place} == {
        "<ipython-input-1-abc>",
        "<string>",
    }


def test_statements_are_recorded_beside(folder: Path) -> None:
    """With values, as tune and review read them; a second run for a proof adds none."""
    command = program(folder, "print(work())\n")
    report, status = run(
        command, folder, Options(), lambda _: None, prove=True, record=folder / "run.jsonl"
    )
    assert status == 0
    assert [each.rule for each in report.recommendations] == ["lazy-load"]
    assert not report.unverified
    found = read_recording("run.jsonl", "sqlite", folder)
    (posts,) = [
        each
        for each in found.statements
        if (each.sql.startswith("SELECT") and "WHERE 1 = post.author_id" in each.sql)
        or "= post.author_id" in each.sql
    ]
    assert posts.calls == 9
    assert posts.place is not None
    assert posts.place.file == "program.py"
    with pytest.raises(UsageError, match="cannot write the recording"):
        run(command, folder, Options(), lambda _: None, prove=False, record=folder / "no" / "x")


def test_it_watches_from_another_thread_too(folder: Path) -> None:
    """Signals can only be left to the program in the main thread."""
    found: list[int] = []
    command = program(folder, "work()\n")
    thread = threading.Thread(
        target=lambda: found.extend(lazy(watched(command, folder, quiet=True).recording))
    )
    thread.start()
    thread.join()
    assert found == [9]
