"""`pytest --dbwright-queries-kinds`: which findings a suite tells."""

from __future__ import annotations

from tests.frontends.suites import Suite

SAVES = """
from shop import Post

def save_all(session):
    for number in range(6):
        session.add(Post(author_id=1))
        session.commit()

def many(session):
    save_all(session)
"""
MANY = "from work import many\n\ndef test_many(session):\n    many(session)\n"


def test_kinds_that_tests_show_less_surely_are_counted(suite: Suite) -> None:
    """Their loops turn as often as a test has rows, so that what they cost is not known."""
    suite.write({"work.py": SAVES, "test_work.py": MANY})
    status, text = suite.run("--dbwright-queries=strict", "test_work.py")
    assert status == 0, text
    assert "dbwright: no finding in 6 statements of 1 tests" in text
    assert "1 of kinds that tests show less surely: commit-per-row" in text
    assert "--dbwright-queries-kinds=all tells them" in text
    status, text = suite.run("--dbwright-queries")
    assert "1 finding in 59 statements of 4 tests" in text
    assert "1 of kinds that tests show less surely: commit-per-row" in text
    for name in ("commit-per-row", "lazy-load,commit-per-row", "all"):
        status, text = suite.run("--dbwright-queries=strict", f"--dbwright-queries-kinds={name}")
        assert status == 1
        assert "Post: 6 commits write a row or a few each  work.py:7" in text
        assert ("Author.posts: 25 SELECTs" in text) == (name != "commit-per-row")
        assert ("1 of other kinds: lazy-load" in text) == (name == "commit-per-row")
        assert "less surely" not in text
    suite.write({"pytest.ini": "[pytest]\ndbwright_queries_kinds = commit-per-row\n"})
    status, text = suite.run("--dbwright-queries=strict", "test_work.py")
    assert status == 1, text


def test_kinds_that_there_are_not_are_refused(suite: Suite) -> None:
    status, text = suite.run("--dbwright-queries", "--dbwright-queries-kinds=lazy-loads")
    assert status == 4
    assert "dbwright_queries_kinds: there is no 'lazy-loads'" in text
    assert "sure, all, or some of autoflush-storm, " in text


def test_what_is_not_told_is_neither_stale_nor_new_in_the_baseline(suite: Suite) -> None:
    suite.write({"work.py": SAVES, "test_work.py": MANY})
    _, text = suite.run("--dbwright-write-baseline")
    assert "wrote dbwright-queries-baseline.json: 1 accepted" in text
    _, text = suite.run("--dbwright-write-baseline", "--dbwright-queries-kinds=all")
    assert "wrote dbwright-queries-baseline.json: 2 accepted" in text
    status, text = suite.run("--dbwright-queries=strict")
    assert status == 0, text
    assert "no longer found" not in text
    assert "less surely" not in text
