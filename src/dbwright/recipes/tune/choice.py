"""The choice of indexes: least cost of reads and writes within a budget of bytes.

Each statement has the plans that are best under some set of candidates, with their costs. A set
of candidates costs what the best plan of each statement costs that it allows, and what keeping
its indexes costs. Searched greedily by gain for what is taken of the limits, then by swaps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from dbwright.recipes.tune.exact import best
from dbwright.recipes.tune.question import Names, Priced, Question
from dbwright.recipes.tune.search import Plans, Price, Search

_LEAST = 0.01
"""The part of what the workload costs with all that is chosen that each must save."""
_TINY = 0.0002
"""The part that it must save where it halves what its statements cost."""
_SWAPS = 3
"""How often all that is chosen is tried to be swapped."""


def choose(question: Question, *, exactly: bool = True) -> Names:
    """Gives the candidates to make; none where nothing is worth it.

    `exactly` searches longer and asks the solver as well, where it is there.
    """
    question = reduced(question)
    plans = Plans(question)
    found = searched(plans) if exactly else searched(plans, ("limits",), 1)
    exact = best(question, found) if exactly else None
    if exact is not None and question.total(exact) < question.total(found):
        found = exact
    return _worth(plans, found)


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


def searched(
    plans: Plans, prices: Sequence[Price] = ("limits", "bytes"), swaps: int = _SWAPS
) -> Names:
    """Gives a good choice without a solver."""
    found: list[tuple[float, int, Names]] = []
    for price in prices:
        search = Search(plans, price)
        search.grow()
        search.swap(swaps)
        found.append((search.total(), len(found), frozenset(search.chosen)))
    return min(found)[2]


def by_worth(question: Question, chosen: Names) -> list[str]:
    """Gives what is chosen in an order of making: each time what saves most a byte beside the rest.

    What gains only together with another one comes right after it.
    """
    left, made = set(chosen), Search(Plans(question))
    worth: dict[str, float] = {}
    order: list[str] = []
    while left:
        for name in sorted(left - worth.keys()):
            worth[name] = made.gain(frozenset([name])) / question.bytes[name]
        best_one = max(sorted(left), key=lambda name: worth[name])
        made.take(frozenset([best_one]))
        order.append(best_one)
        left.discard(best_one)
        for name in made.near(best_one):
            worth.pop(name, None)
    return order


def _worth(plans: Plans, chosen: Names) -> Names:
    """Takes out, the least first, what is worth no word.

    Worth one is what saves a hundredth of what is left to pay, and, of many statements, what saves
    less but halves the cost of those that it serves.
    """
    left = Search(plans)
    left.take(chosen)
    known: dict[str, tuple[float, float]] = {}
    while True:
        total = left.total()
        for name in left.chosen - known.keys():
            known[name] = left.loss(name), left.served(name)
        losses = {
            name: loss
            for name in sorted(left.chosen)
            if (loss := known[name][0]) <= _LEAST * total
            and (loss <= _TINY * total or loss < known[name][1] / 2)
        }
        if not losses:
            return frozenset(left.chosen)
        least = min(losses, key=lambda each: losses[each])
        left.leave(least)
        for name in left.near(least):
            known.pop(name, None)
