"""What takes the place of an index that its proof left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dbwright.core.advice import IndexAdvice, StatementCost, Tuned
from dbwright.core.index_proof import ExecutionProof, IndexProof, Shape, Timing, TuneProof, Verdict
from dbwright.core.twin import TwinSource
from dbwright.jobs.tune_rounds import proved_twice

HARM, GOOD, OTHER = (
    IndexAdvice("public.t", name, f"create index {name}", 1, 0.0, ())
    for name in ("harm", "good", "other")
)
EMPTY = Tuned(
    TwinSource("", 18, "", "", ""), "", True, 1.0, 1.0, 0, 0,
    statements=(StatementCost("select 1", 10.0, 1.0, 1.0),),
)  # fmt: skip


def proved(found: Tuned, after: float, **verdicts: Verdict) -> Tuned:
    """Advice whose one statement took ten milliseconds before, without what is refuted."""
    shape, before = Shape(0, 0), Timing(10.0, 10.0, 0.0, 5)
    run = ExecutionProof(
        0, "select 1", "seen", 1.0, False, before, replace(before, median=after), shape, shape,
        "alike",
    )  # fmt: skip
    indexes = tuple(IndexProof(name, "make", word, "") for name, word in verdicts.items())
    kept = tuple(each for each in found.indexes if verdicts[each.name] != "refuted")
    proof = TuneProof("", "", "a clone", indexes, (run,), seconds=1.5)
    return replace(found, indexes=kept, proof=proof)


class Runs:
    """The proofs of a first and a second advice, and what was asked of the second."""

    def __init__(self, first: Tuned, second: Tuned, other: Tuned) -> None:
        self.answers, self.other = [first, second], other
        self.without: list[frozenset[str]] = []

    def prove(self, found: Tuned) -> Tuned:
        """Gives one after the other."""
        return self.answers.pop(0)

    def again(self, without: frozenset[str]) -> Tuned:
        """Gives the second advice."""
        self.without.append(without)
        return self.other


FIRST = replace(EMPTY, indexes=(HARM, GOOD))
SECOND = replace(EMPTY, indexes=(GOOD, OTHER))


def test_what_is_better_there_takes_the_place() -> None:
    """The proof still tells of what was left out, and its seconds are of both."""
    first = proved(FIRST, 8.0, harm="refuted", good="proven")
    runs = Runs(first, proved(SECOND, 5.0, good="proven", other="proven"), SECOND)
    found = proved_twice(FIRST, runs.prove, runs.again)
    assert runs.without == [frozenset({"harm"})]
    assert found.indexes == (GOOD, OTHER)
    assert found.proof is not None
    assert [each.name for each in found.proof.indexes] == ["good", "other", "harm"]
    assert found.proof.seconds == pytest.approx(3.0)


def test_what_is_no_better_does_not() -> None:
    """Whatever the planner hoped of it."""
    first = proved(FIRST, 8.0, harm="refuted", good="proven")
    runs = Runs(first, proved(SECOND, 8.5, good="proven", other="refuted"), SECOND)
    assert proved_twice(FIRST, runs.prove, runs.again) is first


def test_nothing_is_run_again_for_what_was_tried() -> None:
    """Without anything new the first proof stands; so it does where nothing was left out."""
    first = proved(FIRST, 8.0, harm="refuted", good="proven")
    runs = Runs(first, first, replace(EMPTY, indexes=(GOOD,)))
    assert proved_twice(FIRST, runs.prove, runs.again) is first
    assert len(runs.answers) == 1
    whole = proved(FIRST, 8.0, harm="proven", good="proven")
    runs = Runs(whole, whole, SECOND)
    assert proved_twice(FIRST, runs.prove, runs.again) is whole
    assert runs.without == []


def test_who_says_no_to_the_second_keeps_the_first() -> None:
    """The clone's owner is asked again, since other statements are to run there."""
    first = proved(FIRST, 8.0, harm="refuted", good="proven")
    runs = Runs(first, SECOND, SECOND)
    assert proved_twice(FIRST, runs.prove, runs.again) is first
