"""What the runs of a workload say of an index, from their times alone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dbwright.core.index_proof import Shape, Timing
from dbwright.verify.index_builds import Element
from dbwright.verify.index_verdicts import Effect, Judge


@dataclass(frozen=True)
class Run:
    """A statement that is called so often."""

    sql: str
    weight: float


def effect(
    element: Element, without: float, with_: float, *, weight: float = 1.0, slowed: bool = False
) -> Effect:
    """What the index does to a read: milliseconds without and with it, the rest standing."""
    times = (Timing(each, each, 0.0, 50, each) for each in (without, with_))
    run = Run(f"select {without}", weight)
    return Effect(element, run, False, *times, Shape(0, 0), "alike", slowed)


@pytest.mark.parametrize(
    ("slowed", "weight", "verdict", "why"),
    [
        (False, 1.0, "proven", "it slows 3 ms -> 10 ms"),
        (False, 50.0, "refuted", "it costs other reads more than it saves: 3 ms -> 10 ms"),
        (True, 1.0, "refuted", "it makes a statement slower: 3 ms -> 10 ms"),
    ],
)
def test_a_read_refutes_an_index_that_makes_it_slower_than_it_was(
    slowed: bool, weight: float, verdict: str, why: str
) -> None:
    """One that is only not as fast as it would be without the index is weighed with the others."""
    index = Element("ix", "make", "t", "ix", rows=10, foretold=10)
    judge = Judge([index], "a clone")
    slower = effect(index, 3.0, 10.0, weight=weight, slowed=slowed)
    judge.refuse([effect(index, 100.0, 1.0), slower], whole=True)
    (found,) = judge.proofs()
    assert found.verdict == verdict
    assert why in found.why


def test_an_index_that_only_costs_is_refuted() -> None:
    """Without a gain a read that it takes longer speaks against it."""
    index = Element("ix", "make", "t", "ix", rows=10, foretold=10)
    judge = Judge([index], "a clone")
    judge.refuse([effect(index, 3.0, 10.0)], whole=True)
    (found,) = judge.proofs()
    assert found.verdict == "refuted"
    assert "other reads" in found.why
