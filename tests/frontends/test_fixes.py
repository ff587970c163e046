"""`--fix`, `--diff` and the baseline: all or none, and never over a change of somebody else."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from dbwright.api import apply_edits
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit
from dbwright.jobs.fix import diff

from .conftest import Run

CHECK = ("check", "models.py", "--no-sandbox", "-q")


@pytest.fixture
def two(tmp_path: Path) -> list[Edit]:
    """Edits of two files and one new one."""
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("old\n")
    return [Edit("a.py", "old\n", "new\n"), Edit("b.py", "old\n", "new\n"), Edit("c.py", None, "")]


def contents(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in folder.iterdir() if p.is_file()}


def test_diff_shows_and_writes_nothing(run: Run, models: Path) -> None:
    before = models.read_text()
    done = run(*CHECK, "--diff")
    assert "-    labels: Mapped[dict] = mapped_column(JSON, default={})" in done.stderr
    assert "+    labels: Mapped[dict] = mapped_column(JSON, default=dict)" in done.stderr
    assert models.read_text() == before


def test_fix_shows_the_diff_and_writes(run: Run, models: Path) -> None:
    before = models.read_text()
    done = run(*CHECK, "--fix")
    assert "+    labels: Mapped[dict] = mapped_column(JSON, default=dict)" in done.stderr
    assert models.read_text() == before.replace("default={}", "default=dict")
    assert "Wrote models.py" in done.stderr
    assert "shelves.labels" not in run(*CHECK).stdout
    assert "Restored models.py" in run("undo", "--yes").stdout
    assert models.read_text() == before


def test_fix_finds_the_file_from_another_folder(run: Run, models: Path, tmp_path: Path) -> None:
    done = run("check", str(models), "--no-sandbox", "--fix", cwd=tmp_path.parent)
    assert "Wrote models.py" in done.stderr
    assert "default=dict" in models.read_text()


def test_nothing_to_fix_says_so(run: Run, models: Path) -> None:
    run(*CHECK, "--fix")
    assert "No safe fix to apply" in run(*CHECK, "--fix").stderr


def test_fix_keeps_the_rights_of_a_file(run: Run, models: Path) -> None:
    models.chmod(0o640)
    run(*CHECK, "--fix")
    assert models.stat().st_mode & 0o777 == 0o640


def test_all_edits_are_written(two: list[Edit], tmp_path: Path) -> None:
    apply_edits(tmp_path, two)
    assert contents(tmp_path) == {"a.py": "new\n", "b.py": "new\n", "c.py": ""}


def test_changed_file_is_refused_and_nothing_is_written(two: list[Edit], tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("changed by somebody\n")
    before = contents(tmp_path)
    with pytest.raises(FixError, match="has changed since it was reviewed; nothing was written"):
        apply_edits(tmp_path, two)
    assert contents(tmp_path) == before


def test_file_that_appeared_is_refused(two: list[Edit], tmp_path: Path) -> None:
    (tmp_path / "c.py").write_text("somebody's\n")
    before = contents(tmp_path)
    with pytest.raises(FixError, match=r"c\.py exists already"):
        apply_edits(tmp_path, two)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("path", ["../outside.py", "/outside.py", "link/outside.py"])
def test_edit_outside_the_project_is_refused(path: str, tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(FixError, match="outside the project"):
        apply_edits(root, [Edit(path, None, "x")])


def test_file_in_the_way_of_a_folder_leaves_every_file_as_it_was(
    two: list[Edit], tmp_path: Path
) -> None:
    edits = [*two[:2], Edit("2026/d.py", None, "x"), Edit("a.py/d.py", None, "x")]
    before = contents(tmp_path)
    with pytest.raises(FixError, match=r"cannot write beside a\.py/d\.py"):
        apply_edits(tmp_path, edits)
    assert contents(tmp_path) == before
    assert not (tmp_path / "2026").exists()
    apply_edits(tmp_path, edits[:3])
    assert (tmp_path / "2026" / "d.py").read_text() == "x"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_rights_leaves_every_file_as_it_was(two: list[Edit], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FixError, match="nothing was written"):
            apply_edits(tmp_path, two)
    finally:
        tmp_path.chmod(0o700)
    assert contents(tmp_path) == {"a.py": "old\n", "b.py": "old\n"}


def test_folder_without_rights_is_refused_to_a_plain_user(two: list[Edit], tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user; the test above covers the others")
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    done = in_child(tmp_path, two, "os.setgroups([]); os.setgid(65534); os.setuid(65534)")
    assert "nothing was written" in done.stderr
    assert contents(tmp_path) == {"a.py": "old\n", "b.py": "old\n"}


def test_full_disk_leaves_every_file_as_it_was(two: list[Edit], tmp_path: Path) -> None:
    edits = [two[0], Edit("b.py", "old\n", "x" * 100_000)]
    limit = "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += f"resource.setrlimit(resource.RLIMIT_FSIZE, (4096, {resource.RLIM_INFINITY}))"
    done = in_child(tmp_path, edits, limit)
    assert "cannot write beside b.py: File too large; nothing was written" in done.stderr
    assert contents(tmp_path) == {"a.py": "old\n", "b.py": "old\n"}


def in_child(root: Path, edits: list[Edit], before: str) -> subprocess.CompletedProcess[str]:
    """Applies edits in a child that first did something to itself."""
    code = (
        "import os, resource, signal\nfrom dbwright.api import apply_edits\n"
        f"from dbwright.core.finding import Edit\nimport dbwright.jobs.fix\n{before}\n"
        f"apply_edits({str(root)!r}, {edits!r})\n"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_diff_of_a_file_without_a_last_line_feed_is_a_diff() -> None:
    assert "\\ No newline at end of file" in diff([Edit("a.py", "old", "new")])


# the baseline


def test_baseline_accepts_what_is_there(run: Run, models: Path, tmp_path: Path) -> None:
    assert run(*CHECK).returncode == 1
    done = run(*CHECK, "--write-baseline")
    assert "Wrote dbwright-baseline.json: 2 findings are accepted." in done.stderr
    again = run(*CHECK)
    assert again.returncode == 0, again.stdout
    assert "2 waived" in again.stdout


def test_baseline_written_again_keeps_what_it_accepted(
    run: Run, models: Path, tmp_path: Path
) -> None:
    run(*CHECK, "--write-baseline")
    before = (tmp_path / "dbwright-baseline.json").read_text()
    run(*CHECK, "--write-baseline")
    assert (tmp_path / "dbwright-baseline.json").read_text() == before


def test_baseline_holds_when_lines_move(run: Run, models: Path) -> None:
    run(*CHECK, "--write-baseline")
    models.write_text(f"# a new line\n\n{models.read_text()}")
    assert run(*CHECK).returncode == 0


def test_new_finding_is_told_beside_a_baseline(run: Run, models: Path) -> None:
    run(*CHECK, "--write-baseline")
    more = "    more: Mapped[dict] = mapped_column(JSON, default={})\n"
    models.write_text(models.read_text() + more)
    done = run(*CHECK)
    assert done.returncode == 1
    assert "books.more" in done.stdout
    assert "shelves.labels" not in done.stdout


def test_stale_entry_of_the_baseline_is_told(run: Run, models: Path) -> None:
    run(*CHECK, "--write-baseline")
    models.write_text(models.read_text().replace("default={}", "default=dict"))
    done = run(*CHECK)
    assert done.returncode == 3
    assert "Not verified: 1 entries of the baseline" in done.stdout
    assert "shared-mutable-default: shelves.labels" in " ".join(done.stdout.split())


def test_broken_baseline_names_itself_and_the_way_out(
    run: Run, models: Path, tmp_path: Path
) -> None:
    (tmp_path / "dbwright-baseline.json").write_text(json.dumps({"version": 99, "findings": []}))
    done = run(*CHECK)
    assert done.returncode == 2
    assert "dbwright-baseline.json: cannot read the baseline" in done.stderr
    assert "dbwright check --write-baseline" in done.stderr
