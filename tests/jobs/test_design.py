"""Designs are run before they are handed over; nothing that is there is changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dbwright import api
from dbwright.collect.brief import parse
from dbwright.core.design import Layout
from dbwright.core.errors import UsageError
from dbwright.jobs import design_files
from dbwright.recipes.design import designer
from dbwright.render.design import as_text

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
    undo = [sys.executable, "-m", "dbwright", "undo", "--yes"]
    done = subprocess.run(undo, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.count("Removed ") == 6, done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["brief.yaml"]


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


@pytest.mark.database
@pytest.mark.parametrize("default", ["127.0.0.1", ""])
def test_designed_project_reaches_no_database_that_nobody_named(
    tmp_path: Path, default: str
) -> None:
    """libpq has defaults of its own: PGHOST, the socket, the user's own database."""
    found = api.design("a User model", database="postgresql", path=tmp_path)
    api.apply_edits(tmp_path, found.edits)
    environment = {**os.environ, "PGHOST": default, "PGUSER": "dbw", "PGPASSWORD": "x"}
    environment.pop("DATABASE_URL", None)
    done = subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], cwd=tmp_path,
                          env=environment, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode != 0
    assert "set-database_url.invalid" in done.stderr.lower()
    assert "as in\nDATABASE_URL=postgresql+psycopg://USER" in next(
        edit.after or "" for edit in found.edits if edit.path.endswith("env.py")
    )


def _large(count: int) -> str:
    names = "".join(f"\n  - {{name: Thing{n}, attributes: [title]}}" for n in range(count))
    links = "".join(f"\n  - {{source: Thing{n}, target: Thing{n // 2}}}" for n in range(1, count))
    return f"entities:{names}\nrelationships:{links}\n"


@pytest.mark.database
def test_a_large_domain_is_a_package(tmp_path: Path) -> None:
    """Proved as a module is, revision and tests included, which stand on the package."""
    (tmp_path / "brief.yaml").write_text(_large(16), encoding="utf-8")
    found = api.design(brief=tmp_path / "brief.yaml", path=tmp_path)
    files = {edit.path: edit.after or "" for edit in found.edits}
    assert "models/__init__.py" in files
    assert "from models import Base\n" in files["migrations/env.py"]
    assert "from models import " in files["tests/test_models.py"]
    counts = {(item.what, item.scope.split()[0]): item.count for item in found.proved}
    assert counts["tables created", "PostgreSQL"] == counts["tables created", "SQLite"] == 16
    assert any("up, down and up" in what for what, _ in counts)
    assert counts["tests passed", "SQLite"] >= 16
    text = as_text(found)
    assert "16 tables in models/ (" in text
    assert "\nmodels/base.py\n" in text
    api.apply_edits(tmp_path, found.edits)
    with pytest.raises(UsageError, match="all of this is there already"):
        api.design(brief=tmp_path / "brief.yaml", path=tmp_path)


@pytest.mark.parametrize(
    ("count", "into", "layout", "first"),
    [
        (15, "", "by size", "models.py"),
        (16, "", "by size", "models/__init__.py"),
        (16, "shop/tables/", "by size", "shop/tables/__init__.py"),
        (2, "shop/tables/", "by size", "shop/tables/models.py"),
        (16, "shop.py", "by size", "shop.py"),
        (16, "", "module", "models.py"),
        (2, "", "package", "models/__init__.py"),
        (2, "shop/tables", "package", "shop/tables/__init__.py"),
    ],
)
def test_the_layout_is_chosen_or_follows_the_size(
    count: int, into: str, layout: Layout, first: str
) -> None:
    made = design_files.models(designer.designed(parse(_large(count))), into, layout)
    assert made.first == first
    assert made.module == first.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_a_package_is_no_file() -> None:
    with pytest.raises(UsageError, match=r"a package is a folder, and shop\.py is a file"):
        design_files.models(designer.designed(parse(_large(2))), "shop.py", "package")


@pytest.mark.parametrize("there", ["models/old.py", "models.py"])
def test_a_package_takes_no_place_that_is_taken(tmp_path: Path, there: str) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("", encoding="utf-8")
    made = design_files.models(designer.designed(parse(_large(2))), "", "package")
    with pytest.raises(UsageError, match=f"{there.partition('/')[0]} is there already"):
        design_files.check_free(tmp_path, made)
    free = design_files.models(designer.designed(parse(_large(2))), "other/", "package")
    design_files.check_free(tmp_path, free)
