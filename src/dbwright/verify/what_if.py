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

    def configurations(self, sql: str, relevant: Names, most: int) -> tuple[Configuration, ...]:
        """Gives the plans that are best under some set of candidates, the one without any too.

        From the set of all it takes away, one by one, what a plan uses; the most promising sets
        come first, and `most` bounds the questions.
        """
        found: dict[Names, float] = {}
        first = self.plan(sql, relevant)
        waiting = [(first.cost, relevant, first)]
        seen = {relevant}
        limit = self.asked + most
        while waiting and self.asked < limit:
            waiting.sort(key=lambda each: each[0])
            _, allowed, best = waiting.pop(0)
            found[best.used] = min(best.cost, found.get(best.used, best.cost))
            for one in best.used:
                rest = allowed - {one}
                if rest not in seen:
                    seen.add(rest)
                    answer = self.plan(sql, rest)
                    waiting.append((answer.cost, rest, answer))
        for _, _, best in waiting:
            found[best.used] = min(best.cost, found.get(best.used, best.cost))
        none = self.plan(sql, frozenset())
        found[none.used] = none.cost
        return tuple(Configuration(used, cost) for used, cost in found.items())


def _used(node: Node) -> Iterator[str]:
    for each in node.walk():
        if each.index:
            yield each.index
