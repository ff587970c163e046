"""Files that dbwright wrote, taken back."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dbwright.core.errors import UsageError
from dbwright.core.finding import Edit
from dbwright.frontends import undoing


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "models.py").write_text("old = 1\n")
    edits = [Edit("models.py", "old = 1\n", "new = 2\n"), Edit("versions/a.py", None, "x = 1\n")]
    assert undoing.write(folder, edits, "add a phone to User")
    return folder


def test_write_is_undone(root: Path) -> None:
    assert (root / "models.py").read_text() == "new = 2\n"
    found = undoing.undo(root)
    assert found.request == "add a phone to User"
    assert (root / "models.py").read_text() == "old = 1\n"
    assert not (root / "versions" / "a.py").exists()
    with pytest.raises(UsageError, match="nothing that dbwright wrote"):
        undoing.undo(root)


def test_changed_file_keeps_all_as_it_is(root: Path) -> None:
    (root / "versions" / "a.py").write_text("x = 2\n")
    with pytest.raises(UsageError, match=r"versions/a\.py changed since; nothing was undone"):
        undoing.undo(root)
    assert (root / "models.py").read_text() == "new = 2\n"


def test_record_is_for_its_owner_alone(root: Path) -> None:
    folder = undoing.state_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o600]
