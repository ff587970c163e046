"""A choice of candidates that grows by what gains most, and is mended by swaps.

What a group of candidates gains is counted anew only when a statement that it serves has changed,
and the best that has room is looked up by size: a step takes the time of the statements of one
table, however many others there are.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from dbwright.recipes.tune.question import Names, Question

_NONE: Names = frozenset()
_EXCHANGED = 100
"""So many groups, those that would gain most, are tried to be put in."""
_FINE = 2
"""Classes of size for each doubling."""

Plan = tuple[float, Names]
Price = Literal["bytes", "limits"]


def _of_limits(question: Question, new: Names) -> float:
    bytes_ = question.size(new) / max(1.0, question.budget)
    return bytes_ + len(new) / question.most + question.kept(new) / max(1.0, question.writes)


_PRICES: Mapping[Price, Callable[[Question, Names], float]] = {
    "bytes": lambda question, new: max(1.0, question.size(new)),
    "limits": _of_limits,
}


class Plans:
    """The plans of a question by statement and by candidate; groups are those that a plan uses."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.by_cost: list[list[Plan]] = []
        self.of: dict[str, list[tuple[int, Names, float]]] = defaultdict(list)
        together: dict[str, set[int]] = defaultdict(set)
        every: set[Names] = set()
        for number, each in enumerate(question.statements):
            plans = sorted(each.plans.items(), key=lambda plan: plan[1])
            self.by_cost.append([(cost, used) for used, cost in plans])
            for used, cost in plans:
                every.add(used)
                for name in used:
                    self.of[name].append((number, used, cost))
                    if len(used) > 1:
                        together[name].add(number)
        self.together = {name: frozenset(numbers) for name, numbers in together.items()}
        self.touched = {name: {number for number, _, _ in of} for name, of in self.of.items()}
        groups = (used for used in every if used and question.fits(used))
        self.groups = sorted(groups, key=sorted)
        self.having: dict[str, list[int]] = defaultdict(list)
        for place, group in enumerate(self.groups):
            for name in group:
                self.having[name].append(place)

    def names(self, number: int) -> Names:
        """Gives the candidates that a statement has plans with."""
        return frozenset().union(*(used for _, used in self.by_cost[number]))


class Search:
    """A choice within the limits of a question, by what a candidate gains for its price.

    The price is that of `bytes`, or of `limits`: of each limit the part that is taken, added up.
    """

    def __init__(self, plans: Plans, price: Price = "limits") -> None:
        self.plans, self.question = plans, plans.question
        self.price = _PRICES[price]
        self.chosen: set[str] = set()
        self.weights = [each.weight for each in self.question.statements]
        self.costs = [each.plans[_NONE] for each in self.question.statements]
        self.reads = sum(
            weight * cost for weight, cost in zip(self.weights, self.costs, strict=True)
        )
        self.worth = [0.0] * len(plans.groups)
        self.size = [0] * len(plans.groups)
        self.offers: dict[int, list[tuple[float, int]]] = defaultdict(list)
        self.stale = set(range(len(plans.groups)))

    def grow(self, barred: str | None = None) -> None:
        """Adds the group that is worth most, until none fits or none gains."""
        while len(self.chosen) < self.question.most:
            self._refresh()
            best = self._best(barred)
            if best is None:
                return
            self.take(self.plans.groups[best] - self.chosen)

    def _refresh(self) -> None:
        """Counts anew what the groups gain of which a statement has changed."""
        others = self.question.others
        for place in self.stale:
            new = self.plans.groups[place] - self.chosen
            at_odds = any(others.get(name, _NONE) & self.chosen for name in new)
            gain = self.gain(new) if new and not at_odds else 0.0
            bytes_ = max(1.0, self.question.size(new))
            worth = gain / self.price(self.question, new) if gain > 0 else 0.0
            size = int(_FINE * math.log2(bytes_))
            if worth > 0 and (worth, size) != (self.worth[place], self.size[place]):
                heapq.heappush(self.offers[size], (-worth, place))
            self.worth[place], self.size[place] = worth, size
        self.stale = set()

    def _best(self, barred: str | None) -> int | None:
        """Gives the group that is worth most of those that fit."""
        room = self.question.budget - self.question.size(self.chosen)
        writes = self.question.writes - self.question.kept(self.chosen)
        best: tuple[float, int] = (0.0, -1)
        for size, offers in self.offers.items():
            if 2 ** (size / _FINE) > room + 1:
                continue
            aside = []
            while offers and offers[0] < best:
                offer = worth, place = offers[0]
                if self.size[place] == size and self.worth[place] == -worth:
                    if self._fits(place, room, writes, barred):
                        best = offer
                        break
                    aside.append(offer)
                heapq.heappop(offers)
            for offer in dict.fromkeys(aside):
                heapq.heappush(offers, offer)
        return best[1] if best[1] >= 0 else None

    def _fits(self, place: int, room: float, writes: float, barred: str | None) -> bool:
        group = self.plans.groups[place]
        new = group - self.chosen
        return (
            barred not in group
            and len(self.chosen) + len(new) <= self.question.most
            and self.question.size(new) <= room
            and self.question.kept(new) <= writes
        )

    def take(self, new: Names) -> None:
        """Adds candidates."""
        self.chosen |= new
        self._count(new)

    def leave(self, name: str) -> None:
        """Takes a candidate out."""
        self.chosen.discard(name)
        self._count([name])

    def _count(self, changed: Iterable[str]) -> None:
        """Counts anew what candidates that came or went touch."""
        plans, others = self.plans, self.question.others
        for name in changed:
            self.stale.update(plans.having.get(name, ()))
            for other in others.get(name, ()):
                self.stale.update(plans.having.get(other, ()))
            together = plans.together.get(name, frozenset())
            for number in plans.touched.get(name, ()):
                cost = self._cost(number)
                if cost != self.costs[number] or number in together:
                    self.reads += self.weights[number] * (cost - self.costs[number])
                    self.costs[number] = cost
                    for one in plans.names(number):
                        self.stale.update(plans.having.get(one, ()))

    def _cost(self, number: int, without: str | None = None) -> float:
        """Gives what a run costs with what is chosen."""
        for cost, used in self.plans.by_cost[number]:
            if used <= self.chosen and without not in used:
                return cost
        raise AssertionError("each statement has a plan without any")

    def total(self) -> float:
        """Gives the cost of the workload with what is chosen."""
        return self.reads + self.question.kept(self.chosen)

    def gain(self, new: Names) -> float:
        """Gives what the workload would cost less with these as well."""
        together = self.chosen | new
        costs: dict[int, float] = {}
        for name in new:
            for number, used, cost in self.plans.of.get(name, ()):
                if cost < costs.get(number, self.costs[number]) and used <= together:
                    costs[number] = cost
        saved = sum(
            self.weights[number] * (self.costs[number] - cost) for number, cost in costs.items()
        )
        return saved - self.question.kept(new)

    def loss(self, name: str) -> float:
        """Gives what the workload would cost more without a candidate that is chosen."""
        more = sum(
            self.weights[number] * (self._cost(number, name) - self.costs[number])
            for number in self.plans.touched.get(name, ())
        )
        return more - self.question.keeping.get(name, 0.0)

    def served(self, name: str) -> float:
        """Gives what the statements that a chosen candidate serves would cost without it."""
        touched = self.plans.touched.get(name, ())
        costs = {number: self._cost(number, name) for number in touched}
        return sum(
            self.weights[number] * cost
            for number, cost in costs.items()
            if cost > self.costs[number]
        )

    def near(self, name: str) -> set[str]:
        """Gives the candidates whose worth depends on whether this one stands."""
        touched = self.plans.touched.get(name, ())
        return {name}.union(*(self.plans.names(number) for number in touched))

    def swap(self, times: int) -> None:
        """Takes one out and fills up again, puts one in and makes room; keeps what is better."""
        for _ in range(times):
            before = self.total()
            for name in sorted(self.chosen):
                if name in self.chosen:
                    kept = set(self.chosen)
                    self.leave(name)
                    self.grow(barred=name)
                    self._keep_better(kept)
            self._refresh()
            for place in self._promising():
                self._exchange(place)
            if self.total() > before * (1 - 1e-6):
                return

    def _keep_better(self, kept: set[str]) -> None:
        """Goes back to a choice, unless the one that is has become better."""
        total = self.total()
        changed = kept ^ self.chosen
        now, self.chosen = self.chosen, kept
        self._count(changed)
        if total < self.total() * (1 - 1e-9):
            self.chosen = now
            self._count(changed)

    def _promising(self) -> list[int]:
        """Gives what would gain most if there were room, and what does the same as one chosen."""
        gains = [
            worth * self.price(self.question, group - self.chosen) if worth > 0 else 0.0
            for worth, group in zip(self.worth, self.plans.groups, strict=True)
        ]
        places = [place for place, gain in enumerate(gains) if gain > 0]
        others = self.question.others
        alike = {other for name in self.chosen for other in others.get(name, ())} - self.chosen
        return heapq.nlargest(_EXCHANGED, places, key=lambda place: gains[place]) + [
            place
            for name in sorted(alike)
            for place in self.plans.having.get(name, ())
            if len(self.plans.groups[place]) == 1
        ]

    def _exchange(self, place: int) -> None:
        """Puts a group in, takes out what is worth least until all fits, and fills up again."""
        group = self.plans.groups[place]
        kept = set(self.chosen)
        at_odds = [one for name in group for one in self.question.others.get(name, ())]
        for name in self.chosen.intersection(at_odds):
            self.leave(name)
        self.take(group - self.chosen)
        while rest := sorted(self.chosen - group):
            least = min(rest, key=self._loss_for_room)
            if self.question.fits(frozenset(self.chosen)) and self.loss(least) > 0:
                break
            self.leave(least)
        if self.question.fits(frozenset(self.chosen)):
            self.grow()
        self._keep_better(kept)

    def _loss_for_room(self, name: str) -> float:
        """Gives what leaving a candidate costs for each part of the limit that is passed."""
        question = self.question
        if len(self.chosen) > question.most:
            return self.loss(name)
        if question.size(self.chosen) > question.budget:
            return self.loss(name) / question.bytes[name]
        return self.loss(name) / max(1e-9, question.keeping.get(name, 0.0))
