"""Designs and changes of models as text and as data."""

from __future__ import annotations

import jsonschema

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


def test_data_is_as_the_published_schema_says() -> None:
    jsonschema.validate(design.as_json(DESIGNED), answer_schema())
    changed = ModelsChanged(ChangeRequest("add a phone"), notes=("seen",))
    jsonschema.validate(models_changed.as_json(changed), answer_schema())


def test_a_change_begins_with_its_sum() -> None:
    changed = ModelsChanged(
        ChangeRequest("add a phone"),
        (Edit("models.py", "", "x = 1\n"),),
        proofs=(Proof("verified", "it holds", scope="PostgreSQL 18.6"),),
    )
    assert models_changed.summary(changed) == ["Changes: models.py; run on PostgreSQL 18.6."]
