"""Designs are run before they are handed over; nothing that is there is changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dbwright import api
from dbwright.core.errors import UsageError

BRIEF = """
entities:
  - name: User
    attributes: [{name: email, type: email, unique: true}, {name: password, type: password}]
  - name: Profile
    attributes: [{name: bio, type: text, required: false}]
relationships:
  - {source: Profile, target: User, kind: one-to-one}
"""


@pytest.mark.database
def test_a_brief_becomes_proved_models_and_their_first_revision(tmp_path: Path) -> None:
    (tmp_path / "brief.yaml").write_text(BRIEF, encoding="utf-8")
    command = [sys.executable, "-m", "dbwright", "models", "design", "--brief", "brief.yaml"]
    done = subprocess.run([*command, "--write", "--format", "json"], cwd=tmp_path,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["unverified"] == []
    counts = {(item["what"], item["scope"].split()[0]): item["count"] for item in found["proof"]}
    assert counts["tables created", "PostgreSQL"] == counts["tables created", "SQLite"] == 2
    assert counts["bad rows refused", "PostgreSQL"] == 7
    assert counts["deletions through the ORM", "PostgreSQL"] == 1
    assert counts["tests passed", "SQLite"] == 9
    assert any("up, down and up" in what for what, _ in counts)
    assert sorted(found["files"]) == [
        "alembic.ini",
        "migrations/env.py",
        "migrations/script.py.mako",
        "migrations/versions/0001_first_tables.py",
        "models.py",
        "tests/test_models.py",
    ]
    for name, text in found["files"].items():
        assert (tmp_path / name).read_text(encoding="utf-8") == text
    again = subprocess.run([*command, "--write"], cwd=tmp_path, capture_output=True, text=True,
                           check=False)  # fmt: skip
    assert again.returncode == 2
    assert "all of this is there already: User, Profile" in again.stderr


def test_page_that_is_there_is_not_touched(tmp_path: Path) -> None:
    pages = {}
    for name in ("empty", "written"):
        root = tmp_path / name
        root.mkdir()
        if name == "written":
            (root / "models.md").write_text("# Mine\n", encoding="utf-8")
        found = api.design("a User model", database="sqlite", path=root, diagram=True)
        assert any("models.md is there already" in note for note in found.notes) is (
            name == "written"
        )
        api.apply_edits(root, found.edits)
        pages[name] = (root / "models.md").read_text(encoding="utf-8")
    assert pages["empty"].startswith("# Models\n\n```mermaid\nerDiagram\n")
    assert pages["written"] == "# Mine\n"


def test_nothing_to_design_is_said() -> None:
    with pytest.raises(UsageError, match="no words and no brief"):
        api.design()


def test_a_file_that_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("mine = 1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        api.design("a User", path=tmp_path)
    assert (tmp_path / "models.py").read_text(encoding="utf-8") == "mine = 1\n"
