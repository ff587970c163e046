"""The choice of indexes: least cost of reads and writes within a budget of bytes.

Each statement has the plans that are best under some set of candidates, with their costs. A set
of candidates costs what the best plan of each statement costs that it allows, and what keeping
its indexes costs. Searched greedily by gain a byte, then by swaps until none is better.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Names = frozenset[str]
_LEAST = 0.001
"""The part of the workload's cost that an index must save to be worth a word."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A statement: how often it runs, and what it costs with which candidates (none: alone)."""

    weight: float
    plans: Mapping[Names, float]

    def cost(self, chosen: Names) -> float:
        """Gives the cost of one run where these candidates stand."""
        return min(cost for used, cost in self.plans.items() if used <= chosen)


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be chosen from: statements, bytes and cost of keeping of each candidate."""

    statements: Sequence[Priced]
    bytes: Mapping[str, float]
    keeping: Mapping[str, float]
    budget: float
    most: int = 1_000

    def total(self, chosen: Names) -> float:
        """Gives the cost of the workload where these candidates stand."""
        reads = sum(each.weight * each.cost(chosen) for each in self.statements)
        return reads + sum(self.keeping.get(name, 0.0) for name in chosen)

    def size(self, chosen: Iterable[str]) -> float:
        """Gives the bytes of candidates."""
        return sum(self.bytes[name] for name in chosen)

    def fits(self, chosen: Names) -> bool:
        """Whether they keep to the budget and to the number of indexes."""
        return len(chosen) <= self.most and self.size(chosen) <= self.budget


def choose(question: Question) -> Names:
    """Gives the candidates to make; none where nothing is worth it."""
    groups = {used for each in question.statements for used in each.plans if used}
    chosen = _swapped(question, groups, _grown(question, groups, frozenset()))
    return _worth(question, chosen)


def _grown(question: Question, groups: Iterable[Names], chosen: Names) -> Names:
    total = question.total(chosen)
    groups = set(groups)
    while True:
        best: tuple[float, Names, float] | None = None
        for group in groups:
            with_it = chosen | group
            if with_it == chosen or not question.fits(with_it):
                continue
            cost = question.total(with_it)
            gain = (total - cost) / max(1.0, question.size(with_it - chosen))
            if cost < total * (1 - 1e-9) and (best is None or gain > best[0]):
                best = gain, with_it, cost
        if best is None:
            return chosen
        _, chosen, total = best


def _swapped(question: Question, groups: Iterable[Names], chosen: Names) -> Names:
    """Takes one out, fills up again, and keeps what is better; until nothing is."""
    total = question.total(chosen)
    better = True
    while better:
        better = False
        for name in sorted(chosen):
            other = _grown(question, (g for g in groups if name not in g), chosen - {name})
            cost = question.total(other)
            if cost < total * (1 - 1e-6):
                chosen, total, better = other, cost, True
                break
    return chosen


def _worth(question: Question, chosen: Names) -> Names:
    """Takes out, the least first, what gains less than a thousandth of the whole by itself."""
    least = _LEAST * question.total(frozenset())
    while chosen:
        total = question.total(chosen)
        loss = {name: question.total(chosen - {name}) - total for name in sorted(chosen)}
        name = min(loss, key=lambda each: loss[each])
        if loss[name] > least:
            break
        chosen -= {name}
    return chosen
