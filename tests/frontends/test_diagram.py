"""`dbwright models diagram`, and the page that every review can write."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dbwright.render.diagram import layered

from .conftest import MODELS, Run

COMMAND = ("models", "diagram", "models.py", "--quiet")
KEY = '"shelves" ||..o{ "books" : "shelf_id"'


def test_mermaid_goes_to_standard_output(run: Run, models: Path) -> None:
    done = run(*COMMAND)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("erDiagram\n")
    assert KEY in done.stdout


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("er.mmd", "erDiagram\n", '"shelf_id"\n'),
        ("er.md", "```mermaid\nerDiagram\n", '"shelf_id"\n```\n'),
        ("er.svg", "<svg ", "</svg>\n"),
    ],
)
def test_file_is_what_its_name_says(
    run: Run, models: Path, tmp_path: Path, name: str, start: str, end: str
) -> None:
    done = run(*COMMAND, "-o", name)
    assert (done.returncode, done.stdout) == (0, "")
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert text.startswith(start)
    assert text.endswith(end)


def test_tables_can_be_chosen(run: Run, models: Path) -> None:
    assert "shelves" not in run(*COMMAND, "--tables", "books").stdout
    assert KEY in run(*COMMAND, "--around", "books").stdout
    assert "shelves" not in run(*COMMAND, "--around", "books", "--depth", "0").stdout


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (["--tables", "book"], "there is no table 'book'; the nearest is 'books'"),
        (["--format", "dot"], "'dot' is not one of mermaid, svg"),
        (["-o", "missing/er.svg"], "cannot write missing/er.svg"),
        (["--db", "oracle://x/y"], "--db names a database of 'oracle'"),
    ],
)
def test_what_cannot_be_meant_is_answered(
    run: Run, models: Path, options: list[str], answer: str
) -> None:
    done = run(*COMMAND, *options)
    assert done.returncode == 2
    assert answer in done.stderr
    assert done.stdout == ""


def test_models_that_cannot_be_imported_are_named(run: Run, models: Path) -> None:
    models.write_text(f"import nowhere\n{MODELS}")
    done = run(*COMMAND)
    assert done.returncode == 2
    assert "nowhere" in done.stderr


def test_models_without_a_table_are_no_empty_picture(run: Run, models: Path) -> None:
    models.write_text("x = 1\n")
    done = run(*COMMAND)
    assert done.returncode == 2
    assert "table" in done.stderr


def test_database_is_drawn_in_place_of_the_models(run: Run, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.executescript(
        """
        create table a (id integer primary key);
        create table b (id integer primary key, a_id integer not null unique references a (id));
        """
    )
    connection.close()
    done = run("models", "diagram", "--db", "sqlite:///shop.db")
    assert done.returncode == 0, done.stderr
    assert '"a" ||..o| "b" : "a_id"' in done.stdout


def test_without_the_extra_the_plain_drawing_says_what_brings_the_other(
    run: Run, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layered, "is_there", lambda: False)
    done = run("models", "diagram", "models.py", "--format", "svg")
    assert "pip install 'dbwright[diagram]'" in done.stderr
    assert "graphlay" not in done.stderr
    ElementTree.fromstring(done.stdout)


@pytest.mark.parametrize("command", ["check", "models review"])
def test_every_review_writes_a_page_with_the_diagram(
    run: Run, models: Path, tmp_path: Path, command: str
) -> None:
    arguments = [*command.split(), "models.py", "--no-sandbox", "--quiet"]
    done = run(*arguments, "-o", "html:page.html", "--format", "html")
    assert done.returncode == 1, done.stderr
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page == done.stdout
    assert '<svg class="er"' in page
    assert "shelves.labels: all objects share one dict" in page


def test_page_of_what_could_not_be_read_says_so(run: Run) -> None:
    done = run("check", "nothing-here", "--format", "html")
    assert done.returncode == 2
    assert done.stdout.startswith("<!doctype html>")
    assert "nothing-here" in done.stdout
