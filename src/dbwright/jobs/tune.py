"""Tuning: the indexes that a workload is worth, found on a twin of its database."""

from __future__ import annotations

import datetime
import functools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from dbwright.collect import twin as files
from dbwright.collect.workload import read_workload
from dbwright.core.advice import DropAdvice, Gain, IndexAdvice, StatementCost, Tuned, WriteCost
from dbwright.core.candidate import Candidate
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.identifiers import spelled
from dbwright.core.options import Options, Progress
from dbwright.core.statistics import PAGE
from dbwright.core.twin import Twin
from dbwright.jobs import tune_sqlite
from dbwright.jobs.tune_prices import Prices, Statement
from dbwright.jobs.tune_rounds import proved_twice
from dbwright.jobs.tune_statements import Asked
from dbwright.jobs.twin import server_choice
from dbwright.recipes.tune.alternatives import Alternatives
from dbwright.recipes.tune.choice import by_worth, choose
from dbwright.recipes.tune.keeping import keeping, written
from dbwright.recipes.tune.names import free_name
from dbwright.recipes.tune.needless import Needless, conflicts, needless
from dbwright.recipes.tune.question import Names, Question, Weighed
from dbwright.scratch.sqlite_copy import MEGABYTES
from dbwright.scratch.workbench import Workbench, workbench
from dbwright.verify.what_if import WhatIf

SHARES = (0.02, 0.05, 0.1, 0.2, 0.5)
"""The budgets of the frontier, as shares of the tables' bytes."""
WRITES = 1.5
"""The part of what writes cost that indexes may add, where nothing is said.

Of a schema that has its keys alone, the indexes worth making at half the tables' bytes add 1.44 by
this count, and those made by hand 0.97 to the log: a limit below that would cost reads dearly."""
_MATTERS = 0.01
"""Unasked the limit on writes holds where they add more than this to what the workload costs."""
_SURE = 0.97
"""The part of the budget that is filled, as sizes are foretold: all together to some hundredths."""
_FAR = 1000.0
"""What is barred takes so many times the tables' bytes, which no budget holds."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be tuned: a twin's file or a database's URL, within which limits.

    `workload` is text or a file of SQL, recorded statements, or logs of a server; without one it
    is what the twin has. `budget` is a share of the tables' bytes, `most` a number of indexes,
    `copy` the megabytes of a SQLite file that are copied to be run on. `writes` is the part of what
    the workload's writes cost that the indexes may add; without it that is WRITES, and holds only
    where it matters.
    """

    twin: Path | None
    url: str | None
    workload: str | None
    budget: float
    most: int
    copy: int = MEGABYTES
    writes: float | None = None

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


class Prove(Protocol):
    """Gives advice with its proof, from the twin and the statements that it is for."""

    def __call__(self, found: Tuned, twin: Twin, statements: Sequence[Statement]) -> Tuned:
        """Gives it."""


def run(wanted: Wanted, options: Options, progress: Progress, prove: Prove | None = None) -> Tuned:
    """Gives the indexes that the workload is worth within its budget.

    Raises UsageError where no database is named, CollectError where there is no statement.
    """
    if wanted.twin is None and wanted.url is not None and is_sqlite(wanted.url):
        return _of_sqlite(wanted.url, wanted, progress)
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
    with (
        workbench(twin, server_choice(options), asked.propose, progress) as bench,
        bench.connect() as connection,
        bench.admin() as admin,
    ):
        what_if = WhatIf(bench, connection, admin)
        prices = Prices(bench, what_if, asked.leave_out)
        progress("asking for plans")
        prices.ask(asked.statements, asked.by_access)
        answer = _Answer(twin, bench, prices, wanted)

        def advised(without: frozenset[str] = frozenset()) -> Tuned:
            return replace(
                answer.given(without),
                left_out=(*asked.left_out, *bench.missed),
                existing=tuple(each.definition for each in twin.indexes),
                asked=what_if.asked,
                seconds=round(time.monotonic() - started, 2),
            )

        if prove is None:
            return advised()
        proved = functools.partial(prove, twin=twin, statements=prices.statements)
        return proved_twice(advised(), proved, advised)


def _of_sqlite(url: str, wanted: Wanted, progress: Progress) -> Tuned:
    if wanted.writes is not None:
        raise UsageError(
            "a limit on what indexes add to writes is there for PostgreSQL alone",
            way_out="Leave --max-write-cost out: writes are run on the copy and counted.",
        )
    return tune_sqlite.run(url, wanted.workload, wanted.budget, wanted.most, wanted.copy, progress)


def is_sqlite(url: str) -> bool:
    """Whether a URL names a file of SQLite."""
    return url.partition(":")[0].partition("+")[0] == "sqlite"


class _Answer:
    """The advice from what statements cost."""

    def __init__(self, twin: Twin, bench: Workbench, prices: Prices, wanted: Wanted) -> None:
        self.twin, self.bench, self.prices, self.wanted = twin, bench, prices, wanted
        self.tables = {(each.schema, each.name): each for each in twin.statistics.relations}
        self.made: dict[str, str] = {}
        self.barred: set[str] = set()
        self.taken = {each.name for each in twin.statistics.relations}
        self.taken |= {each.name for each in twin.indexes}

    def given(self, without: frozenset[str] = frozenset()) -> Tuned:
        """Gives the advice for a budget, with what other budgets would reach.

        Indexes of the names `without`, as they were given before, have no part in it.
        """
        budget, most = self.wanted.budget, self.wanted.most
        bytes_ = sum(r.bytes for r in self.twin.statistics.relations if r.kind in "rm")
        good = self.prices.good
        sizes = {name: float(self.bench.sizes[name].pages * PAGE) for name in good}
        self.barred |= {name for name, made in self.made.items() if made in without}
        sizes |= dict.fromkeys(self.barred, _FAR * bytes_)
        kept = {name: self._keeping(name) for name in good}
        alike = conflicts(list(self.bench.described(good).values()), sizes)
        empty = Question((), sizes, kept, budget * bytes_ * _SURE, most, alike)
        question, best, writes = self._chosen(empty)
        frontier = []
        for share in SHARES:
            other = choose(replace(question, budget=share * bytes_), exactly=False)
            frontier.append((int(question.size(other)), question.total(other)))
        self._name(best)
        drops = list(self._needless(best))
        of = [n for n, each in enumerate(self.prices.statements) for _ in each.instances]
        weighed = Weighed(question, best, of)
        return Tuned(
            self.twin.source,
            f"PostgreSQL {self.bench.major}",
            self.bench.exact,
            question.total(frozenset()),
            question.total(best),
            int(budget * bytes_),
            bytes_,
            tuple(self._indexes_of(weighed, best, drops)),
            tuple(_drop(each) for each in drops),
            tuple(self._costs(weighed)),
            tuple(frontier),
            writes=writes,
        )

    def _indexes_of(
        self, weighed: Weighed, best: Names, drops: Sequence[Needless]
    ) -> Iterator[IndexAdvice]:
        others = Alternatives(weighed.question, best, self.bench.candidate)
        for name in by_worth(weighed.question, best):
            yield replace(
                self._advice(weighed, best, name, drops),
                alternatives=others.of(name, self._creation),
                first=tuple(self._on_partitions(name)),
            )

    def _chosen(self, question: Question) -> tuple[Question, Names, WriteCost | None]:
        """Gives the choice, within what it may add to the writes where that is passed."""
        question, best = self.prices.choose(question)
        before = written(self.prices.writes, self._indexes())
        if not before:
            return question, best, None
        asked = self.wanted.writes
        limit = WRITES if asked is None else asked
        free, cost = question.kept(best), question.total(best)
        if free <= limit * before or (asked is None and free <= _MATTERS * cost):
            return question, best, WriteCost(before, free, limit)
        question, best = self.prices.choose(replace(question, writes=limit * before))
        added = question.kept(best)
        return question, best, WriteCost(before, added, limit, free, question.total(best) - cost)

    def _indexes(self) -> dict[tuple[str, str], list[tuple[str, frozenset[str]]]]:
        found: dict[tuple[str, str], list[tuple[str, frozenset[str]]]] = {}
        for each in self.twin.indexes:
            columns = self.bench.columns.get(each.name, frozenset())
            found.setdefault((each.schema, each.table), []).append((each.method, columns))
        return found

    def _name(self, best: Names) -> None:
        """Names what is chosen, as nothing in any schema is named."""
        taken = set(self.taken)
        for name in sorted(best, key=lambda one: self.bench.candidate(one).definition):
            self.made[name] = free_name(self.bench.candidate(name), taken)
            taken.add(self.made[name])

    def _needless(self, best: Names) -> Iterator[Needless]:
        """Gives the indexes that can go; an existing one that a plan uses is not unused."""
        described = self.bench.described(best)
        new = [replace(described[name], name=self.made[name], valid=True) for name in best]
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
        self, weighed: Weighed, best: Names, name: str, drops: Sequence[Needless]
    ) -> IndexAdvice:
        candidate, question = self.bench.candidate(name), weighed.question
        gains = tuple(
            Gain(number, cost, weighed.after[number])
            for number, cost in sorted(weighed.without(name).items())
            if weighed.after[number] < cost * 0.999
        )
        named = candidate.named(self.made[name])
        replaces = tuple(each.index.name for each in drops if each.by == named.name)
        return IndexAdvice(
            f"{candidate.schema}.{candidate.table}",
            named.name,
            self._made(named),
            int(question.bytes[name]),
            question.keeping[name],
            gains,
            replaces,
        )

    def _creation(self, candidate: Candidate) -> str:
        """Gives what would make a candidate that is not chosen."""
        taken = {*self.taken, *self.made.values()}
        return self._made(candidate.named(free_name(candidate, taken)))

    def _on_partitions(self, name: str) -> Iterator[str]:
        candidate, taken = self.bench.candidate(name), {*self.taken, *self.made.values()}
        for schema, table in self.bench.tables(name):
            if (schema, table) != (candidate.schema, candidate.table):
                part = replace(candidate, schema=schema, table=table)
                part = part.named(free_name(part, taken))
                taken.add(part.name)
                yield part.online_sql

    def _made(self, named: Candidate) -> str:
        whole = self.tables[named.schema, named.table].kind == "p"
        return named.sql if whole else named.online_sql

    def _costs(self, weighed: Weighed) -> Iterator[StatementCost]:
        for number, statement in enumerate(self.prices.statements):
            text, ratio = statement.text, round(weighed.worst[number], 3)
            before, after = weighed.before[number], weighed.after[number]
            cost = StatementCost(text.sql, text.calls, before, after, (), ratio)
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
