"""The law of the reader: whatever the text, nothing fails and nothing is dropped in silence."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbwright.collect.words import read
from dbwright.collect.words.clause import says_something
from dbwright.collect.words.keywords import KEYWORDS, listed
from dbwright.collect.words.tokens import tokens_of
from dbwright.collect.words.vocabulary import NAME_TYPES, SAID_TYPES, THINGS
from dbwright.recipes.design import problems

_GRAMMAR = listed(
    """
    a an the has have many one belongs to is are must be can not no unique per within when deleted
    its keep keeps each every optional or and but with which that who from at least most more than
    newest first list we of in for between before after only once twice status paid shipped
    """
)
_WORDS = sorted({*KEYWORDS, *THINGS, *NAME_TYPES, *SAID_TYPES, *_GRAMMAR})
_SIGNS = [
    ",",
    ".",
    ":",
    ";",
    "(",
    ")",
    "-",
    "\n",
    "\n- ",
    "\n  - ",
    "\n## ",
    "->",
    "/",
    "|",
    "=",
    ">=",
    "'s",
    "?",
    "5",
    "200",
    "90",
    "10,000",
]
soup = st.lists(st.sampled_from(_WORDS) | st.sampled_from(_SIGNS), max_size=60).map(" ".join)


def account(text: str) -> list[str]:
    """The words of a text that are in no clause of its account."""
    reading = read(text)
    told = [*reading.understood, *reading.unused, *reading.problems]
    clauses = " ".join(each.text for each in told)
    missing = []
    for number, line in enumerate(text.splitlines(), 1):
        for token in tokens_of(line, number):
            plain = token.text.strip("_*")  # marks of emphasis say nothing
            if says_something(token) and token.kind != "sign" and plain not in clauses:
                missing.append(token.text)
    return missing


@settings(max_examples=150)
@given(soup)
def test_every_word_of_a_request_is_accounted_for(text: str) -> None:
    assert account(text) == []


@settings(max_examples=150)
@given(st.text(max_size=300))
def test_any_text_is_read_and_accounted_for(text: str) -> None:
    assert account(text) == []


@settings(max_examples=60)
@given(soup)
def test_reading_is_a_function_of_the_text(text: str) -> None:
    assert read(text) == read(text)


@settings(max_examples=100)
@given(soup)
def test_brief_holds_together(text: str) -> None:
    brief = read(text).brief
    names = [each.name for each in brief.entities]
    assert len(names) == len(set(names))
    for each in brief.relationships:
        assert {each.source, each.target} <= set(names)
        assert not each.through or each.through in names
    for access in brief.accesses:
        assert access.entity in names
    for entity in brief.entities:
        own = {each.name for each in entity.attributes}
        assert len(own) == len(entity.attributes)
        roles = {_role(each) for each in brief.relationships if each.source == entity.name}
        roles |= {
            _snake(end)
            for each in brief.relationships
            if each.through == entity.name
            for end in (each.source, each.target)
        }
        roles |= {_snake(brief.tenant)}
        for unique in entity.uniques:
            assert set(unique.of) <= own | roles, (entity.name, unique)
        for rule in entity.rules:
            assert {*rule.of, *rule.per} <= own | roles, (entity.name, rule)


def _role(each: object) -> str:
    return each.name or _snake(each.target)  # type: ignore[attr-defined]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("text", ["", "   \n\n ", "!!!", "\x00\ufeff", "😀😀", "((((((", "- - - -"])
def test_empty_request_is_a_problem_that_says_what_to_do(text: str) -> None:
    reading = read(text)
    assert reading.brief.entities == ()
    assert reading.problems


def test_request_that_is_not_about_data_is_said_to_be_none() -> None:
    reading = read("What is the weather like tomorrow?")
    assert reading.problems
    assert reading.brief.entities == ()


def test_unicode_names_stay() -> None:
    reading = read("Straße: Name, Länge\nKunde: E-Mail")
    assert [each.name for each in reading.brief.entities] == ["Straße", "Kunde"]


@pytest.mark.parametrize(
    "sentence",
    [
        "a customer has many orders. ",
        "Order: id, total\n",
        "(",
        "no two ",
        "a, b and ",
        "- a\n  - b\n",
        "x ",
    ],
)
def test_time_grows_with_the_text_only(sentence: str) -> None:
    def seconds(count: int) -> float:
        text = sentence * count
        start = time.process_time()
        read(text)
        return time.process_time() - start

    seconds(20)
    small, large = seconds(150), seconds(600)
    assert large < 10 * small + 0.3


def test_500_entities_are_read() -> None:
    text = "\n".join(f"Thing{n}x: name, thing{max(n - 1, 0)}x, size{n} integer" for n in range(500))
    start = time.process_time()  # of this process: how busy the machine is is no matter
    reading = read(text)
    assert len(reading.brief.entities) == 500
    assert time.process_time() - start < 8


@given(soup)
@settings(max_examples=60)
def test_a_brief_is_one_that_can_be_designed_or_asks_back(text: str) -> None:
    reading = read(text)
    assert reading.problems or not problems.of(reading.brief, "postgresql")
