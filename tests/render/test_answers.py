"""Designs and changes of models as text and as data."""

from __future__ import annotations

from dataclasses import replace

import jsonschema
import pytest

from dbwright.core.brief import Brief
from dbwright.core.claim import Proof
from dbwright.core.design import Decision, Designed, Proved
from dbwright.core.finding import Edit
from dbwright.core.model_change import ChangeRequest, ModelsChanged
from dbwright.render import design, models_changed
from dbwright.render.answer_schema import answer_schema

DESIGNED = Designed(
    Brief(),
    (Edit("models.py", None, "class Base: ...\n"),),
    (Decision(("users",), "the key is a bigint", "small"),),
    (Proved("tables created", 1, "SQLite 3"), Proved("bad rows refused", 2, "SQLite 3"),
     Proved("values that validators refused or took", 1, "SQLite 3")),
)  # fmt: skip


def test_a_design_begins_with_its_sum() -> None:
    text = design.as_text(DESIGNED)
    at = text.index("Designed: 1 table in models.py: proved on SQLite 3.")
    assert at < text.index("class Base")


def test_counts_and_their_words_agree() -> None:
    text = " ".join(design.as_text(DESIGNED).split())
    assert "1 table created, 2 bad rows refused, 1 value that validators refused" in text


def test_only_a_file_of_revisions_is_called_one() -> None:
    tests = Edit("tests/test_models.py", None, "def test_it(): ...\n")
    first = Edit("migrations/versions/0001_first_tables.py", None, "revision = '0001'\n")
    with_tests = replace(DESIGNED, edits=(*DESIGNED.edits, tests))
    assert "with the first revision" not in design.as_text(with_tests)
    both = replace(with_tests, edits=(*with_tests.edits, first))
    assert "in models.py, with the first revision" in " ".join(design.as_text(both).split())


ANSWERS = {
    "design": design.as_json(DESIGNED),
    "change": models_changed.as_json(ModelsChanged(ChangeRequest("add a phone"), notes=("seen",))),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_data_is_as_the_published_schema_says(kind: str) -> None:
    schema = jsonschema.Draft202012Validator(answer_schema())
    data = ANSWERS[kind]
    assert data["kind"] == kind
    assert [error.message for error in schema.iter_errors(data)] == []
    for name in data:
        lacking = {key: value for key, value in data.items() if key != name}
        assert not schema.is_valid(lacking), name
        assert not schema.is_valid(data | {name: object}), name
    assert not schema.is_valid(data | {"more": 1})


def test_data_holds_what_was_made_and_shown() -> None:
    data = ANSWERS["design"]
    assert data["files"] == {"models.py": "class Base: ...\n"}
    assert data["proof"][1] == {"what": "bad rows refused", "count": 2, "scope": "SQLite 3"}
    (decision,) = data["decisions"]
    assert decision["subjects"] == ["users"]
    assert ANSWERS["change"]["notes"] == ["seen"]


def test_a_change_begins_with_its_sum() -> None:
    changed = ModelsChanged(
        ChangeRequest("add a phone"),
        (Edit("models.py", "", "x = 1\n"),),
        proofs=(Proof("verified", "it holds", scope="PostgreSQL 18.6"),),
    )
    assert models_changed.summary(changed) == ["Changes: models.py; run on PostgreSQL 18.6."]
