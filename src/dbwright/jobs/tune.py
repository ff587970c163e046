"""Tuning: the indexes that a workload is worth, found on a twin of its database."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dbwright.collect import twin as files
from dbwright.collect.workload import read_workload
from dbwright.core.advice import DropAdvice, Gain, IndexAdvice, StatementCost, Tuned
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.identifiers import spelled
from dbwright.core.options import Options, Progress
from dbwright.core.statistics import PAGE
from dbwright.core.twin import Twin
from dbwright.jobs import tune_sqlite
from dbwright.jobs.tune_prices import Prices, Statement
from dbwright.jobs.tune_statements import Asked
from dbwright.jobs.twin import server_choice
from dbwright.recipes.tune.choice import Names, Question, by_worth, choose
from dbwright.recipes.tune.keeping import keeping
from dbwright.recipes.tune.names import index_name
from dbwright.recipes.tune.needless import Needless, conflicts, needless
from dbwright.scratch.sqlite_copy import MEGABYTES
from dbwright.scratch.workbench import Workbench, workbench
from dbwright.verify.what_if import WhatIf

SHARES = (0.02, 0.05, 0.1, 0.2, 0.5)
"""The budgets of the frontier, as shares of the tables' bytes."""
_SURE = 0.97
"""The part of the budget that is filled, as sizes are foretold: all together to some hundredths."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be tuned: a twin's file or a database's URL, within which limits.

    `workload` is text or a file of SQL, recorded statements, or logs of a server; without one it
    is what the twin has. `budget` is a share of the tables' bytes, `most` a number of indexes,
    `copy` the megabytes of a SQLite file that are copied to be run on.
    """

    twin: Path | None
    url: str | None
    workload: str | None
    budget: float
    most: int
    copy: int = MEGABYTES

    def taken(self) -> Twin:
        """Gives the twin; UsageError where none or two are named."""
        if self.twin is not None and self.url is None:
            return files.read_twin(self.twin)
        if self.url is not None and self.twin is None:
            return files.export_twin(self.url)
        raise UsageError(
            "tuning needs a database: give one of --twin FILE and --db URL",
            way_out="Export a twin: dbwright twin export --db URL -o prod.twin",
        )


Prove = Callable[[Tuned, Twin, Sequence[Statement]], Tuned]
"""Gives advice with its proof, from the twin and the statements that it is for."""


def run(wanted: Wanted, options: Options, progress: Progress, prove: Prove | None = None) -> Tuned:
    """Gives the indexes that the workload is worth within its budget.

    Raises UsageError where no database is named, CollectError where there is no statement.
    """
    if wanted.twin is None and wanted.url is not None and is_sqlite(wanted.url):
        return tune_sqlite.run(
            wanted.url, wanted.workload, wanted.budget, wanted.most, wanted.copy, progress
        )
    started = time.monotonic()
    twin, workload = wanted.taken(), wanted.workload
    given = twin.workload
    if workload:
        given = read_workload(workload, "postgresql", Path(), progress)
        # what the server has counted is not asked for
        others = (each for each in twin.left_out if not each.startswith("statements"))
        twin = replace(twin, left_out=tuple(others))
    if not given.statements:
        raise CollectError(
            "there is no statement to tune for: the twin has none",
            way_out="Name a log or a file of SQL, or export from a server with pg_stat_statements.",
        )
    asked = Asked(twin, given)
    with workbench(twin, server_choice(options), asked.propose, progress) as bench:
        with bench.connect() as connection, bench.admin() as admin:
            what_if = WhatIf(bench, connection, admin)
            prices = Prices(bench, what_if, asked.leave_out)
            progress("asking for plans")
            prices.ask(asked.statements, asked.by_access)
            found = _Answer(twin, bench, prices).given(wanted.budget, wanted.most)
        found = replace(
            found,
            left_out=(*asked.left_out, *bench.missed),
            existing=tuple(each.definition for each in twin.indexes),
            asked=what_if.asked,
            seconds=round(time.monotonic() - started, 2),
        )
    return prove(found, twin, prices.statements) if prove is not None else found


def is_sqlite(url: str) -> bool:
    """Whether a URL names a file of SQLite."""
    return url.partition(":")[0].partition("+")[0] == "sqlite"


class _Answer:
    """The advice from what statements cost."""

    def __init__(self, twin: Twin, bench: Workbench, prices: Prices) -> None:
        self.twin, self.bench, self.prices = twin, bench, prices
        self.tables = {(each.schema, each.name): each for each in twin.statistics.relations}
        self.made: dict[str, str] = {}
        self.of = [n for n, each in enumerate(prices.statements) for _ in each.instances]

    def given(self, budget: float, most: int) -> Tuned:
        """Gives the advice for a budget, with what other budgets would reach."""
        bytes_ = sum(r.bytes for r in self.twin.statistics.relations if r.kind in "rm")
        good = self.prices.good
        sizes = {name: float(self.bench.sizes[name].pages * PAGE) for name in good}
        kept = {name: self._keeping(name) for name in good}
        alike = conflicts([self.bench.described[name] for name in good], sizes)
        empty = Question((), sizes, kept, budget * bytes_ * _SURE, most, alike)
        question, best = self.prices.choose(empty)
        frontier = []
        for share in SHARES:
            other = choose(replace(question, budget=share * bytes_), exactly=False)
            frontier.append((int(question.size(other)), question.total(other)))
        self.made = {name: index_name(self.bench.candidate(name)) for name in best}
        drops = list(self._needless(best))
        return Tuned(
            self.twin.source,
            f"PostgreSQL {self.bench.major}",
            self.bench.exact,
            question.total(frozenset()),
            question.total(best),
            int(budget * bytes_),
            bytes_,
            tuple(self._advice(question, best, name, drops) for name in by_worth(question, best)),
            tuple(_drop(each) for each in drops),
            tuple(self._costs(question, best)),
            tuple(frontier),
        )

    def _needless(self, best: Names) -> Iterator[Needless]:
        """Gives the indexes that can go; an existing one that a plan uses is not unused."""
        new = [
            replace(self.bench.described[name], name=self.made[name], valid=True) for name in best
        ]
        used = frozenset(self.prices.what_if.existing)
        ours = {each.name for each in new}
        for each in needless([*self.twin.indexes, *new], used, days=_days(self.twin)):
            if each.index.name not in ours:
                yield each

    def _keeping(self, name: str) -> float:
        candidate = self.bench.candidate(name)
        table = (candidate.schema, candidate.table)
        all_rows = max(1.0, sum(self.tables[part].rows for part in self.bench.tables(name)))
        share = min(1.0, self.bench.sizes[name].rows / all_rows)
        others = sum((each.schema, each.table) == table for each in self.twin.indexes)
        columns = self.bench.columns.get(name, frozenset())
        return keeping(candidate, columns, share, self.prices.writes, others)

    def _advice(
        self, question: Question, best: Names, name: str, drops: Sequence[Needless]
    ) -> IndexAdvice:
        candidate = self.bench.candidate(name)
        without = self._weighed(question, best - {name})
        with_it = self._weighed(question, best)
        gains = tuple(
            Gain(number, cost, with_it[number])
            for number, cost in without.items()
            if with_it[number] < cost * 0.999
        )
        named = candidate.named(self.made[name])
        replaces = tuple(each.index.name for each in drops if each.by == named.name)
        key = f"{candidate.schema}.{candidate.table}"
        whole = self.tables[candidate.schema, candidate.table].kind == "p"
        sql = named.sql if whole else named.online_sql
        return IndexAdvice(
            key,
            named.name,
            sql,
            int(question.bytes[name]),
            question.keeping[name],
            gains,
            replaces,
        )

    def _weighed(self, question: Question, chosen: Names) -> dict[int, float]:
        """Gives the cost of each statement, of all its runs."""
        found: dict[int, float] = {}
        for number, each in zip(self.of, question.statements, strict=True):
            found[number] = found.get(number, 0.0) + each.weight * each.cost(chosen)
        return found

    def _costs(self, question: Question, best: Names) -> Iterator[StatementCost]:
        before, after = self._weighed(question, frozenset()), self._weighed(question, best)
        worst: dict[int, float] = {}
        for number, each in zip(self.of, question.statements, strict=True):
            ratio = each.cost(best) / max(1e-9, each.cost(frozenset()))
            worst[number] = max(worst.get(number, 0.0), ratio)
        for number, statement in enumerate(self.prices.statements):
            text, ratio = statement.text, round(worst[number], 3)
            cost = StatementCost(text.sql, text.calls, before[number], after[number], (), ratio)
            yield replace(cost, milliseconds=text.milliseconds)


def _drop(each: Needless) -> DropAdvice:
    index = each.index
    name = f"{spelled(index.schema)}.{spelled(index.name)}"
    online = "" if index.partitioned else " CONCURRENTLY"
    return DropAdvice(
        f"{index.schema}.{index.table}",
        index.name,
        f"DROP INDEX{online} {name}",
        index.bytes,
        each.reason,
        index.definition.replace("CREATE INDEX", f"CREATE INDEX{online}", 1),
        each.by or "",
    )


def _days(twin: Twin) -> float | None:
    """Gives for how many days the server had counted when the twin was made."""
    since = twin.statistics.counted_since
    if since is None:
        return None
    try:
        began = datetime.datetime.fromisoformat(since)
        ended = datetime.datetime.fromisoformat(twin.source.exported_at)
        return (ended - began).total_seconds() / 86400
    except (ValueError, TypeError):
        return None
