"""What is understood of requests as people write them; nothing is run but the import of models."""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dbwright.collect import restated
from dbwright.collect.change_context import Refused
from dbwright.collect.change_words import read
from dbwright.collect.live_words import wanted
from dbwright.collect.question_words import read as read_question
from dbwright.collect.request_text import cleaned
from dbwright.collect.words import read as read_design
from dbwright.core.errors import DbwrightError
from dbwright.core.mapping import Mapping
from dbwright.core.options import Options
from dbwright.core.schema import Schema
from dbwright.jobs import ask
from dbwright.jobs.answer import revisions
from dbwright.jobs.models_change import project_mapping
from dbwright.jobs.workplace import workplace

READINGS = tomllib.loads(Path(__file__).with_name("ask_readings.toml").read_text("utf-8"))[
    "reading"
]
STORE = Path(__file__).parents[2] / "benchmarks" / "ask" / "projects" / "store"


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    with workplace(STORE, Options(), lambda text: None) as place:
        place.ask_models()
        found = project_mapping(place)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def schema() -> Schema:
    from dbwright.api import describe

    return describe(STORE, None, Options(), lambda text: None).schema


def reading(request: str, mapping: Mapping, schema: Schema) -> tuple[str, str]:
    """The kind of a reading, "asks" where it is refused or asked back, and a change's steps."""
    understood = ask.understand(request, STORE, revisions(STORE))
    kind = "change" if understood.kind == "design" else understood.kind
    try:
        if kind == "change":
            said = restated.change(request, mapping)
            found = read(said.text, mapping)
            if found.problems or not found.steps:
                return "asks", ""
            return kind, " ".join(map(str, found.steps))
        if kind == "live":
            return kind, wanted(understood.subject, request, schema, datetime.date.today()).words
        if kind == "question":
            return ("question" if read_question(request, mapping) else "asks"), ""
    except (DbwrightError, Refused):
        return "asks", ""
    return kind, understood.words


@pytest.mark.parametrize("told", READINGS, ids=[item["name"] for item in READINGS])
def test_request_is_read_as_it_is_meant(
    told: dict[str, Any], mapping: Mapping, schema: Schema
) -> None:
    kind, steps = reading(cleaned(told["request"]), mapping, schema)
    right, holds = set(told["kind"].split("|")), told.get("holds", [])
    right |= {"asks"} if right & {"unable", "question"} or "?" in holds else set()
    right -= {"change"} if "?" in holds else set()
    of_change = kind in ("change", "live")
    good = kind in right and (not of_change or all(re.search(text, steps) for text in holds))
    assert good != ("missed" in told), (kind, steps)


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        ("todo app: users, lists, tasks w/ due date + done flag", "design"),
        (
            "We run a small vet clinic. Owners bring pets; a pet has a name and a birth date.",
            "design",
        ),
        ("models:\n- Author: name, email (unique)\n- Book: title, isbn (unique)", "design"),
        ("creat a modle for invoces with number, amount and due date", "design"),
        ("turn this into models: create table cars (id serial primary key, plate text)", "unable"),
        ("what is a foreign key?", "unable"),
        ("add a phone to users", "change"),
        ("review my models", "models"),
        ("hello", "unable"),
    ],
)
def test_request_where_there_are_no_models(tmp_path: Path, request_: str, kind: str) -> None:
    assert ask.understand(request_, tmp_path, [], new=True).kind == kind


@pytest.mark.parametrize(
    ("request_", "tables"),
    [
        (
            "We run a clinic. A pet has a name. Each visit is on a day, has notes and a fee, and "
            "belongs to a pet and a vet.",
            {"Pet": ["name"], "Visit": ["day", "notes", "fee"], "Vet": []},
        ),
        (
            "draft entities for event ticketing: venues have many events, a ticket has a seat",
            {"Venue": [], "Event": [], "Ticket": ["seat"]},
        ),
        ("creat a modle for invoices with a number", {"Invoice": ["number"]}),
    ],
)
def test_new_models_are_read_without_what_is_said_around_them(
    request_: str, tables: dict[str, list[str]]
) -> None:
    found = read_design(restated.design(request_))
    assert not found.problems
    entities = found.brief.entities
    assert {each.name: [a.name for a in each.attributes] for each in entities} == tables
