"""Pages of an answer: together they are the whole, and none is larger than it may be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbwright.core.errors import UsageError
from dbwright.frontends.mcp_server.pages import MOST, Pages, compact, squeezed, tokens

ITEMS = st.lists(st.dictionaries(st.sampled_from("abc"), st.text(max_size=80), max_size=3))
JSON = st.recursive(
    st.text(max_size=200) | st.integers() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abcdef"), inner),
    max_leaves=60,
)


def pages(document: dict, field: str, budget: int) -> list[dict]:
    """Every page of a document, the first included."""
    desk = Pages()
    found = [desk.first(document, field, (), budget)]
    while "next_cursor" in found[-1]:
        found.append(desk.more(found[-1]["next_cursor"]))
    return found


@given(ITEMS)
@settings(max_examples=60)
def test_pages_of_a_list_are_the_list(items: list[dict]) -> None:
    found = pages({"head": "x", "rows": items}, "rows", 300)
    assert [row for page in found for row in page["rows"]] == items
    assert all(tokens(page) <= 300 for page in found)


@given(st.text(alphabet="ab\n\r é漢", max_size=4_000))
@settings(max_examples=60)
def test_pages_of_a_text_are_the_text(text: str) -> None:
    found = pages({"diff": text}, "diff", 300)
    assert "".join(page["diff"] for page in found) == text


def test_long_text_is_given_in_pages_below_the_limit() -> None:
    diff = "".join(f"+    line {number} of a long file\n" for number in range(5_000))
    found = pages({"diff": diff}, "diff", MOST)
    assert len(found) > 5
    assert all(tokens(page) <= MOST for page in found)


@given(st.dictionaries(st.sampled_from("abcdef"), JSON))
@settings(max_examples=100)
def test_what_is_squeezed_fits_and_says_what_was_cut(document: dict) -> None:
    found = squeezed(document, 400)
    assert found == document or found["left_out"]
    if tokens(document) <= 400:
        assert found == document


def test_one_enormous_value_is_cut() -> None:
    found = squeezed({"a": {"deep": ["x" * 1_000_000]}, "b": list(range(30_000))})
    assert tokens(found) <= MOST
    assert found["left_out"] == ["b", "a.deep"] or set(found["left_out"]) == {"a.deep", "b"}


@pytest.mark.parametrize("cursor", ["", "x", "x.1", "x.-1", "x.٣", "\x00", "." * 400])
def test_cursor_that_names_nothing_is_refused(cursor: str) -> None:
    with pytest.raises(UsageError, match="names no page"):
        Pages().more(cursor)


def test_oldest_pages_are_forgotten() -> None:
    desk = Pages()
    cursors = [
        desk.first({"rows": ["x" * 200] * 40}, "rows", (), 900)["next_cursor"] for _ in range(70)
    ]
    with pytest.raises(UsageError):
        desk.more(cursors[0])
    assert desk.more(cursors[-1])["rows"]


def test_row_of_enormous_values_is_cut_and_keeps_its_columns() -> None:
    row = [1, "x" * 10_000, None, "ab " * 5_000, 2.5]
    [page, *more] = pages({"rows": [row, [2, "", None, "", 0]]}, "rows", MOST)
    assert tokens(page) <= MOST
    assert page["left_out"] == ["rows"]
    assert [type(value) for value in page["rows"][0]] == [type(value) for value in row]
    every = [row for each in (page, *more) for row in each["rows"]]
    assert every[1:] == [[2, "", None, "", 0]]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        # what cl100k_base counts
        ("select id, name from customers where placed_at >= '2026-11-01'", 18),
        ('{"name":"customer_order_017","columns":12,"to":["customers"]}', 16),
        ("(2613, 0), (2626, 1), (2639, 2), (2652, 0)", 28),
        ("数据库的名字是用户写的内容", 9),
        ("🙂🚀🧪", 8),
        ("ShareRowExclusiveLock on orders", 6),
    ],
)
def test_estimate_of_tokens_is_near_a_tokenizer_and_seldom_below(text: str, seen: int) -> None:
    assert 0.8 * seen <= tokens(text) <= 2 * seen + 4


def test_tokens_are_counted_as_the_answer_is_sent() -> None:
    assert tokens({"a": "é"}) == tokens(compact({"a": "é"}))
