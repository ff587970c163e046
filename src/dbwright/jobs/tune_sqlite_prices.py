"""What each statement takes on a copy of a SQLite file under which candidates, in steps.

Each candidate is tried alone, then all of a statement's together, then those without what was
used. What is chosen is run as a whole: what makes a statement slower is barred.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from dbwright.core.access import Access
from dbwright.core.candidate import Candidate
from dbwright.core.operation import Data
from dbwright.core.options import Progress
from dbwright.jobs.tune_sqlite_statements import Execution, Statement
from dbwright.recipes.tune.choice import choose
from dbwright.recipes.tune.needless import covered
from dbwright.recipes.tune.question import Names, Priced, Question
from dbwright.scratch.sqlite_bench import Bench, Run

WORTH = 500
"""A run that an index spares fewer steps is left alone: they are some ten microseconds."""
_SLOWER = 1.1
"""A statement may take so much of what it takes today where indexes are made for others."""
_TOGETHER = 6
"""How often what a statement uses is taken away from it."""
_ROUNDS = 6
"""How often a choice is run as a whole."""
_LEAST = 0.01
"""The part of what the workload takes that each index must save."""

Told = Callable[[str, object], None]


class Prices:
    """The runs of all executions; `told` is called for one that SQLite refuses."""

    def __init__(self, bench: Bench, told: Told) -> None:
        self.bench, self.told = bench, told
        self.statements: list[Statement] = []
        self.names: dict[Candidate, str | None] = {}
        self.good: Names = frozenset()
        self.cut = 0

    def now(self, several: Sequence[Statement]) -> None:
        """Runs each statement with what is there; one that fails is told and left out."""
        for each in several:
            try:
                runs = [self._run(each, one) for one in each.executions]
            except sqlite3.Error as error:
                self.told(each.text.sql, error)
                continue
            each.rows = max((run.rows for run in runs), default=0)
            each.plans = [{frozenset(): run.steps * each.scale} for run in runs]
            self.cut += any(run.cut for run in runs)
            self.statements.append(each)

    def ask(self, proposed: Mapping[Access, Sequence[Candidate]], progress: Progress) -> None:
        """Runs each statement with its candidates, those that an index does already left out."""
        for number, each in enumerate(self.statements, start=1):
            if max(plan[frozenset()] for plan in each.plans) < 2 * WORTH:
                continue
            progress(f"running statement {number} of {len(self.statements)}")
            own = self._built(each.found, proposed)
            referring = self._built(each.referring, proposed)
            self._try(each, own | referring, referring)
            self._thrifty(each)
        used = (used for each in self.statements for plans in each.plans for used in plans)
        self.good = frozenset().union(*used)
        self.bench.stand(())

    def _built(
        self, found: Sequence[Access], proposed: Mapping[Access, Sequence[Candidate]]
    ) -> Names:
        wanted = [one for access in found for one in proposed.get(access, ())]
        for candidate in wanted:
            if candidate not in self.names:
                self.names[candidate] = self.bench.make(candidate)
                self._drop_known(candidate)
        named = (self.names[candidate] for candidate in wanted)
        return frozenset(name for name in named if name is not None)

    def _drop_known(self, candidate: Candidate) -> None:
        """Forgets a candidate that does nothing that an index does not do already."""
        name = self.names[candidate]
        if name is None:
            return
        mine = self.bench.described_one(name)
        if any(covered(mine, each) for each in self.bench.existing if each.table == mine.table):
            self.names[candidate] = None

    def _try(self, each: Statement, own: Names, referring: Names) -> None:
        if not own:
            return
        for one in each.executions:
            place = each.executions.index(one)
            for name in sorted(own):
                self._note(each, place, one, frozenset([name]), referring)
            left = own
            for _ in range(_TOGETHER):
                used = self._note(each, place, one, left, referring)
                if not used:
                    break
                left -= used
                if len(used) > 1:
                    for name in sorted(used):
                        self._note(each, place, one, used - {name}, referring)

    def _thrifty(self, each: Statement) -> None:
        """Forgets an index whose first keys alone gain nearly as much: what is wide costs reads
        from a disk, which steps do not show."""
        alone = sorted({name for plans in each.plans for used in plans for name in used})
        for wide in alone:
            if any(self._begins(narrow, wide) and self._nearly(each, narrow, wide)
                   for narrow in alone):  # fmt: skip
                each.plans = [
                    {used: cost for used, cost in plans.items() if wide not in used}
                    for plans in each.plans
                ]

    def _begins(self, narrow: str, wide: str) -> bool:
        one, other = self.bench.kept[narrow].candidate, self.bench.kept[wide].candidate
        same = (one.table, one.where) == (other.table, other.where)
        return same and one != other and one.keys == other.keys[: len(one.keys)]

    def _nearly(self, each: Statement, narrow: str, wide: str) -> bool:
        """Whether no execution takes notably more with the one than with the other."""
        for plans in each.plans:
            before = plans[frozenset()]
            least = plans.get(frozenset([wide]), before)
            if plans.get(frozenset([narrow]), before) - least >= WORTH:
                return False
        return True

    def _note(
        self, each: Statement, place: int, one: Execution, standing: Names, referring: Names
    ) -> Names:
        """Runs an execution with candidates, notes what it takes; gives those that it uses."""
        self.bench.stand(standing)
        run = self._run(each, one)
        used = run.used | (standing & referring)
        known, steps = each.plans[place], run.steps * each.scale
        if used and known[frozenset()] - steps >= WORTH:
            known[used] = min(steps, known.get(used, steps))
        return used

    def _run(self, each: Statement, one: Execution) -> Run:
        return self.bench.run(one.sql, one.values, writes=each.data is not None)

    def writes(self) -> list[tuple[Data, float]]:
        """Gives the operations that write, with the rows of all their runs on the file."""
        return [
            (each.data, max(1.0, each.rows) * each.text.calls)
            for each in self.statements
            if each.data is not None
        ]

    # the choice

    def question(self, question: Question, barred: Names) -> Question:
        """Gives the question with what the runs took, none of the barred in it."""
        return replace(
            question,
            statements=[
                Priced(weight, {used: cost for used, cost in plans.items() if not used & barred})
                for each in self.statements
                for weight, plans in zip(each.weights, each.plans, strict=True)
            ],
        )

    def choose(self, question: Question) -> tuple[Question, Names]:
        """Gives the choice that stood as a whole, and the question with all that was learned."""
        barred: Names = frozenset()
        best: Names = frozenset()
        for _ in range(_ROUNDS):
            best = choose(self.question(question, barred))
            harmful = self._harmful(best)
            if not harmful:
                break
            barred |= harmful
        else:
            best = frozenset()
        question = self.question(question, barred)
        return question, self._needed(question, best)

    def _harmful(self, best: Names) -> Names:
        """Gives what is used where a statement takes more than today with all that is chosen."""
        self.bench.stand(best)
        found: set[str] = set()
        for each in self.statements:
            for one, plans in zip(each.executions, each.plans, strict=True):
                run = self._run(each, one)
                before, after = plans[frozenset()], run.steps * each.scale
                if run.used and after > before * _SLOWER and after - before >= WORTH:
                    found |= run.used
        return frozenset(found)

    def _needed(self, question: Question, best: Names) -> Names:
        """Takes out, one after the other, what is hardly missed when the rest is run."""
        while best:
            total = self.total(question, best)
            without = {name: self.total(question, best - {name}) for name in sorted(best)}
            name = min(without, key=lambda each: without[each])
            if without[name] - total > _LEAST * total:
                break
            best -= {name}
        return best

    def total(self, question: Question, chosen: Names) -> float:
        """Gives what the workload really takes with these, and what keeping them costs."""
        keeping = sum(question.keeping.get(name, 0.0) for name in chosen)
        return sum(self.taken(chosen)) + keeping

    def taken(self, chosen: Names) -> list[float]:
        """Gives what each statement takes as it really runs with these, all its runs."""
        self.bench.stand(chosen)
        return list(self._taken())

    def _taken(self) -> Iterator[float]:
        for each in self.statements:
            yield sum(
                weight * self._run(each, one).steps * each.scale
                for weight, one in zip(each.weights, each.executions, strict=True)
            )

    def worst(self, chosen: Names) -> list[float]:
        """Gives of each statement the execution that gains least, as a part of today's steps."""
        self.bench.stand(chosen)
        return [
            max(
                self._run(each, one).steps * each.scale / plans[frozenset()]
                for one, plans in zip(each.executions, each.plans, strict=True)
            )
            for each in self.statements
        ]
