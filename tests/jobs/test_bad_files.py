"""Files that break: no project, broken graphs, huge, foreign or closed files, full disks."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbwright.scratch.server import Server

from .projects import FAULT_OF_MODELS, FAULT_OF_REVISION, MODELS, Project, revision

pytestmark = pytest.mark.database
BOTH = {FAULT_OF_MODELS, FAULT_OF_REVISION}
COLUMN = 'op.add_column("authors", sa.Column("note", sa.Text()))'
NO_COLUMN = 'op.drop_column("authors", "note")'


def test_no_project_says_what_was_looked_for(project: Project):
    text = project.check().error(str(project.root), "alembic.ini", "[tool.alembic]")
    assert "dbwright check models.py" in text


def test_folder_that_is_not_there_says_so(project: Project):
    project.check("nowhere").error("nowhere", "no such file or folder")


def test_ini_without_a_script_location_names_its_line_and_the_key(project: Project):
    project.standard(ini="[alembic]\nsqlalchemy.url = postgresql://x/y\n")
    project.check().error("alembic.ini:1", "no script_location", "script_location = ")


def test_ini_that_does_not_parse_names_its_line(project: Project):
    project.standard(ini="[alembic]\nscript_location = migrations\nnonsense\n")
    project.check().error("alembic.ini:3")


def test_broken_pyproject_names_its_line(project: Project):
    project.standard().write({"pyproject.toml": "[tool.dbwright]\nselect = [\n"})
    project.check().error("pyproject.toml")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param(
            b"revision = 'c3'\ndown_revision = 'b2'\ndef upgrade(:\n",
            ["c3.py:3", "syntax"],
            id="a syntax error",
        ),
        pytest.param(
            revision("c3", "b2").replace('"""c3"""', '"""café"""').encode("latin-1"),
            ["c3.py:1", "UTF-8"],
            id="not UTF-8",
        ),
        pytest.param(b"\0\0", ["c3.py", "null"], id="null bytes"),
        pytest.param(
            (revision("c3", "b2") + "#" + "x" * 10_000_000).encode(),
            ["c3.py", "10.0 MB", "exclude"],
            id="10 MB",
        ),
    ],
)
def test_revision_that_cannot_be_read_is_named_and_the_others_run(
    project: Project, source: bytes, words: list[str]
):
    answer = project.standard().revisions(c3=source).check()
    answer.missed("migrations/versions/", *words)
    assert len(answer.report["unverified"]) == 1
    assert answer.rules >= BOTH
    assert answer.summary["revisions_run"] == 2


def test_what_stands_on_an_unreadable_revision_is_told(project: Project):
    project.standard().revisions(c3=b"def upgrade(:\n", d4=revision("d4", "c3"))
    answer = project.check()
    answer.missed("1 of 3 revisions (d4)", "d4.py:5", "c3, which was not read")
    answer.missed("c3.py:1", "syntax")
    assert answer.rules >= BOTH


@pytest.mark.parametrize("source", [f"# café\n{MODELS}".encode("latin-1")], ids=["not UTF-8"])
def test_models_in_another_encoding_do_not_stop_the_review(project: Project, source: bytes):
    assert project.standard(models=source).check().rules >= BOTH


def test_two_heads_are_found_and_both_run(project: Project):
    answer = project.standard().revisions(c3=revision("c3", "a1", COLUMN, NO_COLUMN)).check()
    found = answer.found("multiple-heads")
    assert found["proof"]["level"] == "verified"
    assert answer.summary["revisions_run"] == 3
    assert answer.rules >= BOTH


def test_cycle_is_named_and_what_stands_beside_it_runs(project: Project):
    project.standard().revisions(c3=revision("c3", "d4"), d4=revision("d4", "c3"))
    answer = project.check()
    answer.missed("2 of 4 revisions (c3, d4)", "c3.py:5", "cycle of c3, d4", "Mend down_revision")
    assert answer.summary["revisions_run"] == 2
    assert answer.found(FAULT_OF_REVISION)["proof"]["level"] == "verified"
    assert answer.rules >= BOTH


def test_cycle_of_all_revisions_leaves_the_models_and_the_source(project: Project):
    project.standard().revisions(a1=revision("a1", "b2"))
    answer = project.check()
    answer.missed("2 of 2 revisions (a1, b2)", "cycle")
    assert "model-not-migrated" not in answer.rules
    assert answer.found(FAULT_OF_MODELS)["proof"]["level"] == "verified"


def test_duplicate_revision_is_found_and_one_of_them_runs(project: Project):
    answer = project.standard().revisions(c3=revision("b2", "a1", COLUMN, NO_COLUMN)).check()
    found = answer.found("duplicate-revision")
    assert "b2.py" in found["message"]
    assert "c3.py" in found["message"]
    indexes = [i for i in answer.report["recommendations"] if i["rule"] == FAULT_OF_REVISION]
    assert [i["location"]["file"] for i in indexes] == ["migrations/versions/b2.py"]
    assert answer.rules >= BOTH


def test_missing_parent_is_found_and_the_others_run(project: Project):
    answer = project.standard().revisions(c3=revision("c3", "gone")).check()
    assert answer.found("missing-parent")["location"]["file"] == "migrations/versions/c3.py"
    answer.missed("1 of 3 revisions (c3)", "c3.py:5", "stands on gone")
    assert answer.summary["revisions_run"] == 2
    assert answer.rules >= BOTH


@contextlib.contextmanager
def closed(folder: Path) -> Iterator[None]:
    """Takes the right to write away for a while; from root by a read-only mount."""
    if os.geteuid() == 0:
        with mounted(folder, "bind"):
            subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
            yield
        return
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    yield
    for path in folders:
        path.chmod(0o755)


def test_project_that_cannot_be_written_is_reviewed(project: Project):
    project.standard()
    with closed(project.root):
        answer = project.check()
        assert answer.rules >= BOTH
        assert answer.report["unverified"] == []
        done = project.run("check", "--no-sandbox", "--write-baseline")
    assert done.status == 2
    assert "cannot write beside dbwright-baseline.json" in done.stderr


def test_read_only_home_is_no_hindrance(
    project: Project, tmp_path: Path, scratch: tuple[Path, Server]
):
    home = tmp_path / "home"
    home.mkdir()
    with mounted(home, "ro,size=1m"):
        answer = project.standard().check(
            HOME=str(home), XDG_CACHE_HOME=str(home / ".cache"), TMPDIR=str(scratch[0])
        )
        assert answer.rules >= BOTH
        assert answer.found(FAULT_OF_REVISION)["proof"]["level"] == "verified"


def test_full_disk_of_the_cache_is_told_and_the_source_is_reviewed(
    project: Project, tmp_path: Path
):
    full = tmp_path / "cache"
    full.mkdir()
    with mounted(full, "size=3m"):
        answer = project.standard().check(XDG_CACHE_HOME=str(full), TMPDIR=str(full))
    entry = answer.missed("every claim about the database", "full")
    assert "XDG_CACHE_HOME" in entry["way_out"]
    assert answer.rules >= BOTH
    assert answer.found(FAULT_OF_REVISION)["proof"]["level"] == "reasoned"


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """Mounts a small file system of its own; skips where that is not allowed."""
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("needs root on Linux to mount a small disk")
    for parent in (folder, *folder.parents):
        if parent.stat().st_mode & 0o001 == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o001)
    command = ["mount", "-t", "tmpfs", "-o", f"mode=755,{options}", "tmpfs", str(folder)]
    if options == "bind":
        command = ["mount", "--bind", str(folder), str(folder)]
    if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("may not mount a small disk here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
