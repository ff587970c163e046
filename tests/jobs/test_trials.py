"""Fixes tried on a copy before they are printed, end to end; the folder itself stays as it is."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from .projects import CREATE, MODELS, Project, revision

pytestmark = pytest.mark.database

FALSE_FIX = '''
"""An index has the wrong name.

## What it does
x

## Why is this bad?
x

## When to leave it
x
"""
from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Edit, Finding, Fix, Irreversible, Location, Risk
from dbwright.core.migration import Migration
from dbwright.core.operation import CreateIndex
from dbwright.core.rule import Applies, Reasoned, RevisionExample

APPLIES = Applies()
SEVERITY = "warning"
REASONED = Reasoned("it is about a name")
BAD = RevisionExample(before="create table t (id int)", upgrade="pass")
GOOD = RevisionExample(before="create table t (id int)", upgrade="pass")


def check(migration: Migration):
    for _, statement, operation in migration.each(CreateIndex):
        yield Finding("it has the wrong name", migration.locate(statement, operation.index.name))


def advise(finding, migration):
    text = migration.source.text
    return Advice(
        reason="x",
        fix=Fix("rename", "x", "safe", (Edit(migration.path, text, text.replace(OLD, NEW)),)),
        alternatives=(),
        risk=Risk("x", "x"),
        undo=Irreversible("x"),
        tests="x",
        backup="x",
    )
'''


@pytest.fixture(autouse=True)
def _tried(project: Project) -> None:
    project.trials = True


@pytest.fixture
def false_fix(project: Project, tmp_path: Path):
    """Installs a rule whose fix replaces one text by another."""

    def plant(old: str, new: str) -> Project:
        code = FALSE_FIX + f"\n\nOLD, NEW = {old!r}, {new!r}\n"
        for name, text in {
            "house/__init__.py": "",
            "house/migrations/__init__.py": "",
            "house/migrations/wrong_name.py": code.lstrip(),
            "house-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: house\nVersion: 1.0\n",
            "house-1.0.dist-info/entry_points.txt": "[dbwright.rules]\nhouse = house\n",
        }.items():
            path = tmp_path / "plug" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        project.environment = {
            **project.environment,
            "PYTHONPATH": f"{project.environment['PYTHONPATH']}:{tmp_path / 'plug'}",
        }
        return project.standard()

    return plant


def test_a_fix_that_cures_says_what_was_run(project: Project):
    fix = project.standard().check().found("blocking-index-build")["fix"]
    assert fix["trial"]["level"] == "verified"
    assert "went up, down and up again with rows" in fix["trial"]["witness"]
    assert fix["edits"]


def test_a_fix_of_models_is_tried_too(project: Project):
    fix = project.standard().check().found("float-money")["fix"]
    assert fix["trial"]["level"] == "verified"
    assert "the mappers configured, the tables were created" in fix["trial"]["witness"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('op.create_index("ix', 'op.create_indexes("ix', "has no attribute 'create_indexes'"),
        ('"name"])', '"name"], unique=False)', "wrong-name is found again"),
        ("def upgrade", "def upgrade(:", "b2.py"),
        ('op.create_index("ix_authors_name", "authors", ["name"])', "pass", "ix_authors_name"),
        ('"ix_authors_name"', '"ix_name"', "it brings wrong-name (ix_name"),
        ("down_revision = 'a1'", "down_revision = 'a0'", "a0"),
    ],
)
def test_a_fix_that_does_not_hold_is_a_sketch(false_fix, old: str, new: str, why: str):
    answer = false_fix(old, new).check("--select", "wrong-name")
    fix = answer.found("wrong-name")["fix"]
    assert fix["trial"]["level"] == "refuted"
    assert why in fix["trial"]["why"]
    assert fix["title"].startswith("a sketch")
    assert (fix["edits"], fix["safety"]) == ([], "unsafe")
    assert why in answer.missed("the fix of wrong-name")["why"]


def test_the_revision_that_drift_asks_for_takes_the_safe_form_along(project: Project):
    models = MODELS.replace(
        "    name: Mapped[str] = mapped_column(Text)\n",
        "    name: Mapped[str] = mapped_column(Text, index=True)\n",
    )
    project.standard(models=models).revisions(b2=None)
    fix = project.check().found("model-not-migrated")["fix"]
    assert fix["trial"]["level"] == "verified"
    (edit,) = fix["edits"]
    assert "postgresql_concurrently=True" in edit["after"]
    assert "postgresql_concurrently=True" in fix["code"]


def test_fixes_of_one_file_are_tried_together_and_the_bad_one_alone(project: Project):
    models = MODELS + textwrap.dedent(
        """
        class Tag(Base):
            __tablename__ = "tags"
            id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
            cost: Mapped[float] = mapped_column(Float)
        """
    )
    create = CREATE + textwrap.dedent(
        """
        op.create_table(
            "tags",
            sa.Column("id", sa.BigInteger(), primary_key=True),
            sa.Column("cost", sa.Float(), nullable=False),
        )
        """
    )
    project.standard(models=models)
    project.revisions(a1=revision("a1", None, create, 'op.drop_table("authors")'))
    found = [
        item
        for item in project.check("--select", "float-money").report["recommendations"]
        if item["rule"] == "float-money"
    ]
    assert [item["fix"]["trial"]["level"] for item in found] == ["verified", "verified"]


def test_a_fix_that_is_no_file_says_that_nobody_tried_it(project: Project):
    rename = 'op.alter_column("authors", "name", new_column_name="title")'
    back = 'op.alter_column("authors", "title", new_column_name="name")'
    project.standard().revisions(b2=revision("b2", "a1", rename, back))
    trials = [item["fix"]["trial"] for item in project.check().report["recommendations"]]
    assert "reasoned" in {trial["level"] for trial in trials}
    assert all("code for you" in t["why"] for t in trials if t["level"] == "reasoned")


def test_a_drift_fix_that_rows_refuse_takes_the_form_along_that_they_admit(project: Project):
    rename = 'op.alter_column("authors", "name", new_column_name="title")'
    back = 'op.alter_column("authors", "title", new_column_name="name")'
    project.standard().revisions(b2=revision("b2", "a1", rename, back))
    fix = project.check().found("model-not-migrated")["fix"]
    assert "ADD" in fix["code"].upper()
    assert fix["trial"]["level"] == "verified"


def test_a_fix_is_tried_in_a_chain_that_runs_in_one_go_only(project: Project):
    """The third revision asks for what only the first one's own run leaves behind."""
    first = CREATE + '\nop.get_context().opts["begun"] = True\n'
    second = 'assert op.get_context().opts.get("begun"), "not in one go"'
    by_name = 'op.create_index("ix_authors_name", "authors", ["name"])'
    by_price = 'op.create_index("ix_authors_price", "authors", ["price"])'
    project.standard().revisions(
        a1=revision("a1", None, first, 'op.drop_table("authors")'),
        b2=revision("b2", "a1", by_name, 'op.drop_index("ix_authors_name", "authors")'),
        c3=revision("c3", "b2", second),
        d4=revision("d4", "c3", by_price, 'op.drop_index("ix_authors_price", "authors")'),
    )
    answer = project.check()
    assert answer.summary["revisions_run"] == 4
    trials = {
        item["location"]["revision"]: item["fix"]["trial"]
        for item in answer.report["recommendations"]
        if item["rule"] == "blocking-index-build"
    }
    assert {name: trial["level"] for name, trial in trials.items()} == {
        "b2": "verified",
        "d4": "verified",
    }


def test_a_trial_on_another_version_than_the_targets_is_an_observation(project: Project):
    answer = project.standard().check("--target", "postgresql-13", "--select", "float-money")
    trial = answer.found("float-money")["fix"]["trial"]
    on_13 = trial["scope"].startswith("PostgreSQL 13")
    assert trial["level"] == ("verified" if on_13 else "observed")


def test_what_the_time_does_not_reach_is_told_and_the_worst_comes_first(project: Project):
    files = {}
    for number in range(2, 14):
        build = f'op.create_index("ix_authors_{number}", "authors", ["name"])'
        back = f'op.drop_index("ix_authors_{number}", table_name="authors")'
        files[f"b{number}"] = revision(f"b{number}", f"b{number - 1}", build, back)
    files["b2"] = files["b2"].replace("'b1'", "'a1'")
    project.standard().revisions(**files)
    project.write({"pyproject.toml": "[tool.dbwright]\ntrials = 1\n"})
    answer = project.check("--all")
    trials = [(item["severity"], item["fix"]["trial"]) for item in answer.report["recommendations"]]
    left = [severity for severity, trial in trials if "time for trials" in trial["why"]]
    assert left
    assert "verified" in {trial["level"] for severity, trial in trials if severity == "error"}
    (missed,) = [m for m in answer.report["unverified"] if "worse findings" in m["why"]]
    assert missed["what"] == f"{len(left)} fixes"
    assert "trials = SECONDS" in missed["way_out"]
