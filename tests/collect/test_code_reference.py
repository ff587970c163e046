"""Places in code as a user names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbwright.collect.code_reference import (
    CodeReference,
    code_reference,
    references,
    references_in,
)

CODE = "def best_sellers(session):\n    return session.execute(select(Order)).all()\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "queries.py").write_text(CODE)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("shop/queries.py", CodeReference("shop/queries.py")),
        ("shop/queries.py:best_sellers", CodeReference("shop/queries.py", "best_sellers")),
        ("shop/queries.py::best_sellers", CodeReference("shop/queries.py", "best_sellers")),
        ("shop/queries.py:2", CodeReference("shop/queries.py", line=2)),
        ("shop/other.py", None),
        ("select 1", None),
    ],
)
def test_a_file_a_function_and_a_line_are_named(
    root: Path, text: str, found: CodeReference | None
) -> None:
    assert code_reference(text, root) == found
    assert references(text, root) == ([found] if found else [])


@pytest.mark.parametrize(
    "words",
    [
        "why is best_sellers slow?",
        "`best_sellers` takes 5 seconds",
        "best_sellers in shop/queries.py is slow",
    ],
)
def test_a_request_names_a_function_of_the_project(root: Path, words: str) -> None:
    assert references_in(words, root) == [CodeReference("shop/queries.py", "best_sellers")]


def test_words_that_name_nothing_are_no_places(root: Path) -> None:
    assert references_in("this query is slow, the_best can help", root) == []
