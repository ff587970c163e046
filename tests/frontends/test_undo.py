"""Files that dbwright wrote, taken back."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from dbwright.core.errors import FixError, UsageError
from dbwright.core.finding import Edit
from dbwright.core.placed import Placed
from dbwright.frontends import offering, tuning, undoing
from dbwright.frontends.cli.commands.undo import command

EDITS = (Edit("models.py", "old = 1\n", "new = 2\n"), Edit("versions/a.py", None, "x = 1\n"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "models.py").write_text("old = 1\n")
    return folder


@pytest.fixture
def root(folder: Path) -> Path:
    assert undoing.write(folder, EDITS, "add a phone to User")
    return folder


def names(root: Path) -> list[str]:
    return sorted(file.relative_to(root).as_posix() for file in root.rglob("*"))


def test_write_is_undone(root: Path) -> None:
    assert (root / "models.py").read_text() == "new = 2\n"
    found = undoing.undo(root)
    assert found.request == "add a phone to User"
    assert (root / "models.py").read_text() == "old = 1\n"
    assert names(root) == ["models.py"]  # the folder that was made is gone as well
    with pytest.raises(UsageError, match="nothing that dbwright wrote"):
        undoing.undo(root)


def test_writes_are_undone_one_after_the_other(root: Path) -> None:
    undoing.write(root, [Edit("models.py", "new = 2\n", "newer = 3\n")], "second")
    assert undoing.undo(root).request == "second"
    assert undoing.undo(root).request == "add a phone to User"
    assert (root / "models.py").read_text() == "old = 1\n"


def test_changed_file_keeps_all_as_it_is_and_says_the_ways_out(root: Path) -> None:
    (root / "versions" / "a.py").write_text("x = 2\n")
    with pytest.raises(UsageError, match=r"versions/a\.py changed since; nothing was") as told:
        undoing.undo(root)
    assert (root / "models.py").read_text() == "new = 2\n"
    for option in ("--merge", "--diff", "--forget"):
        assert option in str(told.value)
    undoing.forget(root)
    assert undoing.last(root) is None


def test_what_changed_in_other_lines_is_kept_when_asked(folder: Path) -> None:
    before = "".join(f"line {n}\n" for n in range(9))
    (folder / "models.py").write_text(before)
    after = before.replace("line 2", "dbwright")
    undoing.write(folder, [Edit("models.py", before, after)], "x")
    (folder / "models.py").write_text(after.replace("line 7", "mine"))
    with pytest.raises(UsageError):
        undoing.undo(folder)
    undoing.undo(folder, merge=True)
    assert (folder / "models.py").read_text() == before.replace("line 7", "mine")


def test_the_same_lines_changed_are_refused_even_so(root: Path) -> None:
    (root / "models.py").write_text("mine = 3\n")
    with pytest.raises(UsageError, match=r"models\.py changed since"):
        undoing.undo(root, merge=True)
    assert (root / "models.py").read_text() == "mine = 3\n"


@pytest.mark.parametrize(
    "content",
    [b"old = 1\r\n", b"\xef\xbb\xbfold = 1\n", "# coding: latin-1\nold = 'ä'\n".encode("latin-1")],
)
def test_every_byte_comes_back(folder: Path, content: bytes) -> None:
    from dbwright.collect.file_form import form_of, text_of

    (folder / "models.py").write_bytes(content)
    text = text_of(content, form_of(content))
    undoing.write(folder, [Edit("models.py", text, text.replace("old", "new"))], "x")
    assert b"new" in (folder / "models.py").read_bytes()
    undoing.undo(folder)
    assert (folder / "models.py").read_bytes() == content


def test_record_is_for_its_owner_alone(root: Path) -> None:
    folder = undoing.state_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_a_home_that_takes_nothing_is_said_and_the_files_are_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder.parent / "file"))
    assert not undoing.write(folder, EDITS, "x")
    assert (folder / "models.py").read_text() == "new = 2\n"


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from dbwright.core.finding import Edit
    from dbwright.frontends import undoing
    left = int(sys.argv[2])

    def watch(event, args):
        global left
        if event == "os.rename" and str(args[1]).startswith(sys.argv[1]):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    root = Path(sys.argv[1])
    edits = [Edit(f"m{n}.py", f"old = {n}\\n", f"new = {n}\\n") for n in range(3)]
    what = sys.argv[3]
    undoing.write(root, edits, "three files") if what == "write" else undoing.undo(root)
"""


def killed(root: Path, after: int, what: str = "write") -> list[str]:
    """Runs a write, or an undo, that is killed before it replaces another file than so many."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(root), str(after), what],
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return [(root / f"m{n}.py").read_text().split()[0] for n in range(3)]


@pytest.fixture
def three(folder: Path) -> Path:
    for n in range(3):
        (folder / f"m{n}.py").write_text(f"old = {n}\n")
    return folder


THREE = [Edit(f"m{n}.py", f"old = {n}\n", f"new = {n}\n") for n in range(3)]


@pytest.mark.parametrize("after", [1, 2])
def test_a_write_that_was_killed_in_the_middle_is_put_back(three: Path, after: int) -> None:
    assert killed(three, after) == ["new"] * after + ["old"] * (3 - after)
    with pytest.raises(FixError, match="broken off in the middle") as told:
        undoing.write(three, [Edit("m2.py", "old = 2\n", "x = 2\n")], "next")
    assert "dbwright undo" in str(told.value)
    undoing.undo(three)
    assert [(three / f"m{n}.py").read_text() for n in range(3)] == [e.before for e in THREE]
    assert names(three) == ["m0.py", "m1.py", "m2.py", "models.py"]  # nothing is left beside them


def test_a_write_that_was_killed_before_its_first_file_is_none(three: Path) -> None:
    assert killed(three, 0) == ["old"] * 3
    assert undoing.write(three, THREE, "again")
    assert [each.request for each in undoing.writes(three)] == ["again"]


def test_an_undo_that_was_killed_in_the_middle_goes_on(three: Path) -> None:
    undoing.write(three, THREE, "three files")
    assert killed(three, 1, "undo") == ["old", "new", "new"]
    undoing.undo(three)
    assert [(three / f"m{n}.py").read_text() for n in range(3)] == [e.before for e in THREE]


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A real file system of 64 kB."""
    place = folder.parent / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("a file system cannot be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_leaves_every_file_as_it_was(small_disk: Path) -> None:
    (small_disk / "models.py").write_text("old = 1\n")
    edits = [Edit("models.py", "old = 1\n", "new = 2\n"), Edit("big.py", None, "#" * 200_000)]
    with pytest.raises(FixError, match=r"cannot write beside big\.py: No space left"):
        undoing.write(small_disk, edits, "x")
    assert names(small_disk) == ["models.py"]
    assert (small_disk / "models.py").read_text() == "old = 1\n"
    assert undoing.last(small_disk) is None


def test_a_full_home_is_said_and_leaves_no_half_record(
    small_disk: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(small_disk))
    undoing.write(folder, EDITS, "first")
    more = [Edit("big.py", None, "#" * 200_000)]
    assert not undoing.write(folder, more, "second")
    assert (folder / "big.py").exists()
    assert [each.request for each in undoing.writes(folder)] == ["first"]
    assert not list(undoing.state_folder().glob(".undo-*"))


def test_two_writers_of_a_folder_do_not_lose_each_others_record(three: Path) -> None:
    code = """
        import sys
        from pathlib import Path
        from dbwright.core.finding import Edit
        from dbwright.frontends import undoing
        n = sys.argv[2]
        undoing.write(Path(sys.argv[1]), [Edit(f"m{n}.py", f"old = {n}\\n", "x\\n")], n)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(three)]
    running = [subprocess.Popen([*command, str(n)], env=os.environ) for n in range(3)]
    assert [each.wait(120) for each in running] == [0, 0, 0]
    assert sorted(each.request for each in undoing.writes(three)) == ["0", "1", "2"]


def test_every_write_of_a_front_end_can_be_undone() -> None:
    """No other module than this one writes edits, but the tour, whose folders are its own."""
    allowed = {"undoing.py", "tour.py", "demo.py"}
    found = set()
    for file in Path(undoing.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "apply_edits",
                "fix.apply",
            ):
                found.add(file.name)
    assert found <= allowed


@pytest.mark.parametrize("machine", [False, True])
def test_tuned_models_are_written_with_a_way_back(
    folder: Path, capsys: pytest.CaptureFixture[str], machine: bool
) -> None:
    """A program that reads standard output is told beside it."""
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (folder / "migrations").mkdir()
    placed = Placed(edits=EDITS)
    tuning.write(placed, str(folder), {"budget": 20.0, "most": 30}, machine=machine)
    told = capsys.readouterr()
    said = (told.err if machine else told.out).splitlines()
    assert said == [
        "Wrote models.py",
        "Wrote versions/a.py",
        f"Undo: dbwright undo --path {folder}",
    ]
    assert (told.out if machine else told.err) == ""
    assert undoing.undo(folder).request.startswith("dbwright queries tune --path")
    assert names(folder) == ["alembic.ini", "migrations", "models.py"]


def test_files_are_written_after_a_yes_and_not_without(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(offering, "is_terminal", lambda: True)
    monkeypatch.setattr("click.confirm", lambda text, **options: text == "Write this?")
    assert offering.agreed(EDITS, write=False, again="again")
    assert not offering.agreed(EDITS, write=False, ask=False, again="the command --write")
    assert "This writes it:\n  the command --write" in capsys.readouterr().out
    monkeypatch.setattr(offering, "is_terminal", lambda: False)
    assert not offering.agreed(EDITS, write=False, again="again")
    assert offering.agreed(EDITS, write=True, again="again")
    assert not offering.agreed((), write=True, again="again")


def test_command_lists_shows_merges_and_forgets(folder: Path) -> None:
    run = CliRunner().invoke
    (folder / "models.py").write_text("old = 1\n")
    undoing.write(folder, EDITS, "add a phone to User")
    at = ["--path", str(folder)]
    assert "2 files: add a phone to User" in run(command, [*at, "--list"]).output
    shown = run(command, [*at, "--diff"]).output
    assert "-new = 2" in shown
    assert "+old = 1" in shown
    assert (folder / "models.py").read_text() == "new = 2\n"
    assert "Left as it is" in run(command, [*at, "--forget"]).output
    assert "nothing to undo" in run(command, [*at, "--list"]).output
    assert "nothing to forget" in run(command, [*at, "--forget"]).output
