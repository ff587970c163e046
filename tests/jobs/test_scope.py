"""What is reported: waivers, the baseline, chosen rules, git's scope, and the old code."""

from __future__ import annotations

import json

import pytest

from .projects import FAULT_OF_MODELS, FAULT_OF_REVISION, INDEX, MODELS, Project
from .projects import revision as made

DROP = 'op.drop_index("ix_authors_name", table_name="authors")'
STATIC = "--no-sandbox"


def waived(project: Project, comment: str) -> Project:
    """Writes the standard project with a comment at its fault of the revision."""
    return project.standard().revisions(b2=made("b2", "a1", f"{INDEX}  {comment}", DROP))


def test_waiver_with_a_reason_allows_and_is_listed(project: Project):
    comment = f"# dbwright: allow {FAULT_OF_REVISION} because the table is small"
    answer = waived(project, comment).check(STATIC)
    assert FAULT_OF_REVISION not in answer.rules
    (entry,) = answer.report["waived"]
    assert (entry["rule"], entry["reason"]) == (FAULT_OF_REVISION, "the table is small")
    assert answer.report["unverified"] == []


def test_waiver_without_a_reason_allows_nothing_and_is_told(project: Project):
    answer = waived(project, f"# dbwright: allow {FAULT_OF_REVISION}").check(STATIC)
    assert FAULT_OF_REVISION in answer.rules
    answer.missed(f"waiver of {FAULT_OF_REVISION}", "b2.py:10", "no reason", "because")


def test_waiver_that_nothing_needs_is_told(project: Project):
    answer = waived(project, "# dbwright: allow dropped-column because it is old").check(STATIC)
    answer.missed("waiver of dropped-column", "b2.py:10", "nothing there needs it")


def test_waiver_of_no_rule_is_told(project: Project):
    answer = waived(project, "# dbwright: allow float-mony because it is old").check(STATIC)
    answer.missed("waiver of float-mony", "b2.py:10", "the nearest is float-money")


def test_waiver_of_a_rule_that_did_not_run_is_left_alone(project: Project):
    waived(project, "# dbwright: allow dropped-column because it is old")
    answer = project.check(STATIC, "--select", FAULT_OF_REVISION)
    assert answer.report["unverified"] == []


def test_baseline_keeps_what_is_known_apart_from_what_is_new(project: Project):
    project.standard()
    before = {path.name for path in project.root.iterdir()}
    _, _, stderr = project.changed_by("check", STATIC, "--write-baseline")
    assert "dbwright-baseline.json" in stderr
    assert {path.name for path in project.root.iterdir()} - before == {"dbwright-baseline.json"}
    assert project.check(STATIC).rules == set()
    added = 'op.add_column("authors", sa.Column("born", sa.Date(), nullable=False))'
    project.revisions(c3=made("c3", "b2", added, 'op.drop_column("authors", "born")'))
    answer = project.check(STATIC)
    assert "not-null-without-default" in answer.rules
    assert {item["location"]["revision"] for item in answer.report["recommendations"]} == {"c3"}


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--select", FAULT_OF_MODELS], {FAULT_OF_MODELS}),
        (
            ["--select", f"{FAULT_OF_MODELS},{FAULT_OF_REVISION}"],
            {FAULT_OF_MODELS, FAULT_OF_REVISION},
        ),
        (
            [
                *("--select", f"{FAULT_OF_MODELS},{FAULT_OF_REVISION}"),
                *("--ignore", FAULT_OF_REVISION.replace("-", "_")),
            ],
            {FAULT_OF_MODELS},
        ),
    ],
)
def test_chosen_rules_alone_are_reported(project: Project, arguments: list[str], found: set[str]):
    assert project.standard().check(STATIC, *arguments).rules == found


def test_chosen_rules_of_the_settings_yield_to_the_command_line(project: Project):
    project.standard().write(
        {"pyproject.toml": f'[tool.dbwright]\nselect = ["{FAULT_OF_REVISION}"]\n'}
    )
    assert project.check(STATIC).rules == {FAULT_OF_REVISION}
    assert project.check(STATIC, "--select", FAULT_OF_MODELS).rules == {FAULT_OF_MODELS}


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_unknown_rule_names_the_nearest(project: Project, option: str):
    project.standard().check(option, "float-mony").error("'float-mony'", "'float-money'")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('selct = ["float-money"]', ["pyproject.toml", "'selct'", "'select'"]),
        ('select = "float-money"', ["pyproject.toml", "select", "list of strings"]),
        ("timeout = 0", ["pyproject.toml", "timeout", "positive"]),
        ('applied = "zz"', ["'zz'", "applied", "nearest"]),
        ('target = "oracle"', ["oracle"]),
        ('baseline = "none.json"', ["none.json", "--write-baseline"]),
        ('config = "none.ini"', ["none.ini"]),
    ],
)
def test_setting_that_cannot_be_meant_is_one_error(project: Project, text: str, words: list[str]):
    project.standard().write({"pyproject.toml": f"[tool.dbwright]\n{text}\n"})
    project.check(STATIC).error(*words)


def test_without_git_all_revisions_are_reported_and_it_says_so(project: Project):
    answer = project.standard().check(STATIC)
    assert "all 2 revisions" in answer.summary["scope"]
    assert "no git repository" in answer.summary["scope"]


def test_default_scope_is_what_the_default_branch_lacks(project: Project):
    project.standard().commit()
    answer = project.check(STATIC)
    assert FAULT_OF_REVISION not in answer.rules
    assert (answer.summary["revisions_new"], answer.summary["older_remarks"] > 0) == (0, True)
    project.git("checkout", "-q", "-b", "work")
    again = INDEX.replace("ix_authors_name", "ix_again")
    project.revisions(c3=made("c3", "b2", again)).commit()
    found = project.check(STATIC).found(FAULT_OF_REVISION)
    assert found["location"]["revision"] == "c3"
    assert FAULT_OF_REVISION in project.check(STATIC, "--all").rules


def test_since_takes_any_reference(project: Project):
    project.standard().revisions(b2=None).commit()
    project.git("tag", "v1")
    project.revisions(b2=made("b2", "a1", INDEX, DROP)).commit()
    assert FAULT_OF_REVISION not in project.check(STATIC).rules
    assert FAULT_OF_REVISION in project.check(STATIC, "--since", "v1").rules
    project.check(STATIC, "--since", "v9").error("--since v9", "git knows no such")


def test_since_without_git_is_an_error(project: Project):
    project.standard().check(STATIC, "--since", "main").error("--since main", "no git repository")


def test_applied_tells_what_production_has(project: Project):
    project.standard().write({"pyproject.toml": '[tool.dbwright]\napplied = "b2"\n'})
    answer = project.check(STATIC)
    assert FAULT_OF_REVISION not in answer.rules
    assert "newer than b2" in answer.summary["scope"]
    assert FAULT_OF_REVISION in project.check(STATIC, "--all").rules


@pytest.mark.database
def test_renamed_column_breaks_the_code_at_the_merge_base(project: Project):
    project.standard().revisions(b2=None).commit()
    project.git("checkout", "-q", "-b", "work")
    project.write({"models.py": MODELS.replace("name: Mapped", "full_name: Mapped")})
    rename = 'op.alter_column("authors", "name", new_column_name="full_name")'
    back = 'op.alter_column("authors", "full_name", new_column_name="name")'
    project.revisions(b2=made("b2", "a1", rename, back))
    answer = project.check()
    found = answer.found("rename-in-use")
    assert found["proof"]["level"] == "verified"
    assert "breaks_old_code" in {effect["claim"] for effect in found["effects"]}
    assert "Author" in json.dumps(found["proof"]) or "authors" in json.dumps(found["proof"])
    assert answer.report["unverified"] == []


@pytest.mark.database
@pytest.mark.parametrize(
    ("fill", "told"),
    [("pass", set()), ("op.execute(\"INSERT INTO drafts VALUES (1, 'x')\")", {"dropped-column"})],
)
def test_a_table_made_by_a_revision_as_new_holds_nothing(
    project: Project, fill: str, told: set[str]
):
    project.standard().commit()
    project.git("checkout", "-q", "-b", "work")
    table = (
        'op.create_table("drafts", sa.Column("id", sa.Integer(), primary_key=True), '
        'sa.Column("tmp", sa.Text()))'
    )
    back = 'op.add_column("drafts", sa.Column("tmp", sa.Text()))'
    project.revisions(
        c3=made("c3", "b2", f"{table}\n{fill}", 'op.drop_table("drafts")'),
        d4=made("d4", "c3", 'op.drop_column("drafts", "tmp")', back),
    )
    found = {item["rule"] for item in project.check().report["recommendations"]}
    assert found & {"dropped-column", "unexplained-danger"} == told
    assert ("missing-lock-timeout" in found) is bool(told)


@pytest.mark.database
def test_old_code_that_cannot_be_read_is_told(project: Project):
    project.standard(models="def broken(:\n").revisions(b2=None).commit()
    project.git("checkout", "-q", "-b", "work")
    project.write({"models.py": MODELS}).revisions(b2=made("b2", "a1", INDEX, DROP))
    answer = project.check()
    answer.missed("old code against the new schema", "does not parse")
    assert FAULT_OF_REVISION in answer.rules
