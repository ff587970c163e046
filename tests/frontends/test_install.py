"""`dbwright install`: what it writes it takes away, and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from .conftest import Run

AGENT = Path(".claude/agents/db-specialist.md")
INSTALL = ("install", "--client", "claude")


def tree(folder: Path) -> dict[str, str]:
    """Every path below a folder with its rights and what it holds."""
    return {
        path.relative_to(folder).as_posix(): f"{path.stat().st_mode:o} "
        + (hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("there", [None, ".claude", ".claude/agents", ".claude/agents/other.md"])
def test_uninstall_leaves_the_folder_as_it_was(there: str | None, run: Run, tmp_path: Path) -> None:
    if there and there.endswith(".md"):
        (tmp_path / there).parent.mkdir(parents=True)
        (tmp_path / there).write_text("mine\n")
    elif there:
        (tmp_path / there).mkdir(parents=True)
    before = tree(tmp_path)
    assert run(*INSTALL).returncode == 0
    assert tree(tmp_path) != before
    assert run(*INSTALL).returncode == 0, "installing twice is fine"
    assert run(*INSTALL, "--uninstall").returncode == 0
    assert tree(tmp_path) == before


def test_agent_file_has_name_description_and_model(run: Run, tmp_path: Path) -> None:
    run(*INSTALL)
    head = (tmp_path / AGENT).read_text().split("---")[1]
    assert "name: db-specialist" in head
    assert "Examples of when to\n  delegate" in head
    assert "model: " in head


def test_agent_file_names_commands_that_exist(run: Run, tmp_path: Path) -> None:
    run(*INSTALL)
    text = (tmp_path / AGENT).read_text()
    for command in ("dbwright check", "dbwright queries review", "dbwright rule"):
        assert f"`{command}" in text
        assert run(*command.split()[1:], "--help").returncode == 0


def test_file_of_somebody_else_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / AGENT).parent.mkdir(parents=True)
    (tmp_path / AGENT).write_text("my own specialist\n")
    before = tree(tmp_path)
    for more in ((), ("--uninstall",)):
        done = run(*INSTALL, *more)
        assert done.returncode == 2
        assert "is not dbwright's; it was left as it is" in done.stderr
    assert tree(tmp_path) == before


def test_edited_file_is_refused(run: Run, tmp_path: Path) -> None:
    run(*INSTALL)
    text = (tmp_path / AGENT).read_text()
    (tmp_path / AGENT).write_text(text.replace("Answer in this order", "Always answer in rhyme"))
    before = tree(tmp_path)
    for more in ((), ("--uninstall",)):
        done = run(*INSTALL, *more)
        assert done.returncode == 2
        assert "was edited after dbwright wrote it" in done.stderr
    assert tree(tmp_path) == before


def test_dry_run_shows_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    done = run(*INSTALL, "--dry-run")
    assert "name: db-specialist" in done.stdout
    assert tree(tmp_path) == {}


def test_file_for_the_user_goes_to_the_home(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    run(*INSTALL, "--user", HOME=str(home))
    assert (home / AGENT).is_file()
    assert not (tmp_path / AGENT).exists()


def test_place_that_cannot_be_written_is_told_and_left(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".claude").write_text("a file where a folder should be\n")
    done = run(*INSTALL)
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    assert list(tree(tmp_path)) == [".claude"]


def test_uninstall_of_nothing_is_fine(run: Run) -> None:
    done = run(*INSTALL, "--uninstall")
    assert done.returncode == 0
    assert "Nothing to do" in done.stdout
