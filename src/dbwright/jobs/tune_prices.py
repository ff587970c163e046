"""What each statement of a workload costs under which candidates: the question of the choice.

Every execution is first planned within fewer and fewer bytes, so that what serves it well for
little is met; those that cost most then among what served any statement. What is chosen is planned
as a whole, the rest of the executions also without what they use of it, until nothing new comes of
it: how many EXPLAINs a statement takes does not depend on how many others there are.
"""

from __future__ import annotations

import re
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
from dbwright.recipes.tune.choice import choose
from dbwright.recipes.tune.keeping import Write
from dbwright.recipes.tune.needless import covered
from dbwright.recipes.tune.question import Names, Priced, Question
from dbwright.recipes.tune.stand_in import guesses, stand_ins
from dbwright.scratch.workbench import Workbench
from dbwright.verify.what_if import WhatIf
from dbwright.verify.what_if_rounds import Ask, Configuration, Questions

_MOST = 8
"""How many further EXPLAINs an execution may take among what served any statement."""
_HEAD = 400
"""So many executions, those that cost most, are planned among what served any statement."""
_GUESSED = 8
"""Of so many plans of an execution it is guessed what other candidates would do as well."""
_ROUNDS = 6
"""How often a choice is planned as a whole."""
_WRITES = re.compile("insert|update|delete|merge", re.IGNORECASE)
"""Words of which a statement that writes has one."""


@dataclass
class Statement:
    """One statement of the workload on its way through.

    `samples` are executions that were seen, `instances` those that are planned, `plans` the plans
    that were found for each, `guesses` those that may be there.
    """

    text: WorkloadStatement
    samples: list[WorkloadStatement] = field(default_factory=list)
    found: tuple[Access, ...] = ()
    instances: tuple[Instance, ...] = ()
    plans: dict[str, dict[Names, float]] = field(default_factory=dict)
    guesses: dict[str, dict[Names, float]] = field(default_factory=dict)
    relevant: Names = frozenset()
    in_full: bool = True

    @property
    def tables(self) -> frozenset[str]:
        """The tables that it reads, with their schemas."""
        return frozenset(f"{access.schema}.{access.table}" for access in self.found)

    @property
    def cost(self) -> float:
        """What its calls cost as things are, with no candidate."""
        none: Names = frozenset()
        return self.text.calls * sum(
            each.share * self.plans.get(each.sql, {}).get(none, 0.0) for each in self.instances
        )


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

        def own(each: Statement) -> Names:
            named = (self.bench.made.get(c) for a in each.found for c in proposed[a])
            return frozenset(one.name for one in named if one is not None) - there

        self._note(several, lambda each, _: self.what_if.frontier(own(each)))
        used = {used for each in several for plans in each.plans.values() for used in plans}
        good: Names = frozenset().union(*used)
        self.good = good | frozenset(self._whole(good))
        self._say_relevant(several)
        self._note(
            [each for each in several if each.in_full],
            lambda each, sql: self.what_if.configurations(sql, each.relevant, _MOST),
        )
        for each in several:
            if each.instances:
                self.writes += _written(self.what_if.connection, each)
        self.statements = [each for each in several if each.instances]
        self._guess()

    def _say_relevant(self, several: Sequence[Statement]) -> None:
        """Tells each statement the good candidates of its tables, and which are planned in full."""
        by_table: dict[str, set[str]] = {}
        for name in self.good:
            by_table.setdefault(self.bench.table(name), set()).add(name)
        by_tables: dict[frozenset[str], Names] = {}
        left = _HEAD
        for each in sorted(several, key=lambda one: -one.cost):
            tables = each.tables
            if tables not in by_tables:
                by_tables[tables] = frozenset().union(*(by_table.get(one, ()) for one in tables))
            each.relevant = by_tables[tables]
            each.in_full = left > 0
            left -= len(each.instances)

    def _whole(self, good: Names) -> Iterator[str]:
        """Gives the whole indexes beside partial ones: one may serve where several parts would."""
        for name in good:
            each = self.bench.candidate(name)
            whole = self.bench.made.get(replace(each, where=None)) if each.where else None
            if whole is not None:
                yield whole.name

    def _there(self) -> Iterator[str]:
        """Gives the candidates that an index does already; what does has the same first key."""
        existing: dict[tuple[str, str], list[ExistingIndex]] = {}
        for each in self.bench.twin.indexes:
            if each.valid:
                existing.setdefault((each.schema, each.table), []).append(each)
        near = []
        for one in self.bench.made.values():
            first = {each.keys[0].sql for each in existing.get((one.schema, one.table), ())}
            if first and (not one.keys[0].is_column or one.keys[0].expression in first):
                near.append(one.name)
        for name, mine in self.bench.described(near).items():
            if any(covered(mine, other) for other in existing[mine.schema, mine.table]):
                yield name

    def _note(
        self, several: Sequence[Statement], questions: Callable[[Statement, str], Questions]
    ) -> None:
        """Takes in the plans that questions about each execution find; what is refused goes."""
        asked = [(each, instance) for each in several for instance in each.instances]
        answers = self.what_if.answered(
            [
                Ask(instance.sql, each.tables, questions(each, instance.sql))
                for each, instance in asked
            ]
        )
        for (each, instance), found in zip(asked, answers, strict=True):
            if isinstance(found, psycopg.Error):
                self.told(instance.sql, found)
                each.instances = tuple(one for one in each.instances if one is not instance)
                continue
            known = each.plans.setdefault(instance.sql, {})
            for one in found:
                known[one.used] = min(one.cost, known.get(one.used, one.cost))

    def _guess(self) -> None:
        """Guesses which plans there are with what stands in for a candidate that a plan uses."""
        others = stand_ins({name: self.bench.candidate(name) for name in self.good})
        for each in self.statements:
            for instance in each.instances:
                found: dict[Names, float] = {}
                for guess, cost in guesses(each.plans[instance.sql], others, _GUESSED):
                    found[guess] = min(cost, found.get(guess, cost))
                each.guesses[instance.sql] = found

    def question(self, question: Question, *, guessed: bool = False) -> Question:
        """Gives the question with the plans as they are known now, with those guessed as well."""
        priced = [
            Priced(
                each.text.calls * instance.share,
                {**each.guesses[instance.sql], **each.plans[instance.sql]}
                if guessed
                else dict(each.plans[instance.sql]),
            )
            for each in self.statements
            for instance in each.instances
        ]
        return replace(question, statements=priced)

    def choose(self, question: Question) -> tuple[Question, Names]:
        """Gives the choice, each statement planned with all that is chosen, and its question.

        What is only guessed is asked of the planner once it is chosen.
        """
        found: list[Names] = []
        for _ in range(_ROUNDS):
            found.append(choose(self.question(question, guessed=True), exactly=False))
            if not self._learn(found[-1]):
                break
        found.append(choose(self.question(question)))
        self._learn(found[-1])
        question = self.question(question)
        return question, min(found, key=question.total)

    def _learn(self, chosen: Names) -> bool:
        """Plans each execution with just these; whether that is other than was thought."""
        asked = [(each, instance.sql) for each in self.statements for instance in each.instances]
        answers = self.what_if.answered(
            [Ask(sql, each.tables, _among(each, chosen)) for each, sql in asked]
        )
        news = False
        for (each, sql), found in zip(asked, answers, strict=True):
            if isinstance(found, psycopg.Error):
                raise found
            for allowed, best in found:
                news |= self._corrected(each, sql, allowed, best)
        return news

    def _corrected(self, each: Statement, sql: str, allowed: Names, found: Configuration) -> bool:
        """Takes in the best plan where just these stand; whether that is other than was thought."""
        known, guessed = each.plans[sql], each.guesses[sql]
        wrong = [used for used, cost in guessed.items() if used <= allowed and cost < found.cost]
        for used in wrong:
            del guessed[used]
        if found.cost < known.get(found.used, float("inf")) * (1 - 1e-9):
            known[found.used] = found.cost
            return True
        return bool(wrong)


def _among(each: Statement, chosen: Names) -> Questions:
    """Asks for the plan with just these, and gives what stood with what was best.

    Of a statement that was not planned in full also without what it uses: another one that is
    chosen may do as well.
    """
    standing = chosen & each.relevant
    best = yield standing
    found = [(standing, best)]
    if not each.in_full and len(standing) > 1:
        for allowed in [standing - {name} for name in best.used]:
            found.append((allowed, (yield allowed)))
    return found


def _written(connection: psycopg.Connection, each: Statement) -> Iterator[Write]:
    """Gives the rows that a statement writes, of all its runs."""
    if not _WRITES.search(each.text.sql):
        return
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
