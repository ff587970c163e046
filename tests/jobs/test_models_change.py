"""`dbwright models change`: shown, written, asked, refused; and the same through `ask`."""

from __future__ import annotations

import json

import jsonschema
import pytest

from dbwright import api
from dbwright.core.errors import FixError
from dbwright.core.options import Options
from dbwright.render.answer_schema import answer_schema

from .projects import INI, MODELS, URL, Project, tree

TRACK = "I need to add a new column to track author preferences"
PHONE = "add a nullable phone to Author"


@pytest.mark.database
def test_a_change_is_shown_with_its_revision_and_nothing_is_written(project: Project) -> None:
    project.standard()
    answer = project.run("ask", TRACK)  # the folder stays as it was
    assert answer.status == 0
    assert f'dbwright ask "{TRACK}" --yes' in answer.stdout
    assert len(answer.stdout.splitlines()) <= 45
    told = project.run("ask", TRACK, "--full").stdout
    assert "+    preferences: Mapped[dict[str, Any]] = mapped_column(" in told
    assert "+from sqlalchemy.dialects.postgresql import JSONB" in told
    assert "--choose key-value" in told
    words = " ".join(told.split())
    assert "it refused NULL in authors.preferences" in words
    assert "went up, down and up again" in words


@pytest.mark.database
def test_a_change_that_was_asked_for_is_written_and_undone(project: Project) -> None:
    before = (project.standard().root / "models.py").read_text()
    state = str(project.root.parent / "state")
    status, shown, errors = project.changed_by("ask", PHONE, "--yes", "-q", XDG_STATE_HOME=state)
    assert status == 0, errors
    assert "+    phone: Mapped[str | None]" in shown
    assert "Wrote models.py" in shown
    assert "phone" in (project.root / "models.py").read_text()
    _, undone, _ = project.changed_by("undo", "--yes", XDG_STATE_HOME=state)
    assert "Restored models.py" in undone
    assert (project.root / "models.py").read_text() == before


@pytest.mark.database
@pytest.mark.parametrize("format_", ["markdown", "html"])
def test_a_change_has_every_format_of_an_answer(project: Project, format_: str) -> None:
    answer = project.standard().run("ask", PHONE, "--format", format_)
    assert answer.status == 0, answer.stderr
    for words in ("phone", "went up, down and up again", "Backup"):
        assert words in answer.stdout


@pytest.mark.database
def test_a_change_is_written_whole_and_leaves_nothing_to_autogenerate(project: Project) -> None:
    project.standard()
    status, stdout, stderr = project.changed_by("models", "change", PHONE, "--write", "-q")
    assert status == 0, stderr
    assert "Wrote models.py" in stdout
    text = (project.root / "models.py").read_text()
    assert "    phone: Mapped[str | None] = mapped_column(String(32))\n" in text
    # the standard project's models and revisions differ in an index: that is not this change's
    assert "differed before this change" in stdout
    again = project.run("migrations", "new", "-m", "again", "--diff")
    assert "ix_authors_name" in again.stdout
    assert "phone" not in again.stdout


@pytest.mark.database
def test_limits_of_large_numbers_and_names_that_sql_keeps_are_written_out(project: Project) -> None:
    words = (
        "add a stock count between 1 and 1234567 to Author\n"
        "add a field end to Author, one of early, late"
    )
    found = api.change_models(words, project.standard().root)
    assert [item.text for item in found.request.unused] == []
    (models,) = [edit.after for edit in found.edits if edit.path == "models.py"]
    assert models is not None
    assert "stock_count <= 1234567" in models
    assert r"\"end\" IN ('early', 'late')" in models
    (held,) = [proof for proof in found.proofs if proof.proposition == "the constraints hold"]
    assert held.level == "verified"
    assert "1234568 in authors.stock_count" in (held.witness or "")


@pytest.mark.database
def test_rows_without_a_value_are_asked_about(project: Project) -> None:
    answer = project.standard().run("models", "change", "add a required code to Author")
    assert answer.status == 2
    assert "--fill authors.code:SQL" in answer.stderr
    assert 'dbwright models change "add a required code to Author" --fill' in answer.stderr


@pytest.mark.database
def test_ask_answers_as_data_and_takes_another_way(project: Project) -> None:
    project.standard()
    answer = project.run("ask", TRACK, "--choose", "key-value", "--format", "json")
    assert answer.status == 0, answer.stderr
    data = json.loads(answer.stdout)
    jsonschema.validate(data, answer_schema())
    assert data["kind"] == "change"
    assert "class AuthorPreference" in data["files"]["models.py"]
    assert len(data["revisions"]) == 1


@pytest.mark.database
def test_older_differences_that_need_an_answer_stay(project: Project) -> None:
    files = project.standard(models=MODELS.replace("    price:", "    cost:"))
    assert files
    answer = project.run("models", "change", PHONE, "--format", "json")
    assert answer.status == 0, answer.stderr
    data = json.loads(answer.stdout)
    (revision,) = data["revisions"]
    assert "phone" in data["files"][revision]
    assert "price" not in data["files"][revision]


def test_a_request_that_cannot_be_meant_names_its_clause(project: Project) -> None:
    answer = project.standard().run("models", "change", "add a phone to Autor")
    assert answer.status == 2
    assert "“add a phone to Autor”: there is no model Autor; did you mean Author?" in answer.stderr


def test_models_that_do_not_parse_are_named_with_their_line(project: Project) -> None:
    answer = project.standard(models=MODELS + "\n    x = = 1\n").run("models", "change", PHONE)
    assert answer.status == 2
    assert "models.py:15" in answer.stderr


@pytest.mark.database
def test_without_alembic_the_ddl_is_told(project: Project) -> None:
    project.write({"models.py": MODELS})
    answer = project.run("models", "change", PHONE, "--models", "models:Base")
    assert answer.status == 0, answer.stderr
    assert "No revision: there is no Alembic project here" in answer.stdout
    assert "ALTER TABLE authors ADD COLUMN phone VARCHAR(32)" in answer.stdout


def test_on_sqlite_the_revision_is_written_and_run(project: Project) -> None:
    """What ALTER TABLE knows is done in place, the rest in one batch of the table."""
    project.standard(ini=INI.replace(URL, "sqlite:///app.db"))
    words = "rename Author.name to title\nallow Author.price to be null\nadd a phone to Author"
    answer = project.run("models", "change", words, "--format", "json")
    assert answer.status == 0, answer.stderr
    data = json.loads(answer.stdout)
    (revision,) = data["revisions"]
    up = data["files"][revision].partition("def upgrade")[2].partition("def downgrade")[0]
    assert 'op.alter_column("authors", "name", new_column_name="title")' in up
    assert up.count("batch_alter_table") == 1
    assert "existing_type=sa.Float(), nullable=True" in " ".join(up.split())


def test_without_a_server_of_mariadb_it_says_how_to_name_one(project: Project) -> None:
    project.standard(ini=INI.replace(URL, "mariadb+pymysql://app:secret@db.invalid/app"))
    answer = project.run("models", "change", PHONE)
    assert answer.status == 0, answer.stderr
    told = " ".join(answer.stdout.split())
    assert "No revision: revisions are run before they are written" in told
    assert "--sandbox-url mariadb+pymysql://" in told


@pytest.mark.database
def test_a_file_that_changed_meanwhile_is_not_written_over(project: Project) -> None:
    project.standard()
    found = api.change_models(PHONE, project.root, Options(target="postgresql-18"))
    models = project.root / "models.py"
    models.write_text(models.read_text() + "\n# mine\n")
    before = tree(project.root)
    with pytest.raises(FixError, match="has changed since"):
        api.apply_edits(project.root, found.edits)
    assert tree(project.root) == before
