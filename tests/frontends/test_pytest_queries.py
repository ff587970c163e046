"""`pytest --dbwright-queries` on a small suite of its own, in a process of its own."""

from __future__ import annotations

import json

import pytest
from tests.frontends.suites import SHOP, TESTS, Suite


def test_a_process_that_had_imported_nothing_tells_the_same(suite: Suite) -> None:
    status, text = suite.run_from_nothing("--dbwright-queries")
    assert status == 0, text
    assert "1 finding in 53 statements of 3 tests, shown by 2 of them" in text


def test_what_tests_show_is_told_at_the_end_once(suite: Suite) -> None:
    """The fixture's own loop over posts is its set-up; it is neither counted nor judged."""
    status, text = suite.run("--dbwright-queries")
    assert status == 0, text
    assert "1 finding in 53 statements of 3 tests, shown by 2 of them" in text
    assert "Author.posts: 25 SELECTs load it, one for each object  shop.py:27" in text
    assert "shown by test_shop.py::test_page, test_shop.py::test_page_again" in text
    assert "conftest.py" not in text


def test_strict_fails_the_test_that_shows_it_with_words(suite: Suite) -> None:
    status, text = suite.run("--dbwright-queries=strict")
    assert status == 1
    assert "2 failed, 1 passed" in text
    assert "selectinload(Author.posts)" in text
    assert "Traceback" not in text
    assert "pytest_plugin" not in text


def test_a_path_behind_the_option_is_the_tests(suite: Suite) -> None:
    suite.write({"test_other.py": "def test_other(): pass\n"})
    status, text = suite.run("--dbwright-queries", "test_other.py")
    assert status == 0, text
    assert "0 statements of 1 tests" in text
    status, text = suite.run("--dbwright-queries=severe")
    assert status == 4
    assert "it is one of warn, strict, prove" in text


def test_an_option_is_proved_shown_and_written(suite: Suite) -> None:
    status, text = suite.run("--dbwright-queries=prove", "--dbwright-fix")
    assert status == 0, text
    assert "26 statements became 2" in text
    added = [line for line in text.splitlines() if line.startswith("+") and "options(" in line]
    assert len(added) == 1
    assert (suite.root / "shop.py").read_text() == SHOP
    status, text = suite.run("--dbwright-fix=write")
    assert "wrote shop.py" in text
    status, text = suite.run("--dbwright-queries=strict")
    assert status == 0, text
    assert "no finding" in text


def test_what_a_second_run_does_not_confirm_is_not_written(suite: Suite) -> None:
    """With the option the test fails: it counts the statements itself."""
    counts = """
from sqlalchemy import event
from shop import page
from conftest import ENGINE

def test_counts(session):
    seen = []
    event.listen(ENGINE, "before_cursor_execute", lambda *a: seen.append(a))
    page(session)
    assert len(seen) == 26
"""
    suite.write({"test_shop.py": counts})
    _, text = suite.run("--dbwright-fix")
    assert "Author.posts" in text
    assert "not written, no run proved it: Author.posts" in text
    assert "+++" not in text


def test_budgets_are_demanded_and_written(suite: Suite) -> None:
    _, text = suite.run("--dbwright-write-budgets")
    assert "+@pytest.mark.dbwright_budget(statements=26)" in text
    assert (suite.root / "test_shop.py").read_text() == TESTS
    suite.run("--dbwright-write-budgets=write")
    written = (suite.root / "test_shop.py").read_text()
    assert written.count("@pytest.mark.dbwright_budget(statements=26)\ndef test_page") == 2
    assert suite.run("--dbwright-queries", "--strict-markers")[0] == 0
    suite.write({"test_shop.py": written.replace("=26", "=25", 1)})
    status, text = suite.run("--dbwright-queries")
    assert status == 1
    assert "26 statements were sent, the budget is 25" in text
    assert "25 × shop.py:27: SELECT" in text
    assert "1 failed, 2 passed" in text
    assert suite.run()[0] == 0


def test_a_budget_for_all_stands_in_the_settings(suite: Suite) -> None:
    suite.write({"pytest.ini": "[pytest]\ndbwright_budget = 20\n"})
    status, text = suite.run("--dbwright-queries")
    assert "2 failed, 1 passed" in text
    assert status == 1
    suite.write({"pytest.ini": "[pytest]\ndbwright_budget = few\n"})
    status, text = suite.run("--dbwright-queries")
    assert status == 4
    assert "a budget is a number of statements, not 'few'" in text


def test_the_baseline_accepts_and_tells_what_is_stale(suite: Suite) -> None:
    _, text = suite.run("--dbwright-write-baseline")
    assert "wrote dbwright-queries-baseline.json: 1 accepted" in text
    status, text = suite.run("--dbwright-queries=strict")
    assert status == 0, text
    assert "1 allowed by a comment or the baseline" in text
    suite.write({"shop.py": "# a line more\n" + SHOP})
    assert suite.run("--dbwright-queries=strict")[0] == 0
    suite.write({"shop.py": SHOP.replace("[post.id for post in author.posts]", "author.id")})
    suite.write({"test_shop.py": TESTS.replace("[0] == [1]", "[0] == 1")})
    status, text = suite.run("--dbwright-queries=strict", "-k", "test_one")
    assert "no longer found" not in text
    status, text = suite.run("--dbwright-queries=strict")
    assert status == 0, text
    assert "1 entries of the baseline are no longer found: lazy-load: Author.posts" in text


def test_a_waiver_with_its_reason_allows(suite: Suite) -> None:
    line = "    return [[post.id for post in author.posts] for author in authors(session)]"
    allowed = "    # dbwright: allow lazy-load because there are two of them\n"
    suite.write({"shop.py": SHOP.replace(line, allowed + line)})
    status, text = suite.run("--dbwright-queries=strict")
    assert status == 0, text
    assert "no finding" in text
    suite.write({"shop.py": SHOP.replace(line, "    # dbwright: allow lazy-load\n" + line)})
    status, text = suite.run("--dbwright-queries=strict")
    assert status == 1
    assert "it gives no reason" in text


def test_files_may_be_left_out(suite: Suite) -> None:
    suite.write({"pytest.ini": "[pytest]\ndbwright_queries_ignore = sh*.py\n"})
    status, text = suite.run("--dbwright-queries=strict")
    assert status == 0, text


@pytest.mark.parametrize("mode", ["strict", "prove"])
def test_workers_of_xdist_tell_the_first_process(suite: Suite, mode: str) -> None:
    status, text = suite.run("-p", "xdist", "-n2", f"--dbwright-queries={mode}")
    assert "1 finding in 53 statements of 3 tests, shown by 2 of them" in text
    if mode == "strict":
        assert status == 1
        assert "2 failed, 1 passed" in text
    else:
        assert status == 0
        assert "26 statements became 2" in text


def test_a_worker_that_dies_has_told_of_the_tests_before(suite: Suite) -> None:
    suite.write({"test_tail.py": "import os\n\ndef test_dies():\n    os._exit(3)\n"})
    status, text = suite.run("-p", "xdist", "-n1", "--dbwright-queries")
    assert status == 1
    assert "crashed" in text
    assert "Author.posts: 25 SELECTs" in text


def test_threads_of_a_test_belong_to_it(suite: Suite) -> None:
    threads = """
import threading
from sqlalchemy.orm import Session
from conftest import ENGINE
from shop import page

def test_in_threads(session):
    def work():
        with Session(ENGINE) as own:
            page(own)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
"""
    suite.write({"test_shop.py": threads})
    status, text = suite.run("--dbwright-queries=strict")
    assert status == 1
    assert "Author.posts: 25 SELECTs" in text


def test_the_report_and_the_recording_are_written_beside(suite: Suite) -> None:
    outputs = ["--dbwright-report=json:out.json", "--dbwright-report=sarif:out.sarif"]
    status, text = suite.run(*outputs, "--dbwright-record=run.jsonl")
    assert status == 0, text
    (found,) = json.loads((suite.root / "out.json").read_text())["recommendations"]
    assert found["rule"] == "lazy-load"
    assert any("test_shop.py::test_page" in each for each in found["evidence"])
    sarif = json.loads((suite.root / "out.sarif").read_text())
    assert sarif["runs"][0]["results"][0]["ruleId"] == "lazy-load"
    lines = (suite.root / "run.jsonl").read_text().splitlines()
    assert sum("author_id" in line for line in lines) > 50
    status, text = suite.run("--dbwright-report=pdf:out")
    assert status == 4
    assert "is not FORMAT:PATH" in text


def test_nothing_is_imported_until_an_option_is_given(suite: Suite) -> None:
    own = """
import sys

def test_own():
    found = [each for each in sys.modules if each.startswith(("dbwright", "sqlalchemy"))]
    assert sorted(found) == ["dbwright", "dbwright.frontends", "dbwright.frontends.pytest_plugin"]
"""
    suite.write({"test_shop.py": own, "conftest.py": ""})
    status, text = suite.run_from_nothing()
    assert status == 0, text


def test_what_tests_do_themselves_is_left_out(suite: Suite) -> None:
    """A test that loads row by row is not told, nor its loop that calls the program each turn."""
    own = """
from shop import Post, authors, first, save, save_all

def test_each(session):
    one, other, *_ = authors(session)
    assert first(one) == 1
    assert first(other) > 1

def test_own(session):
    assert [author.posts[0].id for author in authors(session)][0] == 1

def test_calls(session):
    for number in range(6):
        save(session, Post(author_id=1))

def test_many(session):
    save_all(session, [Post(author_id=1) for _ in range(6)])
"""
    saves = """
def save(session, post):
    session.add(post)
    session.commit()

def first(author):
    return author.posts[0].id

def save_all(session, posts):
    for post in posts:
        save(session, post)
"""
    suite.write({"test_shop.py": own, "shop.py": SHOP + saves})
    status, text = suite.run("--dbwright-queries=strict", "--dbwright-queries-kinds=all")
    assert status == 1, text
    assert "FAILED test_shop.py::test_many" in text
    assert "1 failed, 3 passed" in text
    assert "1 finding in" in text
    assert "Post: 6 commits write a row or a few each  shop.py:31" in text
    assert "1 left out by their files, the tests' own (dbwright_queries_ignore)" in text
    suite.write({"pytest.ini": "[pytest]\ndbwright_queries_ignore = shop.py\n"})
    _, text = suite.run("--dbwright-queries")
    assert "Author.posts: 25 SELECTs load it, one for each object  test_shop.py:10" in text


def test_how_many_tests_could_not_be_judged_is_told(suite: Suite) -> None:
    fails = """
from dbwright.jobs.watch_scopes import Judge
from shop import page

def fails(*given):
    raise RuntimeError("a fault")

Judge.__call__ = fails
"""
    tests = "\n".join(f"def test_{number}(session): page(session)" for number in range(6))
    suite.write({"test_shop.py": f"{fails}\n{tests}\n"})
    status, text = suite.run("--dbwright-queries")
    assert status == 0
    assert text.count("could not be judged: test_shop.py::test_") == 3
    assert "could not be judged: 3 more tests" in text
