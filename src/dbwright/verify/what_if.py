"""What statements would cost with indexes that are not there, asked of a workbench.

A plan that uses only some of the indexes that stand is also the best one wherever those stand and
no others beyond: one question answers for all sets in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg

from dbwright.core.plan import Node
from dbwright.dialects.postgresql import explain
from dbwright.scratch.workbench import Workbench

Names = frozenset[str]
_SMALLER = 0.85
"""The part of a used candidate's pages that one of fewer bytes has at most."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The candidates that a plan uses, and its cost."""

    used: Names
    cost: float


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
        for each in self.known.setdefault(sql, []):
            if each.configuration.used <= allowed <= each.allowed:
                return each.configuration
        self.bench.stand(self.admin, allowed)
        found = explain.plan(self.connection, sql)
        self.asked += 1
        used = frozenset(self.bench.wholes.get(name, name) for name in _used(found))
        self.existing |= used - allowed
        answer = Configuration(used & allowed, found.cost)
        self.known[sql].append(_Known(allowed, answer))
        return answer

    def frontier(self, sql: str, relevant: Names) -> tuple[Configuration, ...]:
        """Gives the plans that are best within fewer and fewer bytes, the one without any too.

        Each time, of the tables whose candidates a plan uses, what is as large goes; then each
        table's candidates are tried by themselves.
        """
        found: dict[Names, float] = {}
        for allowed in (relevant, *self._by_table(relevant)):
            best = self._noted(found, sql, allowed)
            while best.used:
                allowed -= self._as_large(best.used, allowed)
                best = self._noted(found, sql, allowed)
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

    def _noted(self, found: dict[Names, float], sql: str, allowed: Names) -> Configuration:
        best = self.plan(sql, allowed)
        found[best.used] = min(best.cost, found.get(best.used, best.cost))
        return best

    def configurations(self, sql: str, relevant: Names, most: int) -> tuple[Configuration, ...]:
        """Gives the plans that are best under some set of candidates, the one without any too.

        From the set of all it takes away, one by one, what a plan uses; the most promising sets
        come first, and `most` bounds the questions.
        """
        found: dict[Names, float] = {}
        first = self._noted(found, sql, relevant)
        waiting = [(first.cost, relevant, first.used)]
        seen = {relevant}
        limit = self.asked + most
        while waiting and self.asked < limit:
            waiting.sort(key=lambda each: each[0])
            _, allowed, used = waiting.pop(0)
            for rest in (allowed - {one} for one in used):
                if rest not in seen:
                    seen.add(rest)
                    answer = self._noted(found, sql, rest)
                    waiting.append((answer.cost, rest, answer.used))
        self._noted(found, sql, frozenset())
        return _configurations(found)


def _configurations(found: dict[Names, float]) -> tuple[Configuration, ...]:
    return tuple(Configuration(used, cost) for used, cost in found.items())


def _used(node: Node) -> Iterator[str]:
    for each in node.walk():
        if each.index:
            yield each.index
