"""The choice of indexes: least cost of reads and writes within a budget of bytes.

Each statement has the plans that are best under some set of candidates, with their costs. A set
of candidates costs what the best plan of each statement costs that it allows, and what keeping
its indexes costs. Searched greedily by gain a byte and by plain gain, then by swaps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Names = frozenset[str]
_LEAST = 0.001
"""The part of the workload's cost that an index must save to be worth a word."""
_SWAPS = 3
"""How often all that is chosen is tried to be swapped."""


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
    from dbwright.recipes.tune.exact import best

    found = searched(question)
    exact = best(question)
    if exact is not None and question.total(exact) < question.total(found):
        found = exact
    return _worth(question, found)


def searched(question: Question) -> Names:
    """Gives a good choice without a solver."""
    found = []
    for by_byte in (True, False):
        search = _Search(question, by_byte)
        search.grow()
        search.swap()
        found.append(frozenset(search.chosen))
    return min(found, key=question.total)


class _Search:
    """A choice that grows; what a group of candidates gains is counted from the plans it allows."""

    def __init__(self, question: Question, by_byte: bool) -> None:
        self.question, self.by_byte = question, by_byte
        self.chosen: set[str] = set()
        self.costs = [each.plans[frozenset()] for each in question.statements]
        self.groups = {used for each in question.statements for used in each.plans if used}
        self.plans: dict[str, list[tuple[int, Names, float]]] = defaultdict(list)
        for number, each in enumerate(question.statements):
            for used, cost in each.plans.items():
                for name in used:
                    self.plans[name].append((number, used, cost))

    def grow(self, barred: str | None = None) -> None:
        """Adds the group that is worth most, until none fits or none gains."""
        size = self.question.size(self.chosen)
        while True:
            best: tuple[float, Names] | None = None
            for group in self.groups:
                new = group - self.chosen
                bytes_ = self.question.size(new)
                fits = len(self.chosen) + len(new) <= self.question.most
                if not new or barred in new or not fits or size + bytes_ > self.question.budget:
                    continue
                gain = self._gain(new)
                worth = gain / max(1.0, bytes_) if self.by_byte else gain
                if gain > 0 and (best is None or worth > best[0]):
                    best = worth, new
            if best is None:
                return
            size += self.question.size(best[1])
            self._take(best[1])

    def _gain(self, new: Names) -> float:
        together = self.chosen | new
        costs: dict[int, float] = {}
        for name in new:
            for number, used, cost in self.plans[name]:
                if cost < costs.get(number, self.costs[number]) and used <= together:
                    costs[number] = cost
        statements = self.question.statements
        saved = sum(
            statements[number].weight * (self.costs[number] - cost)
            for number, cost in costs.items()
        )
        return saved - sum(self.question.keeping.get(name, 0.0) for name in new)

    def _take(self, new: Iterable[str]) -> None:
        self.chosen |= set(new)
        for name in new:
            for number, used, cost in self.plans[name]:
                if cost < self.costs[number] and used <= self.chosen:
                    self.costs[number] = cost

    def swap(self) -> None:
        """Takes one out, fills up again, and keeps what is better."""
        total = self.question.total(frozenset(self.chosen))
        for _ in range(_SWAPS):
            before = total
            for name in sorted(self.chosen):
                kept = set(self.chosen), list(self.costs)
                self._leave(name)
                self.grow(barred=name)
                cost = self.question.total(frozenset(self.chosen))
                if cost < total * (1 - 1e-9):
                    total = cost
                else:
                    self.chosen, self.costs = kept
            if total > before * (1 - 1e-6):
                return

    def _leave(self, name: str) -> None:
        self.chosen.discard(name)
        touched = {number for number, _, _ in self.plans[name]}
        chosen = frozenset(self.chosen)
        for number in touched:
            self.costs[number] = self.question.statements[number].cost(chosen)


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
