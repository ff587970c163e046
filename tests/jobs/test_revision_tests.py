"""`dbwright migrations tests`: files that hold a revision to what it does, run on a server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dbwright.scratch.server import Server

from .projects import Project, revision

pytestmark = pytest.mark.database
FILE = "tests/migrations/test_c3.py"
UP = """
op.add_column("authors", sa.Column("shout", sa.Text()))
op.execute("update authors set shout = upper(name), price = price * 2")
"""
DOWN = """
op.execute("update authors set price = price / 2")
op.drop_column("authors", "shout")
"""


def wrote(project: Project, *arguments: str) -> str:
    """Has the file written; gives its text."""
    status, stdout, stderr = project.changed_by("migrations", "tests", *arguments, "--yes", "-q")
    assert status == 0, stderr
    text = (project.root / FILE).read_text(encoding="utf-8")
    assert text.strip() == stdout.strip()
    return text


def pytest_on(project: Project, url: str | None) -> tuple[int, str]:
    """Runs the file in a process that knows nothing of dbwright's source."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    if url is not None:
        environment["MIGRATIONS_TEST_URL"] = url
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", FILE],
        cwd=project.root,
        env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def url(scratch: tuple[Path, Server]) -> str:
    """A server on which databases may be made."""
    running = scratch[1]
    return running.url(running.maintenance, user="postgres")


BROKEN = {
    "another value": (UP.replace("upper", "lower"), DOWN),
    "rows lost": (f"{UP}op.execute('delete from authors where id > 1')", DOWN),
    "no way back": (UP, "pass"),
    "values not back": (UP, DOWN.splitlines()[2]),
    "another schema back": (UP, f"{DOWN}op.create_index('ix_more', 'authors', ['price'])"),
    "fails": (f"{UP}raise RuntimeError('no')", DOWN),
}


def test_file_passes_on_the_revision_and_fails_on_each_broken_one(project: Project, url: str):
    project.standard().revisions(c3=revision("c3", "b2", UP, DOWN))
    text = wrote(project, "c3")
    assert "import dbwright" not in text
    assert "from dbwright" not in text
    status, said = pytest_on(project, url)
    assert status == 0, said
    assert "3 passed" in said
    for name, (up, down) in BROKEN.items():
        project.revisions(c3=revision("c3", "b2", up, down))
        status, said = pytest_on(project, url)
        assert status == 1, (name, said)


def test_databases_of_the_tests_are_dropped_and_without_a_server_they_are_skipped(
    project: Project, url: str, scratch: tuple[Path, Server]
):
    project.standard().revisions(c3=revision("c3", "b2", UP, DOWN))
    wrote(project, "c3")
    pytest_on(project, url)
    with scratch[1].connect() as connection:
        names = connection.execute("select datname from pg_database").fetchall()
    assert not [name for (name,) in names if name.startswith("test_")]
    status, said = pytest_on(project, None)
    assert (status, "3 skipped" in said) == (0, True)


def test_downgrade_that_refuses_is_expected_to(project: Project, url: str):
    up, down = 'op.drop_column("authors", "price")', 'raise NotImplementedError("prices are gone")'
    project.standard().revisions(c3=revision("c3", "b2", up, down))
    assert "prices are gone" in wrote(project, "c3")
    status, said = pytest_on(project, url)
    assert (status, "2 passed" in said) == (0, True), said
    project.revisions(c3=revision("c3", "b2", up, "pass"))
    assert pytest_on(project, url)[0] == 1


def test_values_that_differ_on_each_run_are_not_held_to_anything(project: Project, url: str):
    up = """
op.add_column("authors", sa.Column("token", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))
op.execute("insert into authors (name, price) values ('100% new', 3)")
"""
    project.standard().revisions(c3=revision("c3", "b2", up, 'op.drop_column("authors", "token")'))
    text = wrote(project, "c3")
    assert "100% new" in text
    assert '"token"' not in text
    status, said = pytest_on(project, url)
    assert status == 0, said


def test_sqlite_project_gets_a_file_that_needs_no_server(project: Project):
    ini = "[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = .\n"
    project.standard(ini=f"{ini}sqlalchemy.url = sqlite:///shop.db\n")
    project.revisions(c3=revision("c3", "b2", UP, DOWN))
    wrote(project, "c3")
    status, said = pytest_on(project, None)
    assert status == 0, said
    project.revisions(c3=revision("c3", "b2", UP.replace("upper", "lower"), DOWN))
    assert pytest_on(project, None)[0] == 1


def test_nothing_is_written_without_a_yes(project: Project):
    project.standard().revisions(c3=revision("c3", "b2", UP, DOWN))
    answer = project.run("migrations", "tests", "c3", "-q")
    assert answer.status == 0
    assert "def test_upgrade_of_c3" in answer.stdout
    assert f"give --yes to write {FILE}" in answer.stderr


@pytest.mark.parametrize(
    ("upgrade", "asked", "words"),
    [
        ("raise RuntimeError('no')", "c3", ["the upgrade of c3 fails", "Mend it first"]),
        (UP, "b2:c3", ["is 2 revisions", "Name one"]),
        (UP, "nope", ["names no revisions here"]),
    ],
)
def test_what_cannot_be_tested_says_why(
    project: Project, upgrade: str, asked: str, words: list[str]
):
    project.standard().revisions(c3=revision("c3", "b2", upgrade, DOWN))
    answer = project.run("migrations", "tests", asked, "--yes", "-q")
    assert answer.status == 2
    assert all(word in answer.stderr for word in words), answer.stderr


def test_file_that_is_there_is_left_alone(project: Project):
    project.standard().revisions(c3=revision("c3", "b2", UP, DOWN)).write({FILE: "mine = 1\n"})
    answer = project.run("migrations", "tests", "c3", "--yes", "-q")
    assert answer.status == 2
    assert "is there already" in answer.stderr
