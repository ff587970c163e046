"""Which candidates may stand in for others: what the planner is not asked before it matters.

An index that begins with another one's keys, and holds at least its rows, finds what that finds. It
is taken to do so at the same cost until it is chosen; then the planner says what it costs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from dbwright.core.candidate import Candidate
from dbwright.recipes.tune.question import Names

_BTREE = "btree"


def stand_ins(candidates: Mapping[str, Candidate]) -> dict[str, Names]:
    """Gives for each candidate, by name, those that find what it finds."""
    alike: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for name, each in candidates.items():
        if each.method == _BTREE:
            alike[each.schema, each.table, each.keys[0].sql].append(name)
    return {
        name: frozenset(
            other
            for other in names
            if other != name and _stands_in(candidates[other], candidates[name])
        )
        for names in alike.values()
        for name in names
    }


def _stands_in(other: Candidate, each: Candidate) -> bool:
    holds = other.where is None or other.where == each.where
    return holds and other.keys[: len(each.keys)] == each.keys


def guesses(
    plans: Mapping[Names, float], others: Mapping[str, Names], most: int
) -> Iterator[tuple[Names, float]]:
    """Gives plans that may be there, with the costs of those that they are like.

    Of `most` plans, those with the fewest candidates first, one is taken for another at a time.
    """
    none: Names = frozenset()
    plainest = sorted(plans.items(), key=lambda plan: (len(plan[0]), plan[1], sorted(plan[0])))
    for used, cost in plainest[:most]:
        for name in used:
            for other in others.get(name, none):
                guess = (used - {name}) | {other}
                if not any(known <= guess and less <= cost for known, less in plans.items()):
                    yield guess, cost
