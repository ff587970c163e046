"""Questions about models: what they are read as, and what is not understood."""

from __future__ import annotations

import pytest

from dbwright.collect.change_context import Refused
from dbwright.collect.question_words import not_known, read

from .test_change_words import shop

READ = {
    "what does Order reference?": ("references", ["shop.Order"], []),
    "Which tables does Order depend on?": ("references", ["shop.Order"], []),
    "what are the foreign keys of orders?": ("references", ["shop.Order"], []),
    "who uses User?": ("referrers", ["shop.User"], []),
    "which models reference the users table?": ("referrers", ["shop.User"], []),
    "what happens when a user is deleted?": ("deletion", ["shop.User"], []),
    "can I delete an Order?": ("deletion", ["shop.Order"], []),
    "where is LineItem defined?": ("declaration", ["shop.LineItem"], []),
    "what's in Order?": ("description", ["shop.Order"], []),
    "what columns do line items have?": ("description", ["shop.LineItem"], []),
    "how are Order and User related?": ("between", ["shop.Order", "shop.User"], []),
    "does Order reference User?": ("between", ["shop.Order", "shop.User"], []),
    "is User.email unique?": ("column", ["shop.User"], ["unique"]),
    "can the email of users be null?": ("column", ["shop.User"], ["nullable"]),
    "does Order.buyer_id have an index?": ("column", ["shop.Order"], ["index"]),
    "what is the type of Order.total?": ("column", ["shop.Order"], []),
    "which columns are nullable?": ("columns", [], ["nullable"]),
    "which columns of Order are not nullable?": ("columns", ["shop.Order"], ["required"]),
    "which columns are unindexed": ("columns", [], ["not index"]),
    "which json columns are there?": ("columns", [], ["type"]),
    "are there any nullable booleans?": ("columns", [], ["nullable", "type"]),
    "which datetimes have no time zone?": ("columns", [], ["type", "not time zone"]),
    "which models have no index on their foreign keys?": ("foreign keys", [], ["not index"]),
    "which foreign keys don't have an ON DELETE?": ("foreign keys", [], ["not on delete"]),
    "which models have no created_at?": ("models", [], ["not column"]),
    "do all models have a primary key?": ("models", [], ["primary key"]),
    "which models have no foreign keys?": ("models", [], ["not foreign key"]),
    "is there a model without a primary key ordering?": ("key order", [], []),
    "which relationships have no order_by?": ("relationships", [], ["not order_by"]),
    "what indexes does Order have?": ("indexes", ["shop.Order"], []),
    "how many tables are there?": ("models", [], []),
}
UNKNOWN = {
    "what is the weather today": "weather",
    "which model is the most beautiful?": "most",
    "which columns hold money as float?": "money",
    "what is love": "love",
}
ASKED_BACK = {
    "what does Ordr reference?": "did you mean Order",
    "which columns of Usr are nullable?": "did you mean User",
    "is User.emial unique?": "did you mean email",
}


@pytest.mark.parametrize(("words", "meaning"), READ.items(), ids=READ)
def test_question_is_read_as(words: str, meaning: tuple[str, list[str], list[str]]) -> None:
    found = read(words, shop())
    assert found is not None
    said = [f"{'' if item.wanted else 'not '}{item.what}" for item in found.conditions]
    assert (found.kind, [*found.models], said) == meaning


@pytest.mark.parametrize(("words", "word"), UNKNOWN.items(), ids=UNKNOWN)
def test_word_that_means_nothing_here_is_named(words: str, word: str) -> None:
    assert read(words, shop()) is None
    assert not_known(words, shop()) == word


@pytest.mark.parametrize(("words", "why"), ASKED_BACK.items(), ids=ASKED_BACK)
def test_name_that_is_nearly_one_is_asked_back(words: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read(words, shop())
