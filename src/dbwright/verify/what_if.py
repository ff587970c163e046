"""What statements would cost with indexes that are not there, asked of a workbench.

A plan that uses only some of the indexes that stand is also the best one wherever those stand and
no others beyond: one question answers for all sets in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from dbwright.core.plan import Node
from dbwright.dialects.postgresql import explain
from dbwright.scratch.workbench import Workbench
from dbwright.verify.what_if_rounds import Ask, Configuration, Names, Questions, Rounds

_SMALLER = 0.85
"""The part of a used candidate's pages that one of fewer bytes has at most."""


@dataclass
class _Known:
    allowed: Names
    configuration: Configuration


@dataclass
class WhatIf:
    """The costs of statements under sets of candidates; `asked` counts the EXPLAINs.

    `existing` gathers the indexes that plans use and that were there before."""

    bench: Workbench
    connection: psycopg.Connection[Any]
    admin: psycopg.Connection[Any]
    asked: int = 0
    known: dict[str, list[_Known]] = field(default_factory=dict)
    existing: set[str] = field(default_factory=set)

    def plan(self, sql: str, allowed: Names) -> Configuration:
        """Gives the best plan's candidates and cost where just `allowed` stand.

        Raises psycopg.Error for a statement that the server refuses.
        """
        known = self._known(sql, allowed)
        if known is not None:
            return known
        self.bench.stand(self.admin, allowed)
        return self._taken_in(sql, allowed, explain.plan(self.connection, sql))

    def answered(self, asks: Sequence[Ask]) -> list[Any | psycopg.Error]:
        """Gives the answer of each, or why the server refuses it; many are asked together."""
        rounds = Rounds(asks, self.bench.table, self._known)
        while several := rounds.next():
            self.bench.stand(self.admin, frozenset().union(*(each.wanted for each in several)))
            plans = explain.plans(self.connection, [each.ask.sql for each in several])
            for each, plan in zip(several, plans, strict=True):
                rounds.take(each, self._answer(each.ask.sql, each.wanted, plan))
        return rounds.found

    def _answer(
        self, sql: str, allowed: Names, plan: Node | psycopg.Error
    ) -> Configuration | psycopg.Error:
        try:
            if isinstance(plan, psycopg.Error):
                return plan
            if self.bench.candidates(self._used(plan)) <= allowed:
                return self._taken_in(sql, allowed, plan)
            # it reads a table that its plan without indexes did not show
            return self.plan(sql, allowed)
        except psycopg.Error as error:
            return error

    def _known(self, sql: str, allowed: Names) -> Configuration | None:
        """Gives what has been asked already, or follows from it."""
        for each in self.known.setdefault(sql, []):
            if each.configuration.used <= allowed <= each.allowed:
                return each.configuration
        return None

    def _taken_in(self, sql: str, allowed: Names, plan: Node) -> Configuration:
        self.asked += 1
        used = self._used(plan)
        self.existing |= used - allowed
        answer = Configuration(used & allowed, plan.cost)
        self.known[sql].append(_Known(allowed, answer))
        return answer

    def _used(self, plan: Node) -> Names:
        indexes = (each.index for each in plan.walk() if each.index)
        return frozenset(self.bench.wholes.get(name, name) for name in indexes)

    def frontier(self, relevant: Names) -> Questions:
        """Asks for the plans that are best within fewer and fewer bytes, the one without any too.

        Each time, of the tables whose candidates a plan uses, what is as large goes; then each
        table's candidates are tried by themselves.
        """
        found: dict[Names, float] = {}
        for allowed in (relevant, *self._by_table(relevant)):
            best = _noted(found, (yield allowed))
            while best.used:
                allowed -= self._as_large(best.used, allowed)
                best = _noted(found, (yield allowed))
        return _configurations(found)

    def _by_table(self, relevant: Names) -> list[Names]:
        tables: dict[str, set[str]] = {}
        for name in relevant:
            tables.setdefault(self.bench.table(name), set()).add(name)
        return [frozenset(each) for each in tables.values()] if len(tables) > 1 else []

    def _as_large(self, used: Names, allowed: Names) -> Names:
        least = {self.bench.table(name): self.bench.sizes[name].pages for name in used}
        return used | {
            name
            for name in allowed
            if self.bench.sizes[name].pages > _SMALLER * least.get(self.bench.table(name), 1e18)
        }

    def configurations(self, sql: str, relevant: Names, most: int) -> Questions:
        """Asks for the plans that are best under some set of candidates, the one without any too.

        From the set of all it takes away, one by one, what a plan uses; the most promising sets
        come first, and `most` bounds the questions.
        """
        found: dict[Names, float] = {}
        first = _noted(found, (yield relevant))
        waiting = [(first.cost, relevant, first.used)]
        seen = {relevant}
        limit = len(self.known[sql]) + most
        while waiting and len(self.known[sql]) < limit:
            waiting.sort(key=lambda each: each[0])
            _, allowed, used = waiting.pop(0)
            for rest in (allowed - {one} for one in used):
                if rest not in seen:
                    seen.add(rest)
                    answer = _noted(found, (yield rest))
                    waiting.append((answer.cost, rest, answer.used))
        _noted(found, (yield frozenset()))
        return _configurations(found)


def _noted(found: dict[Names, float], best: Configuration) -> Configuration:
    found[best.used] = min(best.cost, found.get(best.used, best.cost))
    return best


def _configurations(found: dict[Names, float]) -> tuple[Configuration, ...]:
    return tuple(Configuration(used, cost) for used, cost in found.items())
