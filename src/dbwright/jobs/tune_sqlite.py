"""Tuning of a SQLite file: candidates are built on a copy, and the statements run there."""

from __future__ import annotations

import contextlib
import datetime
import math
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from dbwright.collect.database import UserDatabase, opened
from dbwright.collect.workload import read_workload
from dbwright.core.advice import DropAdvice, Gain, IndexAdvice, StatementCost, Tuned
from dbwright.core.candidate import Candidate
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.existing import ExistingIndex
from dbwright.core.options import Progress
from dbwright.core.plan import Workload
from dbwright.core.twin import TwinSource
from dbwright.dialects.sqlite.indexes import creation
from dbwright.dialects.sqlite.quoting import quoted
from dbwright.jobs.tune_sqlite_prices import WORTH, Prices
from dbwright.jobs.tune_sqlite_statements import Asked, Statement
from dbwright.recipes.tune.alternatives import Alternatives
from dbwright.recipes.tune.choice import by_worth, choose
from dbwright.recipes.tune.names import index_name
from dbwright.recipes.tune.needless import Needless, conflicts, needless
from dbwright.recipes.tune.question import Names, Question
from dbwright.recipes.tune.sqlite import keeping
from dbwright.scratch.sqlite_bench import Bench
from dbwright.scratch.sqlite_copy import Copy, Damaged, analyze, copied

_SHARES = (0.02, 0.05, 0.1, 0.2, 0.5)
_PER_CENT = 0.01
_WORDS = 200
_MOST = 1_000
"""So many statements are run: each takes a tenth of a second, more with every index chosen."""


def run(
    url: str, workload: str | None, budget: float, most: int, megabytes: int, progress: Progress
) -> Tuned:
    """Gives the indexes that a workload is worth; the file is read, what is run is a copy.

    Raises UsageError without a workload, CollectError for a file that is none of SQLite's, is
    locked or damaged, and where there is no statement.
    """
    started = time.monotonic()
    if not workload:
        raise UsageError(
            "SQLite counts no statements: name them",
            way_out="Give --workload FILE, a file of SQL or of JSON, an object a line.",
        )
    given = read_workload(workload, "sqlite", Path(), progress, _MOST)
    with contextlib.ExitStack() as stack:
        with opened(url) as database:
            progress("copying the file")
            try:
                copy = stack.enter_context(copied(database.connection, megabytes))
            except Damaged as error:
                raise _unreadable(database.shown, str(error)) from error
            source = _source(database)
        # the file is let go of: nobody who writes to it waits while statements run on the copy
        found = _tuned(copy, given, source, budget, most, progress)
    return replace(found, seconds=round(time.monotonic() - started, 2))


def _source(database: UserDatabase) -> TwinSource:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    major = (database.target.version or (3,))[0]
    return TwinSource(database.words, major, Path(unquote(database.shown)).name, "", now)


def _unreadable(shown: str, why: str) -> CollectError:
    if "locked" in why or "busy" in why:
        return CollectError(
            f"{shown} is locked: somebody writes to it",
            way_out="Run it again when the writer is done; in WAL mode readers do not wait.",
        )
    return CollectError(
        f"{shown} cannot be read to its end: {why[:_WORDS]}",
        way_out="See what is damaged:  sqlite3 FILE 'PRAGMA integrity_check'; restore a backup, "
        "or save what can be read:  sqlite3 FILE .recover",
    )


def _tuned(
    copy: Copy, given: Workload, source: TwinSource, budget: float, most: int, progress: Progress
) -> Tuned:
    asked = Asked(copy, given)
    bench = Bench(copy)
    prices = Prices(bench, asked.leave_out)
    progress("running the statements as they are")
    notes = list(_notes(copy, bench, prices, asked.statements))
    prices.ask(asked.proposed(), progress)
    answer = _Answer(copy, bench, prices, source)
    found = answer.given(budget, most)
    notes += answer.notes
    if found.indexes and copy.analyzed:
        notes.append("Run ANALYZE when they are made: the plans here know how keys are spread.")
    notes += [
        f"{prices.cut} statements were broken off, so that what they take is the least."
        for _ in range(bool(prices.cut))
    ]
    return replace(
        found,
        left_out=(*given.left_out, *asked.left_out, *copy.told),
        asked=bench.asked,
        notes=tuple(notes),
    )


def _notes(
    copy: Copy, bench: Bench, prices: Prices, statements: Sequence[Statement]
) -> Iterator[str]:
    """Runs the statements as they are; tells what has to be known of the copy."""
    if not copy.whole:
        part = min(copy.share.values(), default=1.0)
        yield (
            f"Run on a part of the rows ({part:.1%} of the largest tables), the steps counted up "
            "to all rows: approximate. --copy MB takes more."
        )
    if not statements:
        return
    if any(each.referring for each in statements):
        yield "Foreign keys were enforced, as after PRAGMA foreign_keys = ON."
    if copy.analyzed:
        prices.now(statements)
        return
    first = Prices(bench, lambda sql, why: None)
    first.now(statements)
    before = sum(first.taken(frozenset()))
    for each in statements:
        each.plans = []
    analyze(copy)
    prices.now(statements)
    after = sum(prices.taken(frozenset()))
    change = f"from {before:,.0f} to {after:,.0f} steps"
    yield (
        "The file has no statistics; they were made on the copy. Run ANALYZE there, now and when "
        f"the indexes are made: by itself it takes the workload {change}."
    )


class _Answer:
    """The advice from what statements took."""

    def __init__(self, copy: Copy, bench: Bench, prices: Prices, source: TwinSource) -> None:
        self.copy, self.bench, self.prices, self.source = copy, bench, prices, source
        self.named: dict[str, str] = {}
        self.taken: frozenset[str] = frozenset()
        self.notes: list[str] = []

    def given(self, budget: float, most: int) -> Tuned:
        """Gives the advice for a budget, with what other budgets would reach."""
        bench, prices = self.bench, self.prices
        bytes_ = self.copy.bytes - sum(each.bytes for each in bench.existing)
        described = bench.described(prices.good)
        sizes = {name: float(bench.kept[name].bytes) for name in prices.good}
        kept = {name: self._keeping(name, described[name]) for name in prices.good}
        alike = conflicts(list(described.values()), sizes)
        empty = Question((), sizes, kept, budget * bytes_, most, alike)
        question, best = prices.choose(empty)
        frontier = []
        for share in _SHARES:
            other = choose(replace(question, budget=share * bytes_), exactly=False)
            frontier.append((int(question.size(other)), question.total(other)))
        self._tell_budget(question, best)
        self._name(best)
        before, after = prices.taken(frozenset()), prices.taken(best)
        drops = list(self._needless(best, described))
        keeps = sum(kept[name] for name in best)
        others = Alternatives(question, best, lambda name: bench.kept[name].candidate)
        advice = tuple(
            replace(
                self._advice(question, best, name, drops, after),
                alternatives=others.of(name, self._creation),
            )
            for name in by_worth(question, best)
        )
        worst = [round(each, 3) for each in prices.worst(best)]
        return Tuned(
            self.source,
            self.source.server,
            self.copy.whole,
            sum(before),
            sum(after) + keeps,
            int(budget * bytes_),
            bytes_,
            advice,
            tuple(_drop(each) for each in drops),
            tuple(
                StatementCost(each.text.sql, each.text.calls, one, other, (), ratio)
                for each, one, other, ratio in zip(
                    prices.statements, before, after, worst, strict=True
                )
            ),
            tuple(frontier),
            measured=True,
        )

    def _tell_budget(self, question: Question, best: Names) -> None:
        """Tells what more would be worth making if the budget allowed it."""
        more = choose(replace(question, budget=math.inf), exactly=False)
        size = question.size(more)
        if len(more) > len(best) and size > question.budget:
            self.notes.append(
                f"The budget leaves out what else is worth making: {len(more)} indexes would take "
                f"{size / self.copy.bytes:.0%} of the file. --budget allows more."
            )

    def _keeping(self, name: str, index: ExistingIndex) -> float:
        kept = self.bench.kept[name]
        all_rows = self.bench.rows(kept.candidate.table)
        share = min(1.0, kept.rows / all_rows) if all_rows and kept.candidate.where else 1.0
        columns = self.bench.columns(name)
        return keeping(kept.candidate, share, self.prices.writes(), columns)

    def _name(self, best: Names) -> None:
        """Names the indexes that are chosen, none like one that is there."""
        taken = {each.name.lower() for each in self.bench.existing}
        taken |= {each.name.lower() for each in self.copy.schema.tables}
        for name in sorted(best):
            self.named[name] = _free(self.bench.kept[name].candidate, taken)
            taken.add(self.named[name].lower())
        self.taken = frozenset(taken)

    def _creation(self, candidate: Candidate) -> str:
        """Gives what would make a candidate that is not chosen."""
        return creation(candidate.named(_free(candidate, self.taken)))

    def _advice(
        self, question: Question, best: Names, name: str, drops: Sequence[Needless],
        after: Sequence[float],
    ) -> IndexAdvice:  # fmt: skip
        candidate = self.bench.kept[name].candidate.named(self.named[name])
        without = self.prices.taken(best - {name})
        gains = tuple(
            Gain(number, cost, after[number])
            for number, cost in enumerate(without)
            if cost - after[number] >= WORTH * self.prices.statements[number].text.calls
        )
        replaces = tuple(each.index.name for each in drops if each.by == candidate.name)
        return IndexAdvice(
            candidate.table,
            candidate.name,
            creation(candidate),
            int(question.bytes[name]),
            question.keeping[name],
            gains,
            replaces,
        )

    def _needless(self, best: Names, described: dict[str, ExistingIndex]) -> Iterator[Needless]:
        """Gives the indexes that can go, and whose going makes no statement slower."""
        ours = [replace(described[name], name=self.named[name]) for name in sorted(best)]
        names = {each.name for each in ours}
        everything = frozenset(each.name for each in self.bench.existing)
        for each in needless([*self.bench.existing, *ours], everything, days=None):
            if each.index.name not in names and not self._missed(best, each.index.name):
                yield each

    def _missed(self, best: Names, index: str) -> bool:
        with_it = self.prices.taken(best)
        with self.bench.without(index):
            without = self.prices.taken(best)
        pairs = zip(without, with_it, self.prices.statements, strict=True)
        return any(
            one > other * (1 + _PER_CENT) and one - other >= WORTH * each.text.calls
            for one, other, each in pairs
        )


def _free(candidate: Candidate, taken: Collection[str]) -> str:
    """Gives a name for an index; SQLite tells none apart by case."""
    plain = name = index_name(candidate)
    number = 2
    while name.lower() in taken:
        name, number = f"{plain}_{number}", number + 1
    return name


def _drop(each: Needless) -> DropAdvice:
    index = each.index
    sql = f"DROP INDEX {quoted(index.name)}"
    return DropAdvice(index.table, index.name, sql, index.bytes, each.reason, index.definition)
