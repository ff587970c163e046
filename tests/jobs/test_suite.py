"""`pytest --dbwright-migrations` on whole projects, in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .projects import MODELS, Project, revision

ROOT = Path(__file__).parents[2]
NOTE = 'op.add_column("authors", sa.Column("note", sa.Text()))'
NO_NOTE = 'op.drop_column("authors", "note")'
WITH_NOTE = f"{MODELS}    note: Mapped[str | None] = mapped_column(Text)\n"
INDEXED = MODELS.replace("mapped_column(Text)", "mapped_column(Text, index=True)")


@pytest.fixture
def shop(project: Project) -> Project:
    """The standard project, deployed with its models; a test of its own stands beside it."""
    project.standard(models=INDEXED).write({"test_own.py": "def test_own(): pass\n"})
    return project.commit()


def run(project: Project, *arguments: str) -> tuple[int, str]:
    """Runs pytest with the plugin in the project's folder; gives its status and what it said."""
    plugin = ["-p", "dbwright.frontends.pytest_plugin", "-p", "no:cacheprovider", "-rA"]
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", *plugin, *arguments],
        cwd=project.root,
        env={**project.environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def outcomes(text: str) -> dict[str, str]:
    """Gives each test of the migrations with its outcome, as the summary of -rA lists them."""
    found = re.findall(r"^(PASSED|FAILED|ERROR) migrations::(.*?)(?: - .*)?$", text, re.M)
    return {name: outcome for outcome, name in found}


@pytest.mark.database
def test_revisions_heads_and_drift_are_tests_with_names(shop: Project):
    shop.revisions(c3=revision("c3", "b2", NOTE, NO_NOTE)).write(
        {"models.py": INDEXED + "    note: Mapped[str | None] = mapped_column(Text)\n"}
    )
    status, text = run(shop, "--dbwright-migrations")
    assert outcomes(text) == {"heads": "PASSED", "c3 c3": "PASSED", "drift": "PASSED"}
    assert status == 0, text


@pytest.mark.database
def test_failures_are_text_that_names_the_fault(shop: Project):
    up = 'op.alter_column("authors", "name", new_column_name="title")'
    shop.revisions(
        c3=revision("c3", "b2", up, 'op.alter_column("authors", "title", new_column_name="name")'),
        d4=revision("d4", "c3", NOTE),
        e5=revision("e5", "c3", "pass"),
    )
    status, text = run(shop, "--dbwright-migrations")
    assert status == 1
    found = outcomes(text)
    assert found == {
        "heads": "FAILED",
        "c3 c3": "FAILED",
        "d4 d4": "FAILED",
        "e5 e5": "PASSED",
        "drift": "FAILED",
    }
    words = " ".join(text.split())
    assert "the deployed SELECT of models.Author worked before and now fails" in words
    assert "the downgrade leaves another schema: column authors.note" in words
    assert "multiple-heads" in words
    assert "The models and the migrated database differ" in words
    assert "Traceback" not in text


@pytest.mark.database
def test_heads_are_those_behind_the_merge(shop: Project):
    shop.git("checkout", "-q", "-b", "feature")
    shop.revisions(c3=revision("c3", "b2", NOTE, NO_NOTE)).commit()
    shop.git("checkout", "-q", "main")
    shop.revisions(z9=revision("z9", "b2")).commit()
    shop.git("checkout", "-q", "feature")
    _, text = run(shop, "--dbwright-migrations", "-k", "heads")
    assert outcomes(text) == {"heads": "FAILED"}
    words = " ".join(text.split())
    assert "once it is merged into main, alembic upgrade head refuses to run" in words
    answer = shop.check("--no-sandbox", "--select", "multiple-heads")
    assert (answer.status, answer.found("multiple-heads")["severity"]) == (1, "error")


@pytest.mark.database
def test_xdist_and_a_range_and_a_selection_work(shop: Project):
    xdist = ["-p", "xdist", "-n", "2"]
    status, text = run(shop, "--dbwright-migrations", "--dbwright-range", "base:head", *xdist)
    assert outcomes(text) == {
        "heads": "PASSED",
        "a1 a1": "PASSED",
        "b2 b2": "PASSED",
        "drift": "PASSED",
    }
    assert status == 0, text
    status, text = run(shop, "--dbwright-migrations", "-k", "heads or own")
    assert outcomes(text) == {"heads": "PASSED"}
    assert "1 deselected" in text


@pytest.mark.database
def test_waived_danger_is_no_failure(shop: Project):
    drop = "op.drop_column('authors', 'price')  # dbwright: allow dropped-column because archived"
    back = "op.add_column('authors', sa.Column('price', sa.Float()))"
    shop.revisions(c3=revision("c3", "b2", drop, back))
    _, text = run(shop, "--dbwright-migrations", "-k", "c3")
    assert "15 of 20 values" not in text
    assert "values of authors.price are gone or changed after the upgrade" not in text


def test_folder_without_migrations_and_a_wrong_range_are_usage_errors(
    tmp_path: Path, shop: Project
):
    status, text = run(shop, "--dbwright-migrations", "--dbwright-range", "nope")
    assert (status, "names no revisions here" in text) == (4, True)
    (tmp_path / "bare").mkdir()
    status, text = run(
        Project(tmp_path / "bare", shop.environment, shop.zygote), "--dbwright-migrations"
    )
    assert status == 4
    assert "Traceback" not in text


def test_plugin_costs_nothing_while_it_is_off():
    code = (
        "import sys, pytest; before = set(sys.modules)\n"
        "import dbwright.frontends.pytest_plugin\n"
        "print(sorted(n for n in set(sys.modules) - before if not n.startswith('dbwright.front')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    assert done.stdout.strip() == "['dbwright']"


def test_package_announces_the_plugin():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.entry-points.pytest11]\ndbwright = "dbwright.frontends.pytest_plugin"' in text
