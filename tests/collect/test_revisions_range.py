"""Ranges of revisions, read as Alembic reads them."""

from __future__ import annotations

import pytest

from dbwright.collect.revisions import history_of
from dbwright.collect.revisions_range import in_range
from dbwright.core.errors import UsageError
from dbwright.core.migration import History
from dbwright.core.source import Source

GRAPH = {
    "aaaa1": None,
    "bbbb2": "aaaa1",
    "cccc3": "bbbb2",
    "dddd4": "cccc3",
    "side5": "bbbb2",
}


@pytest.fixture(scope="module")
def history() -> History:
    sources = [
        Source(
            f"versions/{name}.py",
            f"revision = {name!r}\ndown_revision = {parent!r}\n"
            f"branch_labels = {('side',) if name == 'side5' else None!r}\n"
            "def upgrade(): pass\ndef downgrade(): pass\n",
        )
        for name, parent in GRAPH.items()
    ]
    return history_of(sources, None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("cccc3", "cccc3"),
        ("cccc", "cccc3"),
        ("bbbb2:dddd4", "bbbb2 cccc3 dddd4"),
        (":bbbb2", "aaaa1 bbbb2"),
        ("base:bbbb2", "aaaa1 bbbb2"),
        ("cccc3:", "cccc3 dddd4"),
        ("side@head", "side5"),
        ("heads", "dddd4 side5"),
        ("aaaa1:+1", "aaaa1 bbbb2"),
        ("+1", "cccc3"),
        ("+9", "cccc3 dddd4"),
    ],
)
def test_range_names_what_alembic_would_list(history: History, text: str, wanted: str):
    assert in_range(history, text, {"cccc3", "dddd4"}) == frozenset(wanted.split())


@pytest.mark.parametrize("text", ["head", "nope", "a:b:c", "dddd4:aaaa1", "", "base", "+0"])
def test_text_that_names_nothing_says_what_can_be_written(history: History, text: str):
    with pytest.raises(UsageError) as raised:
        in_range(history, text, {"cccc3"})
    assert "REV:REV (both ends taken)" in str(raised.value)
