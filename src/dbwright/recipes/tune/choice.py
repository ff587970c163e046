"""The choice of indexes: least cost of reads and writes within a budget of bytes.

Each statement has the plans that are best under some set of candidates, with their costs. A set
of candidates costs what the best plan of each statement costs that it allows, and what keeping
its indexes costs. Searched greedily by gain a byte and by plain gain, then by swaps.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

Names = frozenset[str]
_NONE: Names = frozenset()
_LEAST = 0.01
"""The part of what the workload costs with all that is chosen that each must save."""
_TINY = 0.0002
"""The part that it must save where it halves what its statements cost."""
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


@dataclass(frozen=True)
class Question:
    """What is to be chosen from: statements, bytes and cost of keeping of each candidate.

    Of `conflicts`, pairs of candidates that do the same, one is chosen at most.
    """

    statements: Sequence[Priced]
    bytes: Mapping[str, float]
    keeping: Mapping[str, float]
    budget: float
    most: int = 1_000
    conflicts: frozenset[Names] = frozenset()

    def total(self, chosen: Names) -> float:
        """Gives the cost of the workload where these candidates stand."""
        reads = sum(each.weight * each.cost(chosen) for each in self.statements)
        return reads + sum(self.keeping.get(name, 0.0) for name in chosen)

    def size(self, chosen: Iterable[str]) -> float:
        """Gives the bytes of candidates."""
        return sum(self.bytes[name] for name in chosen)

    def fits(self, chosen: Names) -> bool:
        """Whether they keep to the budget and to the number of indexes, and none does another's."""
        if len(chosen) > self.most or self.size(chosen) > self.budget:
            return False
        return not any(self.others.get(name, _NONE) & chosen for name in chosen)

    @functools.cached_property
    def others(self) -> Mapping[str, Names]:
        """The candidates that each one does not go with."""
        found: dict[str, set[str]] = {}
        for one, other in self.conflicts:
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
        return {name: frozenset(names) for name, names in found.items()}


def choose(question: Question, *, exactly: bool = True) -> Names:
    """Gives the candidates to make; none where nothing is worth it.

    `exactly` asks the solver as well, where it is there.
    """
    from dbwright.recipes.tune.exact import best

    question = reduced(question)
    found = searched(question)
    exact = best(question, found) if exactly else None
    if exact is not None and question.total(exact) < question.total(found):
        found = exact
    return _worth(question, found)


def reduced(question: Question) -> Question:
    """Gives the question without plans that use more and cost no less than another, or cannot fit.

    Executions that have the same plans are one.
    """
    together: dict[tuple[tuple[Names, float], ...], float] = defaultdict(float)
    for each in question.statements:
        together[_undominated(question, each)] += each.weight
    return replace(
        question, statements=[Priced(weight, dict(plans)) for plans, weight in together.items()]
    )


def _undominated(question: Question, each: Priced) -> tuple[tuple[Names, float], ...]:
    found: list[tuple[Names, float]] = []
    for used, cost in sorted(each.plans.items(), key=lambda plan: (len(plan[0]), sorted(plan[0]))):
        if question.fits(used) and not any(other <= used and less <= cost for other, less in found):
            found.append((used, cost))
    return tuple(found)


def by_worth(question: Question, chosen: Names) -> list[str]:
    """Gives what is chosen in an order of making: each time what saves most a byte beside the rest.

    What gains only together with another one comes right after it.
    """
    left, made = set(chosen), _Search(question, by_byte=True)
    order: list[str] = []
    while left:
        best = max(
            sorted(left), key=lambda name: made.gain(frozenset([name])) / question.bytes[name]
        )
        made.take(frozenset([best]))
        order.append(best)
        left.discard(best)
    return order


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
        self.plans: dict[str, list[tuple[int, Names, float]]] = defaultdict(list)
        for number, each in enumerate(question.statements):
            for used, cost in each.plans.items():
                for name in used:
                    self.plans[name].append((number, used, cost))
        self.touched = {name: {number for number, _, _ in of} for name, of in self.plans.items()}
        every = {used for each in question.statements for used in each.plans if used}
        groups = [used for used in every if question.fits(used)]
        self.groups = sorted(groups, key=sorted)
        self.worth: dict[Names, float] = {}
        self.others = question.others
        self.of: dict[int, set[Names]] = defaultdict(set)
        for group in self.groups:
            for name in group:
                for number in self.touched[name]:
                    self.of[number].add(group)

    def grow(self, barred: str | None = None) -> None:
        """Adds the group that is worth most, until none fits or none gains."""
        size = self.question.size(self.chosen)
        while True:
            best: tuple[float, Names] | None = None
            for group in self.groups:
                worth = self._worth(group)
                if worth <= 0 or (best is not None and worth <= best[0]) or barred in group:
                    continue
                new = group - self.chosen
                if any(self.others.get(name, _NONE) & self.chosen for name in new):
                    continue
                many = len(self.chosen) + len(new) > self.question.most
                if not many and size + self.question.size(new) <= self.question.budget:
                    best = worth, new
            if best is None:
                return
            size += self.question.size(best[1])
            self.take(best[1])

    def take(self, new: Names) -> None:
        """Adds candidates."""
        self.chosen |= new
        self._count(new)

    def leave(self, name: str) -> None:
        """Takes a candidate out."""
        self.chosen.discard(name)
        self._count([name])

    def total(self) -> float:
        """Gives the cost of the workload with what is chosen."""
        pairs = zip(self.question.statements, self.costs, strict=True)
        reads = sum(each.weight * cost for each, cost in pairs)
        return reads + sum(self.question.keeping.get(name, 0.0) for name in self.chosen)

    def loss(self, name: str) -> float:
        """Gives what the workload would cost more without a candidate that is chosen."""
        rest, statements = frozenset(self.chosen - {name}), self.question.statements
        more = sum(
            statements[number].weight * (statements[number].cost(rest) - self.costs[number])
            for number in self.touched.get(name, ())
        )
        return more - self.question.keeping.get(name, 0.0)

    def _worth(self, group: Names) -> float:
        """Gives what a group gains, a byte where that is asked; known until a choice touches it."""
        if group not in self.worth:
            new = group - self.chosen
            gain = self.gain(new) if new else 0.0
            self.worth[group] = gain / max(1.0, self.question.size(new)) if self.by_byte else gain
        return self.worth[group]

    def gain(self, new: Names) -> float:
        """Gives what the workload would cost less with these as well."""
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

    def served(self, name: str) -> float:
        """Gives what the statements that a chosen candidate serves would cost without it."""
        rest, statements = frozenset(self.chosen - {name}), self.question.statements
        costs = {number: statements[number].cost(rest) for number in self.touched.get(name, ())}
        return sum(
            statements[number].weight * cost
            for number, cost in costs.items()
            if cost > self.costs[number]
        )

    def _count(self, changed: Iterable[str]) -> None:
        """Counts anew what candidates that came or went touch."""
        chosen = frozenset(self.chosen)
        for number in set().union(*(self.touched.get(name, ()) for name in changed)):
            self.costs[number] = self.question.statements[number].cost(chosen)
            for group in self.of[number]:
                self.worth.pop(group, None)

    def swap(self) -> None:
        """Takes one out, fills up again, and keeps what is better."""
        total = self.total()
        for _ in range(_SWAPS):
            before = total
            for name in sorted(self.chosen):
                kept = set(self.chosen)
                self.leave(name)
                self.grow(barred=name)
                cost = self.total()
                if cost < total * (1 - 1e-9):
                    total = cost
                else:
                    changed = kept ^ self.chosen
                    self.chosen = kept
                    self._count(changed)
            if total > before * (1 - 1e-6):
                return


def _worth(question: Question, chosen: Names) -> Names:
    """Takes out, the least first, what is worth no word.

    Worth one is what saves a hundredth of what is left to pay, and, of many statements, what saves
    less but halves the cost of those that it serves.
    """
    left = _Search(question, by_byte=True)
    left.take(chosen)
    while True:
        total = left.total()
        losses = {
            name: loss
            for name in sorted(left.chosen)
            if (loss := left.loss(name)) <= _LEAST * total
            and (loss <= _TINY * total or loss < left.served(name) / 2)
        }
        if not losses:
            return frozenset(left.chosen)
        left.leave(min(losses, key=lambda each: losses[each]))
