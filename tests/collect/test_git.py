"""Questions to a repository: the texts of many files at once, as one at a time gives them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dbwright.collect.git import GitError, text_at, texts_at

from .test_merge_target import behind_merge, diverged
from .test_origin import _own_git, add_revision, commit, git, root

__all__ = ["_own_git", "root"]

NAMES = ("plain.py", 'quote " and \\ back.py', "two\nlines.py", "naïve.py", "empty.py", "crlf.py")


def _processes(trace: Path) -> list[str]:
    events = [json.loads(line) for line in trace.read_text().splitlines()]
    return [" ".join(event["argv"]) for event in events if event["event"] == "start"]


@pytest.mark.skipif(os.name == "nt", reason="such names cannot be")
def test_texts_are_what_git_shows_of_each_file(root: Path) -> None:
    for name in NAMES:
        (root / name).write_bytes(f"# {name}\n".encode())
    (root / "empty.py").write_bytes(b"")
    (root / "crlf.py").write_bytes(b"a\r\nb\xff blob 3\n\n0123 blob 4\nno end")
    (root / "link.py").symlink_to("plain.py")
    there = commit(root)
    (root / "plain.py").write_text("changed\n")
    wanted = [*NAMES, "link.py"]
    found = texts_at(root, there, [*wanted, "absent.py", "migrations"])
    assert found == {name: text_at(root, there, name) for name in wanted}
    assert (found["plain.py"], found["empty.py"]) == ("# plain.py\n", "")
    assert texts_at(root, there, []) == {}


def test_an_unknown_commit_is_told(root: Path) -> None:
    with pytest.raises(GitError):
        texts_at(root, "0" * 40, ["models.py"])


def test_a_submodule_has_no_text(root: Path) -> None:
    here = git(root, "rev-parse", "HEAD")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{here},other.py")
    git(root, "commit", "-q", "-m", "x")
    assert list(texts_at(root, "HEAD", ["other.py", "models.py"])) == ["models.py"]


def test_lost_contents_are_told(root: Path) -> None:
    blob = git(root, "rev-parse", "HEAD:models.py")
    (root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitError, match=r"models\.py"):
        texts_at(root, "HEAD", ["models.py"])


def test_a_merge_of_many_files_asks_no_more_often(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def theirs() -> None:
        parent = "b2"
        for number in range(30):
            add_revision(root, f"n{number}", parent)
            parent = f"n{number}"

    diverged(root, theirs, lambda: add_revision(root, "c3", "b2"))
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))
    _, found = behind_merge(root)
    assert len(found.arriving) == 30
    assert len(_processes(trace)) < 20
