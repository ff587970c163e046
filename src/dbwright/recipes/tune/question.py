"""The question of the choice: what statements cost with which candidates, within which limits."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Names = frozenset[str]
_NONE: Names = frozenset()
_HARDLY = 1e-5
"""The solver keeps to its limits to so many parts."""
LEAST_WRITES = 1e-9
"""A limit on writes is taken as this at least, where parts of it are meant."""


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

    Within `budget` bytes, `most` candidates, and `writes` of keeping all that is chosen. Of
    `conflicts`, pairs of candidates that do the same, one is chosen at most.
    """

    statements: Sequence[Priced]
    bytes: Mapping[str, float]
    keeping: Mapping[str, float]
    budget: float
    most: int = 1_000
    conflicts: frozenset[Names] = frozenset()
    writes: float = math.inf

    def total(self, chosen: Names) -> float:
        """Gives the cost of the workload where these candidates stand."""
        reads = sum(each.weight * each.cost(chosen) for each in self.statements)
        return reads + self.kept(chosen)

    def size(self, chosen: Iterable[str]) -> float:
        """Gives the bytes of candidates."""
        return sum(self.bytes[name] for name in chosen)

    def kept(self, chosen: Iterable[str]) -> float:
        """Gives what keeping candidates costs."""
        return sum(self.keeping.get(name, 0.0) for name in chosen)

    def fits(self, chosen: Names) -> bool:
        """Whether they keep to all limits, and none does another's."""
        if len(chosen) > self.most or self.size(chosen) > self.budget:
            return False
        if self.kept(chosen) > self.writes + _HARDLY * max(LEAST_WRITES, self.writes):
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


class Weighed:
    """What each statement costs, all its runs, without and with a choice.

    `of` says for each of the question's executions which statement it is of. `worst` is the
    greatest part of its cost that an execution of a statement still has.
    """

    def __init__(self, question: Question, chosen: Names, of: Sequence[int]) -> None:
        self.question, self.chosen, self.of = question, chosen, of
        self.before: dict[int, float] = {}
        self.after: dict[int, float] = {}
        self.worst: dict[int, float] = {}
        self.costs: list[float] = []
        self.served: dict[str, list[int]] = {}
        for place, (number, each) in enumerate(zip(of, question.statements, strict=True)):
            before, after = each.cost(_NONE), each.cost(chosen)
            self.costs.append(after)
            self.before[number] = self.before.get(number, 0.0) + each.weight * before
            self.after[number] = self.after.get(number, 0.0) + each.weight * after
            ratio = after / max(1e-9, before)
            self.worst[number] = max(self.worst.get(number, 0.0), ratio)
            for name in chosen & frozenset().union(*each.plans):
                self.served.setdefault(name, []).append(place)

    def without(self, name: str) -> dict[int, float]:
        """Gives the cost of the statements that have a plan with a candidate, where it is not."""
        rest = self.chosen - {name}
        found: dict[int, float] = {}
        for place in self.served.get(name, ()):
            number, each = self.of[place], self.question.statements[place]
            more = each.weight * (each.cost(rest) - self.costs[place])
            found[number] = found.get(number, self.after[number]) + more
        return found
