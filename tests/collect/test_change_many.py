"""Requests about several models, and requests that are misspelt."""

from __future__ import annotations

import pytest

from dbwright.collect.change_spelling import corrected
from dbwright.collect.change_words import read
from dbwright.core.model_change import AddColumn, AddRelationship

from .test_change_words import shop


def columns(words: str) -> list[tuple[str, str]]:
    found = read(words, shop())
    assert found.problems == ()
    return sorted((s.model, s.attribute.name) for s in found.steps if isinstance(s, AddColumn))


ALL = ["shop.LineItem", "shop.Order", "shop.User"]
MANY = {
    "add a slug to all models": [(model, "slug") for model in ALL],
    "every table should have a slug": [(model, "slug") for model in ALL],
    "each model needs a slug": [(model, "slug") for model in ALL],
    "add a slug to every table except users": [(m, "slug") for m in ALL if m != "shop.User"],
    "add a slug to users and orders": [("shop.Order", "slug"), ("shop.User", "slug")],
    "add a slug to both User and Order": [("shop.Order", "slug"), ("shop.User", "slug")],
    "add a slug to users, orders and line items, unique": [(model, "slug") for model in ALL],
    "users and orders need a slug": [("shop.Order", "slug"), ("shop.User", "slug")],
    "add a slug and a note to User and Order": [
        ("shop.Order", "note"), ("shop.Order", "slug"),
        ("shop.User", "note"), ("shop.User", "slug"),
    ],
    "add timestamps to all models": [
        ("shop.LineItem", "created_at"), ("shop.LineItem", "updated_at"),
        ("shop.Order", "updated_at"), ("shop.User", "updated_at"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("words", "wanted"), MANY.items(), ids=MANY)
def test_each_model_that_is_meant_gets_the_column(
    words: str, wanted: list[tuple[str, str]]
) -> None:
    assert columns(words) == wanted


def test_the_meaning_is_told_once_with_the_models() -> None:
    found = read("add a slug to users and orders", shop())
    assert found.understood[0].meaning == ("a new column slug: slug, in User and Order",)


def test_models_of_all_that_have_it_already_are_left_out_and_named() -> None:
    found = read("add a created_at to every model", shop())
    assert [step.model for step in found.steps if isinstance(step, AddColumn)] == ["shop.LineItem"]
    assert [(item.text, item.why) for item in found.unused] == [
        ("Order, User", "they have it already")
    ]


def test_a_named_model_that_has_it_is_refused() -> None:
    found = read("add an email to User and Order", shop())
    assert "User has a column email already" in found.problems[0].why


def test_names_behind_a_relationship_are_no_list_of_models_to_change() -> None:
    found = read("add a Comment model with body related to Order and User", shop())
    assert len([step for step in found.steps if isinstance(step, AddRelationship)]) == 2


def test_a_time_of_the_last_change_is_set_at_each_update() -> None:
    steps = read("add timestamps to LineItem", shop()).steps
    assert [(s.attribute.name, s.on_update) for s in steps if isinstance(s, AddColumn)] == [
        ("created_at", False),
        ("updated_at", True),
    ]


RIGHT = {
    "ad a phone to User": "add a phone to User",
    "renmae Post.body to content": "rename Post.body to content",
    "mkae Product.name uniqe": "make Product.name unique",
    "add colum birthday to user": "add column birthday to user",
    "add a new feild nickname to users": "add a new field nickname to users",
    "creat an indx on posts.title": "create an index on posts.title",
}
KEPT = [
    "add a mode to User",
    "add a filed date to cases",
    "add uniqe_code to User",
    "add a Feild to Farm",
    "stock needs a level",
    "link customers to orders",
    "add `colum` to User",
]


@pytest.mark.parametrize(("words", "right"), RIGHT.items(), ids=RIGHT)
def test_a_misspelt_command_is_put_right_and_told(words: str, right: str) -> None:
    found, slips = corrected(words, lambda word: False)
    assert found == right
    assert slips


@pytest.mark.parametrize("words", KEPT)
def test_a_word_that_may_be_a_name_stays(words: str) -> None:
    assert corrected(words, lambda word: word == "stock") == (words, ())
