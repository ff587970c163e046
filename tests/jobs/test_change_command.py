"""`dbwright migrations change` on a project: what it writes, says and refuses."""

from __future__ import annotations

import re
import shlex

import pytest

from .projects import CREATE, Project, revision, tree

pytestmark = pytest.mark.database
SPLIT = (
    "replace-columns",
    "authors",
    "--column",
    "name",
    "--to",
    "first text = split_part(name, ' ', 1)",
    "--to",
    "rest text = substr(name, length(split_part(name, ' ', 1)) + 2)",
    "--back",
    "name = rtrim(concat_ws(' ', first, rest))",
)


@pytest.fixture
def shop(project: Project) -> Project:
    project.standard()
    return project.revisions(b2=None, a1=revision("a1", None, CREATE, 'op.drop_table("authors")'))


def change(project: Project, *arguments: str) -> tuple[int, str, str]:
    status, stdout, stderr = project.changed_by("migrations", "change", *arguments)
    assert "Traceback" not in stderr, stderr
    return status, stdout, stderr


def test_the_revisions_are_written_and_named_with_the_deploy_between(shop: Project) -> None:
    before = tree(shop.root)
    status, stdout, stderr = change(shop, *SPLIT)
    assert (status, "This writes it:\n  dbwright migrations change" in stdout) == (0, True), stderr
    assert tree(shop.root) == before
    (again,) = [line for line in stdout.splitlines() if line.endswith("--write")]
    assert tuple(shlex.split(again)[3:-1]) == SPLIT
    status, stdout, stderr = change(shop, *SPLIT, "--write")
    assert (status, "went up, down and up again" in stdout) == (0, True), stderr
    assert len(list((shop.root / "migrations/versions").glob("*.py"))) == 5
    lines = stdout[stdout.index("in 4 revisions:") :].splitlines()
    deploy = next(n for n, line in enumerate(lines) if "deploy the new code here" in line)
    aside = next(n for n, line in enumerate(lines) if "Put name of authors aside" in line)
    assert deploy < aside
    assert all(len(line) <= 80 for line in lines)
    status, _, stderr = change(shop, *SPLIT)
    assert (status, "authors has no column name" in stderr) == (2, True)
    done = shop.start("undo", "--yes")
    assert done.communicate(timeout=60)[0].count("Removed ") == 4
    assert tree(shop.root) == before


def test_a_diff_writes_nothing(shop: Project) -> None:
    before = tree(shop.root)
    status, stdout, _ = change(shop, *SPLIT, "--diff")
    assert (status, "+revision = " in stdout) == (0, True)
    assert tree(shop.root) == before


def test_files_are_named_as_alembic_is_told_to(shop: Project) -> None:
    ini = (shop.root / "alembic.ini").read_text()
    shop.write({"alembic.ini": f"{ini}file_template = %%(epoch)s_%%(rev)s\n"})
    status, stdout, stderr = change(shop, *SPLIT, "--diff")
    assert status == 0, stderr
    names = re.findall(r"^\+\+\+ b/migrations/versions/(\d+)_\w{12}\.py$", stdout, re.MULTILINE)
    assert len(names) == 4
    assert names == sorted(names)


def test_what_does_not_hold_with_rows_is_not_written(shop: Project) -> None:
    before = tree(shop.root)
    wrong = [text.replace("split_part(name, ' ', 1)", "(1/0)::text", 1) for text in SPLIT]
    status, _, stderr = change(shop, *wrong)
    assert (status, "nothing was written" in stderr, "division by zero" in stderr) == (
        2,
        True,
        True,
    )
    assert tree(shop.root) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no-such", "authors"), "knows no change called no-such"),
        (("key-type", "autors", "--to", "uuid"), "Near it: authors"),
        (("key-type", "authors", "--to", "bigint"), "is bigint already"),
        (("key-type", "authors", "--to", "date"), "is a date"),
        (("split-table", "authors", "--column", "name"), "move where"),
        (("split-table", "authors", "--column", "name", "--to", "x (id)"), "is NOT NULL"),
        (("swap-enum", "authors", "--column", "name", "--to", "a"), "no enumerated type"),
        (("move-table", "authors", "--to", "public"), "is there already"),
        (("merge-table", "authors", "--to", "authors"), "no foreign key"),
        (("partition-table", "authors", "--column", "name", "--to", "x"), "from which day on"),
        (("replace-columns", "authors", "--column", "name"), "replaced by which"),
        (("replace-columns", "authors", "--column", "name", "--to", "a text"), "how is a filled"),
        (SPLIT[:-2], "how is name made of"),
    ],
)
def test_a_change_that_cannot_be_meant_says_what_to_write(
    shop: Project, arguments: tuple[str, ...], words: str
) -> None:
    status, _, stderr = change(shop, *arguments)
    assert (status, words in " ".join(stderr.split())) == (2, True), stderr
