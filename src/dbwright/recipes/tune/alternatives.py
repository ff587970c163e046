"""What could stand in the place of a chosen index, of what the search has priced.

Nothing is asked for it: a candidate that no plan was seen to use is no alternative.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dbwright.core.advice import IndexAlternative
from dbwright.core.candidate import Candidate
from dbwright.recipes.tune.question import Names, Question

_MOST = 3
_LEAST = 0.1
"""The part of the chosen index's gain that an alternative has at least."""
_ALIKE = 0.02
"""By so little a gain or a size is not told from another."""
_METHODS = {
    "brin": "knows blocks and not rows, so it serves while rows lie in the order of its keys",
    "hash": "finds equal values alone, neither a range nor an order",
    "gin": "finds what is in a value, at a higher price for each write",
    "gist": "finds what overlaps, and reads more of itself than others do",
    "btree": "finds ranges and orders too",
}


@dataclass(frozen=True, slots=True)
class _Rival:
    name: str
    saves: float
    kinds: tuple[str, ...]


class Alternatives:
    """The alternatives of each index of a choice; `candidate` gives that of a name."""

    def __init__(
        self, question: Question, best: Names, candidate: Callable[[str], Candidate]
    ) -> None:
        self.question, self.best, self.candidate = question, best, candidate
        self.touched: dict[str, list[int]] = defaultdict(list)
        for number, each in enumerate(question.statements):
            for name in frozenset().union(*each.plans):
                self.touched[name].append(number)

    def of(self, name: str, made: Callable[[Candidate], str]) -> tuple[IndexAlternative, ...]:
        """Gives what could stand in one's place, what saves most first.

        They serve the same statements. One of each kind of difference, none that is both larger
        and worth less; `made` gives the statement that makes it.
        """
        chosen = self.candidate(name)
        found: dict[tuple[str, ...], _Rival] = {}
        for each in sorted(self._rivals(name, chosen), key=self._order, reverse=True):
            found.setdefault(each.kinds, each)
        kept = [each for each in found.values() if not self._is_idle(each, name)]
        return tuple(self._told(each, name, made) for each in kept[:_MOST])

    def _rivals(self, name: str, chosen: Candidate) -> Iterator[_Rival]:
        rest = self.best - {name}
        served = self._served(name, rest)
        least = _LEAST * self._saves(name, rest)
        barred = frozenset().union(*(self.question.others.get(one, frozenset()) for one in rest))
        for other in self.question.bytes:
            candidate = self.candidate(other)
            same = (candidate.schema, candidate.table) == (chosen.schema, chosen.table)
            if not same or other in self.best or other in barred:
                continue
            if self._saves(other, rest, served) < least:
                continue
            saves = self._saves(other, rest)
            if saves > self.question.keeping.get(other, 0.0):
                kinds = tuple(kind for kind, _ in _differences(chosen, candidate))
                yield _Rival(other, saves, kinds)

    def _served(self, name: str, rest: Names) -> frozenset[int]:
        statements = self.question.statements
        return frozenset(
            number
            for number in self.touched[name]
            if statements[number].cost(self.best) < statements[number].cost(rest)
        )

    def _saves(self, name: str, rest: Names, of: frozenset[int] | None = None) -> float:
        """Gives what the workload's reads, or some of them, cost less with it beside the rest."""
        with_it, statements = rest | {name}, self.question.statements
        several = (n for n in self.touched[name] if of is None or n in of)
        return sum(
            each.weight * (each.cost(rest) - each.cost(with_it))
            for each in (statements[number] for number in several)
        )

    def _order(self, each: _Rival) -> tuple[float, str]:
        return each.saves - self.question.keeping.get(each.name, 0.0), each.name

    def _is_idle(self, each: _Rival, name: str) -> bool:
        """Whether it takes no less than what is chosen, saves no more, and serves no other."""
        if "whole" in each.kinds:
            return False
        saves = self._saves(name, self.best - {name})
        larger = self.question.bytes[each.name] > self.question.bytes[name] * (1 - _ALIKE)
        return larger and each.saves < saves * (1 + _ALIKE)

    def _told(self, each: _Rival, name: str, made: Callable[[Candidate], str]) -> IndexAlternative:
        candidate = self.candidate(each.name)
        words = [said for _, said in _differences(self.candidate(name), candidate)]
        if not self.question.fits(self.best - {name} | {each.name}):
            words.append("the budget has no room for it")
        return IndexAlternative(
            candidate.short,
            made(candidate),
            int(self.question.bytes[each.name]),
            each.saves,
            self.question.keeping.get(each.name, 0.0),
            "; ".join(words),
        )


def _differences(chosen: Candidate, other: Candidate) -> Iterator[tuple[str, str]]:
    """Yields in what a candidate differs from the chosen one: the kind, and what it means."""
    if other.method != chosen.method:
        yield other.method, f"{other.method}: {_METHODS.get(other.method, 'another method')}"
    yield from _of_rows(chosen, other)
    yield from _of_keys(chosen, other)
    left = [each for each in chosen.include if each not in other.include]
    keys = {key.expression for key in other.keys}
    if lacking := [each for each in left if each not in keys]:
        yield "bare", f"without {', '.join(lacking)}, for which rows of the table are read"
    if more := [each for each in other.include if each not in chosen.include]:
        yield "carrying", f"carries {', '.join(more)}, so that fewer rows of the table are read"


def _of_rows(chosen: Candidate, other: Candidate) -> Iterator[tuple[str, str]]:
    if chosen.where == other.where:
        return
    if other.where is None:
        yield "whole", "of all rows: serves statements without the condition too"
    elif chosen.where is None:
        yield "partial", f"only of rows where {other.where}: serves no others"
    else:
        yield "rows", f"of other rows: those where {other.where}"


def _of_keys(chosen: Candidate, other: Candidate) -> Iterator[tuple[str, str]]:
    mine = [key.expression for key in chosen.keys]
    own = [key.expression for key in other.keys]
    if mine == own:
        if chosen.keys != other.keys and chosen.method == other.method:
            yield "order", "its keys in another direction or class of operators"
    elif own == mine[: len(own)]:
        rest = ", ".join(mine[len(own) :])
        yield "narrower", f"without the key {rest}, which is then looked at row by row"
    elif mine == own[: len(mine)]:
        more = own[len(mine) :]
        yield (
            "wider",
            f"with {', '.join(more)} as {'a further key' if len(more) == 1 else 'further keys'}",
        )
    elif sorted(mine) == sorted(own):
        yield "turned", f"its keys in another order: serves conditions on {own[0]} alone"
    else:
        yield "keys", "other keys"
