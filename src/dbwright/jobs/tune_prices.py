"""What each statement of a workload costs under which candidates: the question of the choice.

Every execution is first planned within fewer and fewer bytes, so that what serves it well for
little is met; then among what served any. What is chosen is planned as a whole, until nothing new
comes of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import psycopg

from dbwright.core.access import Access
from dbwright.core.candidate import Candidate
from dbwright.core.existing import ExistingIndex
from dbwright.core.operation import Data
from dbwright.core.plan import WorkloadStatement
from dbwright.dialects.postgresql import explain, statements
from dbwright.dialects.postgresql.parameters import Instance
from dbwright.recipes.tune.choice import Names, Priced, Question, choose
from dbwright.recipes.tune.keeping import Write
from dbwright.recipes.tune.needless import covered
from dbwright.scratch.workbench import Workbench
from dbwright.verify.what_if import Configuration, WhatIf

_MOST = 8
"""How many further EXPLAINs an execution may take among what served any statement."""
_ROUNDS = 4
"""How often a choice is planned as a whole."""


@dataclass
class Statement:
    """One statement of the workload on its way through.

    `samples` are executions that were seen, `instances` those that are planned, `plans` the plans
    that were found for each.
    """

    text: WorkloadStatement
    samples: list[WorkloadStatement] = field(default_factory=list)
    found: tuple[Access, ...] = ()
    instances: tuple[Instance, ...] = ()
    plans: dict[str, dict[Names, float]] = field(default_factory=dict)
    relevant: Names = frozenset()

    @property
    def tables(self) -> set[str]:
        """The tables that it reads, with their schemas."""
        return {f"{access.schema}.{access.table}" for access in self.found}


class Prices:
    """The plans of all executions; `told` is called for one that the server refuses."""

    def __init__(
        self, bench: Workbench, what_if: WhatIf, told: Callable[[str, psycopg.Error], None]
    ) -> None:
        self.bench, self.what_if, self.told = bench, what_if, told
        self.statements: list[Statement] = []
        self.writes: list[Write] = []
        self.good: Names = frozenset()

    def ask(
        self, several: Sequence[Statement], proposed: Mapping[Access, Sequence[Candidate]]
    ) -> None:
        """Asks for the plans of each statement under its own candidates, then under all good ones.

        `proposed` has the candidates of each access; one that an index does already is none.
        """
        there = frozenset(self._there())
        for each in several:
            named = (self.bench.made.get(c) for a in each.found for c in proposed[a])
            own = frozenset(one.name for one in named if one is not None) - there
            self._note(each, functools.partial(self.what_if.frontier, relevant=own))
        used = (used for each in several for plans in each.plans.values() for used in plans)
        good = frozenset().union(*used)
        self.good = good | frozenset(self._whole(good))
        for each in several:
            self._among_good(each)
        self.statements = [each for each in several if each.instances]

    def _whole(self, good: Names) -> Iterator[str]:
        """Gives the whole indexes beside partial ones: one may serve where several parts would."""
        for name in good:
            each = self.bench.candidate(name)
            whole = self.bench.made.get(replace(each, where=None)) if each.where else None
            if whole is not None:
                yield whole.name

    def _there(self) -> Iterator[str]:
        names = {each.name for each in self.bench.made.values()}
        existing: dict[tuple[str, str], list[ExistingIndex]] = {}
        for each in self.bench.twin.indexes:
            if each.valid:
                existing.setdefault((each.schema, each.table), []).append(each)
        for name in names:
            mine = self.bench.described[name]
            if any(covered(mine, other) for other in existing.get((mine.schema, mine.table), ())):
                yield name

    def _among_good(self, each: Statement) -> None:
        each.relevant = frozenset(n for n in self.good if self.bench.table(n) in each.tables)
        plans = functools.partial(self.what_if.configurations, relevant=each.relevant, most=_MOST)
        self._note(each, plans)
        if each.instances:
            self.writes += _written(self.what_if.connection, each)

    def _note(self, each: Statement, plans: Callable[[str], Sequence[Configuration]]) -> None:
        for instance in each.instances:
            try:
                found = plans(instance.sql)
            except psycopg.Error as error:
                self.told(instance.sql, error)
                each.instances = tuple(one for one in each.instances if one is not instance)
                continue
            known = each.plans.setdefault(instance.sql, {})
            for one in found:
                known[one.used] = min(one.cost, known.get(one.used, one.cost))

    def question(self, question: Question) -> Question:
        """Gives the question with the plans as they are known now."""
        priced = [
            Priced(each.text.calls * instance.share, each.plans[instance.sql])
            for each in self.statements
            for instance in each.instances
        ]
        return replace(question, statements=priced)

    def choose(self, question: Question) -> tuple[Question, Names]:
        """Gives the choice, each statement planned with all that is chosen, and its question."""
        for _ in range(_ROUNDS):
            question = self.question(question)
            best = choose(question, exactly=False)
            if not self._learn(best):
                break
        exact = choose(self.question(question))
        self._learn(exact)
        question = self.question(question)
        return question, min(exact, best, key=question.total)

    def _learn(self, chosen: Names) -> bool:
        """Plans each execution with just these; whether a better plan was met."""
        better = False
        for each in self.statements:
            standing = chosen & each.relevant
            for instance in each.instances:
                known = each.plans[instance.sql]
                found = self.what_if.plan(instance.sql, standing)
                if found.cost < known.get(found.used, float("inf")) * (1 - 1e-9):
                    known[found.used] = found.cost
                    better = True
        return better


def _written(connection: psycopg.Connection, each: Statement) -> Iterator[Write]:
    """Gives the rows that a statement writes, of all its runs."""
    for operation in statements.parse(each.text.sql):
        if isinstance(operation, Data) and operation.action in ("insert", "update", "delete"):
            plan = explain.plan(connection, each.instances[0].sql)
            rows = max((child.rows for child in plan.children), default=1.0)
            schema, _, table = operation.table.rpartition(".")
            yield Write(
                schema or "public",
                table,
                operation.action,
                max(1.0, rows) * each.text.calls,
                frozenset(operation.columns),
            )
