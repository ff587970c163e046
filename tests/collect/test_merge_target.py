"""The graph of revisions behind a merge that nobody has made yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dbwright.collect.merge_target import merge_target
from dbwright.collect.origin import changeable
from dbwright.collect.project import find_project
from dbwright.collect.revisions import read_history
from dbwright.core.migration import History, MergeTarget
from dbwright.core.settings import Settings
from dbwright.rules.migrations import duplicate_revision, multiple_heads

from .test_origin import _own_git, add_revision, commit, git, root

__all__ = ["_own_git", "root"]


def diverged(root: Path, theirs: Callable[[], object], ours: Callable[[], object]) -> None:
    """Leaves the work tree on a branch `feature`, and `main` one commit further."""
    git(root, "checkout", "-q", "-b", "feature")
    ours()
    commit(root)
    git(root, "checkout", "-q", "main")
    theirs()
    commit(root)
    git(root, "checkout", "-q", "feature")


def behind_merge(root: Path, exclude: tuple[str, ...] = ()) -> tuple[History, MergeTarget]:
    """Gives the history with its target."""
    project = find_project(root, find_python=False)
    history = read_history(project)
    found = merge_target(project, history, changeable(project, history, Settings()), exclude)
    assert found is not None
    return History(**{**_fields(history), "target": found}), found


def _fields(history: History) -> dict[str, object]:
    return {name: getattr(history, name) for name in History.__slots__}


def told(history: History) -> list[str]:
    """Gives what the two rules say."""
    found = [*multiple_heads.check(history), *duplicate_revision.check(history)]
    return [item.message for item in found]


def test_two_revisions_on_one_parent_will_be_two_heads(root: Path) -> None:
    diverged(root, lambda: add_revision(root, "z9", "b2"), lambda: add_revision(root, "c3", "b2"))
    add_revision(root, "d4", "c3")
    history, found = behind_merge(root)
    assert (found.heads, found.arriving, found.own) == (("z9",), ("z9",), ("c3", "d4"))
    (text,) = told(history)
    assert "once it is merged into main" in text
    assert "2 heads, d4, z9" in text
    (finding,) = multiple_heads.check(history)
    assert finding.location.object == "c3"
    advice = multiple_heads.advise(finding, history)
    assert 'down_revision = "z9"' in advice.fix.code
    assert "alembic downgrade c3@b2" in advice.risk.mitigation


def test_work_that_was_rebased_is_one_line(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "feature")
    add_revision(root, "c3", "b2")
    commit(root)
    history, found = behind_merge(root)
    assert (found.arriving, found.merged_heads, told(history)) == ((), ("c3",), [])


@pytest.mark.parametrize("ours", ["c3", None])
def test_revision_put_below_an_older_one_is_no_head(root: Path, ours: str | None) -> None:
    def insert() -> None:
        add_revision(root, "a9", "a1")
        add_revision(root, "b2", "a9")

    diverged(root, insert, lambda: add_revision(root, "c3", "b2") if ours else add_note(root))
    history, found = behind_merge(root)
    assert found.merged_heads == (ours or "b2",)
    assert told(history) == []


def test_renamed_and_removed_files_are_as_the_branch_has_them(root: Path) -> None:
    folder = root / "migrations" / "versions"

    def move() -> None:
        (file,) = folder.glob("*b2*")
        file.rename(folder / "renamed.py")

    diverged(root, move, lambda: add_revision(root, "c3", "b2"))
    history, found = behind_merge(root)
    assert (found.merged_heads, found.duplicates, told(history)) == (("c3",), {}, [])


def test_an_id_that_both_sides_took_is_told(root: Path) -> None:
    def other() -> None:
        path = add_revision(root, "c3", "b2")
        path.rename(path.with_name("other.py"))

    diverged(root, other, lambda: add_revision(root, "c3", "b2"))
    history, found = behind_merge(root)
    assert set(found.duplicates) == {"c3"}
    (text,) = told(history)
    assert "2 files claim this id" in text
    (finding,) = duplicate_revision.check(history)
    advice = duplicate_revision.advise(finding, history)
    assert len(advice.fix.edits) == 1


def test_labels_and_left_out_files_make_no_heads(root: Path) -> None:
    def labelled() -> None:
        path = add_revision(root, "z9", "b2")
        path.write_text(path.read_text() + "branch_labels = ('reports',)\n")

    diverged(root, labelled, lambda: add_revision(root, "c3", "b2"))
    history, found = behind_merge(root)
    assert (found.labels, told(history)) == (("reports",), [])
    history, found = behind_merge(root, exclude=("migrations/versions/*z9*",))
    assert (found.arriving, found.merged_heads) == ((), ("c3",))


def add_note(root: Path) -> None:
    """Adds a file that is no revision."""
    (root / "note.txt").write_text("x")
