"""Which revisions can still be changed, told from git without a write."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from dbwright.collect.git import GitError
from dbwright.collect.merge_target import merge_target
from dbwright.collect.origin import Scope, changeable, with_scope, worktree
from dbwright.collect.project import Project, find_project
from dbwright.collect.revisions import read_history
from dbwright.core.errors import SettingsError, UsageError
from dbwright.core.migration import MergeTarget
from dbwright.core.settings import Settings


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git as on a fresh machine, and no continuous integration around it."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_", "CI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    answer = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return answer.stdout.strip()


def commit(folder: Path, message: str = "x") -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def add_revision(root: Path, name: str, parent: str | None) -> Path:
    path = root / "migrations" / "versions" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"revision = {name!r}\ndown_revision = {parent!r}\n"
        f"def upgrade():\n    '''work of {name}'''\n\ndef downgrade():\n    pass\n"
    )
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository on main with two revisions."""
    root = tmp_path / "shop repository"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (root / "migrations").mkdir()
    (root / "migrations" / "env.py").write_text("")
    (root / "models.py").write_text("OLD = True\n")
    add_revision(root, "a1", None)
    add_revision(root, "b2", "a1")
    commit(root)
    return root


def project_of(root: Path) -> Project:
    return find_project(root, find_python=False)


def scope(root: Path, settings: Settings | None = None, **options: object) -> Scope:
    project = project_of(root)
    return changeable(project, read_history(project), settings or Settings(), **options)  # type: ignore[arg-type]


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_revisions_of_the_branch_and_uncommitted_ones_are_new(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "feature")
    add_revision(root, "c3", "b2")
    commit(root)
    add_revision(root, "d4", "c3")
    found = scope(root)
    assert found.revisions == {"c3", "d4"}
    assert found.sentence == "2 revisions absent from the merge base with main"
    assert found.merge_base == git(root, "rev-parse", "main")


def test_what_came_to_the_main_branch_since_does_not_count(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "feature")
    add_revision(root, "c3", "b2")
    commit(root)
    git(root, "checkout", "-q", "main")
    add_revision(root, "z9", "b2")
    commit(root)
    git(root, "checkout", "-q", "feature")
    found = scope(root)
    assert found.revisions == {"c3"}
    project = project_of(root)
    target = merge_target(project, read_history(project), found)
    assert target == MergeTarget("main", ("z9",), ("z9",), ("c3",), ("c3", "z9"))


def test_on_the_main_branch_itself_only_uncommitted_files_are_new(root: Path) -> None:
    assert scope(root).revisions == frozenset()
    add_revision(root, "c3", "b2")
    found = scope(root)
    assert found.revisions == {"c3"}
    assert found.sentence == "1 revision absent from the last commit, as this is main itself"


def test_on_main_ahead_of_its_origin_the_unpushed_commits_are_new(
    root: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", str(root), "clone")
    clone = tmp_path / "clone"
    add_revision(clone, "c3", "b2")
    commit(clone)
    found = scope(clone)
    assert found.revisions == {"c3"}
    assert "origin/main" in found.sentence


def test_a_shallow_clone_reviews_everything_and_says_why(root: Path, tmp_path: Path) -> None:
    git(root, "checkout", "-q", "-b", "feature")
    add_revision(root, "c3", "b2")
    commit(root)
    git(root, "checkout", "-q", "main")
    add_revision(root, "z9", "b2")
    commit(root)
    shallow = ["clone", "-q", "--depth", "1", "--branch", "feature"]
    git(tmp_path, *shallow, "--no-single-branch", root.as_uri(), "both")
    git(tmp_path, *shallow, root.as_uri(), "one")
    for name in ("both", "one"):
        found = scope(tmp_path / name)
        assert found.revisions == {"a1", "b2", "c3"}
        assert "fetch-depth: 0" in found.sentence


def test_an_edited_revision_of_main_cannot_be_changed(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "feature")
    path = add_revision(root, "b2", "a1")
    path.write_text(path.read_text() + "# edited\n")
    assert scope(root).revisions == frozenset()


def test_a_renamed_revision_is_not_new_and_one_in_its_stead_is(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "feature")
    versions = root / "migrations" / "versions"
    git(root, "mv", "migrations/versions/a1.py", "migrations/versions/2020_a1.py")
    commit(root)
    assert scope(root).revisions == frozenset()
    text = (versions / "b2.py").read_text().replace("b2", "n7")
    (versions / "b2.py").unlink()
    (versions / "n7.py").write_text(text)
    commit(root)
    assert scope(root).revisions == {"n7"}


def test_applied_makes_all_that_production_lacks_new(root: Path) -> None:
    add_revision(root, "c3", "b2")
    add_revision(root, "side", "a1")
    commit(root)
    found = scope(root, Settings(applied="b2"))
    assert found.revisions == {"c3", "side"}
    assert found.sentence == "2 revisions newer than b2 ([tool.dbwright] applied)"


def test_an_applied_revision_that_is_not_there_names_the_nearest(root: Path) -> None:
    with pytest.raises(SettingsError, match="no revision has that id") as caught:
        scope(root, Settings(applied="b9"))
    assert "b2" in (caught.value.way_out or "")


def test_since_names_the_commit_to_compare_with(root: Path) -> None:
    git(root, "tag", "v1")
    add_revision(root, "c3", "b2")
    commit(root)
    found = scope(root, since="v1")
    assert (found.revisions, found.sentence) == ({"c3"}, "1 revision absent from v1 (--since)")


@pytest.mark.parametrize("since", ["v9", "--output=x", "", "HEAD:models.py"])
def test_since_that_git_does_not_know_is_an_error(root: Path, since: str) -> None:
    if not since:
        assert scope(root, since=since).revisions == frozenset()
        return
    with pytest.raises(UsageError, match="no such commit"):
        scope(root, since=since)


def test_all_and_no_git_mean_everything(root: Path, tmp_path: Path) -> None:
    assert scope(root, all=True).revisions == {"a1", "b2"}
    assert scope(root, all=True).sentence == "all 2 revisions, as --all asks"
    bare = tmp_path / "bare"
    (root / ".git").rename(tmp_path / "away")
    root.rename(bare)
    found = scope(bare)
    assert found.revisions == {"a1", "b2"}
    assert "no git repository" in found.sentence
    assert found.merge_base is None


def test_a_repository_without_commits_means_everything(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    add_revision(tmp_path, "a1", None)
    assert "no commit yet" in scope(tmp_path).sentence


def test_the_history_knows_what_can_be_changed(root: Path) -> None:
    add_revision(root, "c3", "b2")
    history = read_history(project_of(root))
    marked = with_scope(history, scope(root))
    assert [item.changeable for item in marked.migrations] == [False, False, True]


def test_nothing_is_written_to_the_repository(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "feature")
    path = add_revision(root, "c3", "b2")
    commit(root)
    os.utime(path)  # a stale index entry, which `git status` would refresh
    before = fingerprint(root)
    project = project_of(root)
    found = scope(root)
    merge_target(project, read_history(project), found)
    with worktree(project, found.merge_base or ""):
        assert fingerprint(root) == before
    assert fingerprint(root) == before


def test_the_old_code_is_unpacked_and_gone_afterwards(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "feature")
    (root / "models.py").write_text("OLD = False\n")
    (root / "data.bin").write_bytes(b"x" * 6_000_000)
    (root / "outside").symlink_to("/etc/hostname")
    last = commit(root)
    project = project_of(root)
    with worktree(project, "main") as old:
        assert (old.root / "models.py").read_text() == "OLD = True\n"
        assert old.script_location == old.root / "migrations"
        assert len(read_history(old).migrations) == 2
    assert not old.root.exists()
    with worktree(project, last) as now:
        assert not (now.root / "data.bin").exists()
        assert not (now.root / "outside").exists()


def test_the_folder_goes_away_when_the_work_in_it_fails(root: Path) -> None:
    place: list[Path] = []

    def work() -> None:
        with worktree(project_of(root), "main") as old:
            place.append(old.root)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert not place[0].exists()


def test_a_commit_that_is_not_there_is_an_error(root: Path) -> None:
    with pytest.raises(GitError), worktree(project_of(root), "v9"):
        pass


def test_a_project_below_the_repositorys_root_is_told_as_well(root: Path) -> None:
    (root / "backend").mkdir()
    for name in ("alembic.ini", "migrations", "models.py"):
        git(root, "mv", name, f"backend/{name}")
    commit(root)
    git(root, "checkout", "-q", "-b", "feature")
    add_revision(root / "backend", "c3", "b2")
    assert scope(root / "backend").revisions == {"c3"}
    with worktree(project_of(root / "backend"), "main") as old:
        assert (old.root / "models.py").is_file()


def test_the_repositorys_own_hooks_and_monitors_do_not_run(root: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung'\n")
    trap.chmod(0o755)
    git(root, "config", "core.fsmonitor", str(trap))
    scope(root)
    assert not (tmp_path / "sprung").exists()
