"""Many statements in one review: those that take most are tried, the others read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.jobs.test_tune import Source, in_use

import dbwright
from dbwright.core.options import Options
from dbwright.core.report import Report
from dbwright.render import terminal

SCHEMA = """
    create table small (id int primary key, boss int, n int not null);
    create table large (id int primary key, n int not null, filler text not null);
    insert into small select i, i, i from generate_series(1, 900) i;
    insert into large select i, i, repeat('x', 100) from generate_series(1, 20000) i;
    create index on small (n); create index on large (n);
"""
STATEMENTS = [
    *(f"select id from small where n + {number} = 40" for number in range(1, 6)),
    "select id from small where id not in (select boss from small)",
    *(f"select id from large where n + {number} = 40" for number in range(1, 3)),
]
pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    """A small table and a large one, whose statements cost the planner more."""
    with in_use(None, SCHEMA) as found:
        yield found


@pytest.fixture(scope="module")
def report(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The review of eight statements of which two are tried."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "all.sql").write_text(";\n".join(STATEMENTS) + ";\n")
    return dbwright.review_query("all.sql", folder, Options(db=source.url, tries=2))


def lines(report: Report, level: str) -> set[int]:
    """Gives the lines of the statements whose other form was proved so."""
    return {
        each.location.line or 0
        for each in report.recommendations
        if any(proof.level == level for proof in each.proofs)
        and each.rule == "arithmetic-on-column"
    }


def test_the_costliest_are_tried_and_the_others_say_that_they_were_not(report: Report) -> None:
    assert lines(report, "verified") == {7, 8}
    assert lines(report, "reasoned") == {1, 2, 3, 4, 5}
    (left,) = report.unverified
    assert left.what == "6 of 8 statements"
    assert left.way_out == "Try more of them:  --tries 8"
    why = [proof.why for each in report.recommendations for proof in each.proofs if proof.why]
    assert {each.partition(";")[0] for each in why} == {
        "only the 2 statements that cost the planner most were tried"
    }
    assert any("estimated cost" in each for each in why)


def test_a_statement_that_is_wrong_is_shown_wrong_without_its_turn(report: Report) -> None:
    (found,) = [each for each in report.recommendations if each.rule == "null-in-not-in"]
    assert (found.location.line, found.proof.level) == (6, "verified")


def test_the_screen_names_the_statements_that_take_most(report: Report) -> None:
    text = terminal.render(report, width=80)
    assert text.startswith("8 statements were read on PostgreSQL")
    assert "\nall.sql:7: Not run, so by the planner's cost:" in text
    assert "all.sql:1: " not in text
    assert len(text.splitlines()) <= terminal.SCREEN


def test_a_few_are_all_tried(source: Source, tmp_path: Path) -> None:
    (tmp_path / "few.sql").write_text(f"{STATEMENTS[0]};\n{STATEMENTS[6]};\n")
    found = dbwright.review_query("few.sql", tmp_path, Options(db=source.url))
    assert lines(found, "verified") == {1, 2}
    assert not found.unverified
