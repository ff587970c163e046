"""Each word that carries something is in the brief, or it is told."""

import pytest

from dbwright.collect.words import read


@pytest.mark.parametrize(
    ("request_", "lost"),
    [
        ("Users have an email and posts. Members vote stars from 1 to 5 for a route.", "1 to 5"),
        ("Activities:\n- type call/mail/meeting, notes, by user", "user"),
    ],
)
def test_a_word_that_makes_no_difference_is_told(request_: str, lost: str) -> None:
    assert lost in [each.text for each in read(request_).unused]


@pytest.mark.parametrize(
    "request_",
    [
        "A user can have several posts; each post belongs to exactly one user.",
        "Design a User model with unique email, an is_active flag and a one-to-one Profile.",
        "- Post: title, max 200 chars, subtitle nullable",
        "We often list a customer's orders newest first. Orders are placed by a customer.",
        "- User: email varchar(255) unique not null, created_at timestamp",
    ],
)
def test_words_that_carry_nothing_are_not_told(request_: str) -> None:
    assert read(request_).unused == ()


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        ("A booking has a reference of six characters and a price.", "six characters"),
        ("- product: vendor, name\n- the two together are unique", "the two together are unique"),
    ],
)
def test_a_name_that_is_none_is_told_and_not_made(request_: str, name: str) -> None:
    found = read(request_)
    assert any(name in each.text and "say it another way" in each.why for each in found.unused)
    made = {entity.name for entity in found.brief.entities}
    assert "SixCharacter" not in made
    assert not any("two" in unique.of for e in found.brief.entities for unique in e.uniques)


def test_no_more_of_a_thing_is_not_none_of_it() -> None:
    found = read("- Trees: number\n- Inspections: tree, date\n- A tree gets no more inspections")
    assert [each.text for each in found.unused] == ["A tree gets no more inspections"]


def test_a_case_that_means_nothing_is_in_the_brief() -> None:
    found = read("Zones have a name (unique regardless of upper or lower case).")
    assert found.brief.entities[0].attributes[0].ignore_case
    assert found.unused == ()


def test_texts_that_are_guessed_are_named_and_others_are_not() -> None:
    found = read("- Record: title, copies, price paid, shape (max 20 characters), year")
    assert found.guessed == ("Record.copies", "Record.price_paid")


def test_what_nothing_links_is_named() -> None:
    assert read("Tables for links, clicks (referrer)").unlinked == ("Link", "Click")
    assert read("Users have many posts.").unlinked == ()
