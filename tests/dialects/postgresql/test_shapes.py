"""Shapes: statements of one shape have one fingerprint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbwright.dialects.postgresql.grammar import Failure, fingerprint
from dbwright.dialects.postgresql.shapes import shape

ALIKE = [
    ("select 1", "select 'a''b'"),
    ("select 1 from t -- a", "select 2 from t -- b c"),
    ("select /* 'x */ 1 from t", "select /* y */ 1 from t"),
    (r"select E'a\'b' from t", "select E'' from t"),
    ("select $$it's$$ from t", "select $a$ x $b$ $a$ from t"),
    ("select 1.5e-10, .5 from t", "select 0x1F, .1 from t"),
    ("select * from t where a in (1, 2, 3)", "select * from t where a in ($1)"),
    ("insert into t values (1, now()), (2, now())", "insert into t values (3, now())"),
    ("select * from t where a = any(array[1,2])", "select * from t where a = any(array[1])"),
]
APART = [
    ("select a1 from t", "select a2 from t"),
    ('select "a" from t', 'select "b" from t'),
    ('select "date" from t', "select date'2020-01-01' from t"),
    ("select '--' from t", "select '--' from u"),
    ("select a from t where b$1 = 1", "select a from t where b$2 = 1"),
    ("select a -- 1\n, b from t", "select a -- 1\nfrom t"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_constants_comments_and_lengths_are_no_part_of_it(one: str, other: str) -> None:
    assert shape(one) == shape(other)
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_names_and_clauses_are(one: str, other: str) -> None:
    assert shape(one) != shape(other)


WORDS = st.sampled_from(
    ["a", "b1", "t", '"x"', '"y\'"', "1", "2.5", ".5", "'x'", "'it''s'", "E'\\''", "$1", "$$d$$",
     ",", "(", ")", "-", "+", "=", "in", "and", "--c\n", "/*c*/", "date", '"date"', "date'1'", " "]
)  # fmt: skip


@given(st.lists(WORDS, max_size=5), st.lists(WORDS, max_size=5), st.sampled_from(["", " "]))
def test_one_shape_is_one_fingerprint(one: list[str], other: list[str], between: str) -> None:
    """Whatever two statements of a shape are, the grammar takes them for one, or refuses both."""
    texts = [f"select a {between.join(words)} from t" for words in (one, other)]
    if shape(texts[0]) != shape(texts[1]):
        return
    found = set()
    for text in texts:
        try:
            found.add(fingerprint(text))
        except Failure:
            continue
    assert len(found) <= 1
