"""Which candidates are tried where there are too many."""

from __future__ import annotations

from dbwright.core.access import Access
from dbwright.core.candidate import Candidate, IndexKey
from dbwright.recipes.tune.bounded import Reads, bounded


def access(table: str, name: str) -> Access:
    return Access("public", table, name)


def candidates(table: str, *columns: str) -> tuple[Candidate, ...]:
    return tuple(Candidate("public", table, (IndexKey(each),)) for each in columns)


A, B, C = access("a", "1"), access("a", "2"), access("b", "3")
PROPOSED = {A: candidates("a", "x", "y"), B: candidates("a", "y", "z"), C: candidates("b", "x")}
READS = [Reads([A], 1.0), Reads([B], 8.0), Reads([C], 3.0)]


def test_as_many_as_can_be_tried_stay_as_they_are() -> None:
    assert bounded(PROPOSED, READS, 4, 3) == (PROPOSED, None)


def test_the_statements_that_could_gain_most_keep_theirs() -> None:
    kept, words = bounded(PROPOSED, READS, 3, 3)
    assert {each: list(kept[each]) for each in kept} == {
        A: [*candidates("a", "y")],  # what another one has brought
        B: [*candidates("a", "y", "z")],
        C: [*candidates("b", "x")],
    }
    assert words == (
        "1 candidate, as at most 3 are tried and 3 of a table: 1 statement lacks some of theirs, "
        "with 8.3% of what it would cost to read every statement's tables whole"
    )


def test_a_table_has_no_more_than_its_part() -> None:
    kept, words = bounded(PROPOSED, READS, 100, 2)
    assert list(kept[A]) == [*candidates("a", "y")]
    assert list(kept[C]) == [*candidates("b", "x")]
    assert words is not None


def test_a_join_that_does_not_fit_leaves_room_for_others() -> None:
    both = {A: candidates("a", "x", "y"), C: candidates("b", "x")}
    kept, _ = bounded(both, [Reads([A, C], 9.0), Reads([C], 1.0)], 2, 2)
    assert (list(kept[A]), list(kept[C])) == ([], [*candidates("b", "x")])
