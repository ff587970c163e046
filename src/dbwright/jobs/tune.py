"""Tuning: the indexes that a workload is worth, found on a twin of its database."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from dbwright.collect import twin as files
from dbwright.collect.workload import read_workload
from dbwright.core.access import Access, Condition
from dbwright.core.advice import DropAdvice, Gain, IndexAdvice, StatementCost, Tuned
from dbwright.core.candidate import Candidate
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.identifiers import spelled
from dbwright.core.operation import Data
from dbwright.core.options import Options, Progress
from dbwright.core.plan import Workload, WorkloadStatement
from dbwright.core.statistics import PAGE, ColumnStatistics
from dbwright.core.twin import Twin
from dbwright.dialects.postgresql import explain, statements
from dbwright.dialects.postgresql.access import Roots, accesses, partition_roots
from dbwright.dialects.postgresql.parameters import Instance, instances
from dbwright.jobs.twin import server_choice
from dbwright.recipes.tune.candidates import Surroundings, all_of, candidates
from dbwright.recipes.tune.choice import Names, Priced, Question, choose
from dbwright.recipes.tune.keeping import Write, keeping
from dbwright.recipes.tune.names import index_name
from dbwright.recipes.tune.needless import needless
from dbwright.scratch.workbench import Workbench, workbench
from dbwright.verify.what_if import Configuration, WhatIf

SHARES = (0.02, 0.05, 0.1, 0.2, 0.5)
"""The budgets of the frontier, as shares of the tables' bytes."""
_FIXED = 12
"""An equality on a column of at most so many values may be a statement's own."""
_WIDE = 40
"""From so many bytes on a value is worth a hash index."""
_FIRST, _SECOND = 12, 16
"""How many EXPLAINs a statement may take among its own candidates, and among all."""
_SAMPLES = 6
"""How many executions of a statement are planned."""
_Constant = tuple[str, str, str, str | None]


@dataclass
class _Statement:
    """One statement of the workload on its way through."""

    text: WorkloadStatement
    samples: list[WorkloadStatement] = field(default_factory=list)
    found: tuple[Access, ...] = ()
    instances: tuple[Instance, ...] = ()
    plans: dict[str, tuple[Configuration, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be tuned: a twin's file or a database's URL, within which limits.

    `workload` is a file or text of SQL; without one it is what the twin has. `budget` is a share
    of the tables' bytes, `most` a number of indexes.
    """

    twin: Path | None
    url: str | None
    workload: str | None
    budget: float
    most: int

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


def run(wanted: Wanted, options: Options, progress: Progress) -> Tuned:
    """Gives the indexes that the workload is worth within its budget.

    Raises UsageError where no database is named, CollectError where there is no statement.
    """
    started = time.monotonic()
    twin, workload = wanted.taken(), wanted.workload
    given = read_workload(workload, "postgresql", Path()) if workload else twin.workload
    if not given.statements:
        raise CollectError(
            "there is no statement to tune for: the twin has none",
            way_out="Name a file of SQL, or export from a server with pg_stat_statements.",
        )
    tuning = _Tuning(twin, given, progress)
    choice = server_choice(options)
    with workbench(twin, choice, tuning.propose, progress) as bench:
        with bench.connect() as connection, bench.admin() as admin:
            asked = tuning.price(bench, WhatIf(bench, connection, admin))
        found = tuning.chosen(bench, wanted.budget, wanted.most)
        return replace(found, asked=asked, seconds=round(time.monotonic() - started, 2))


class _Tuning:
    def __init__(self, twin: Twin, workload: Workload, progress: Progress) -> None:
        self.twin, self.progress = twin, progress
        self.statements = _grouped(workload)
        self.left_out: list[str] = list(twin.left_out)
        self.by_access: dict[Access, tuple[Candidate, ...]] = {}
        self.writes: list[Write] = []
        self.fixed: set[_Constant] = set()
        self.varied: set[_Constant] = set()
        self.good: Names = frozenset()
        self.used: frozenset[str] = frozenset()
        self.tables = {(each.schema, each.name): each for each in twin.statistics.relations}

    # What could be made

    def propose(self, connection: psycopg.Connection[Any]) -> list[Candidate]:
        """Gives the candidates of all statements; those without a plan are left out, and told."""
        roots = partition_roots(connection)
        self.statements = [each for each in self.statements if self._read(connection, each, roots)]
        kept = self.statements
        flat = [access for each in kept for access in each.found]
        self.by_access = candidates(flat, self._surroundings())
        return list(all_of(self.by_access))

    def _read(self, connection: psycopg.Connection[Any], each: _Statement, roots: Roots) -> bool:
        """Reads what a statement asks; whether it has a plan."""
        sql = each.text.sql
        if not statements.is_planned(sql):
            self._leave_out(sql, statements.fault(sql) or "it reads and writes no rows")
            return False
        try:
            each.found = self._asked(connection, each, roots)
            each.instances = _instances(connection, each)
        except psycopg.Error as error:
            self._leave_out(sql, error)
            return False
        return True

    def _leave_out(self, sql: str, why: object) -> None:
        first = (str(why).strip() or type(why).__name__).splitlines()[0]
        self.left_out.append(f"`{' '.join(sql.split())[:60]}`: {first}")

    def _asked(
        self, connection: psycopg.Connection[Any], each: _Statement, roots: Roots
    ) -> tuple[Access, ...]:
        """Gives what a statement asks; a constant that differs between its runs is none."""
        found = accesses(connection, each.samples[0].sql, roots)
        if len(each.samples) == 1:
            return found
        every = some = _constants(found)
        for other in each.samples[1:]:
            constants = _constants(accesses(connection, other.sql, roots))
            every, some = every & constants, some | constants
        self.fixed |= every
        self.varied |= some - every
        return found

    def _surroundings(self) -> Surroundings:
        source = self.twin.source
        plainly = (source.locale or source.collate) in ("C", "POSIX", "C.UTF-8", "C.utf8")
        extensions = {each.name for each in self.twin.objects if each.kind == "extension"}
        columns = {
            (each.schema, each.relation, each.column): each for each in self.twin.statistics.columns
        }
        return Surroundings(
            plainly,
            "pg_trgm" in extensions,
            lambda access, condition: self._is_fixed(columns, access, condition),
            lambda access, condition: _is_wide(columns, access, condition),
        )

    # What it would cost

    def price(self, bench: Workbench, what_if: WhatIf) -> int:
        """Asks for each statement's plans under its own candidates, then under all good ones.

        Gives how many were asked for.
        """
        self.progress("asking for plans")
        good: set[str] = set()
        for each in self.statements:
            named = (bench.made.get(c) for a in each.found for c in self.by_access[a])
            own = frozenset(one.name for one in named if one is not None)
            for found in self._plans(what_if, each, own, _FIRST).values():
                good |= {name for one in found for name in one.used}
        tables = {one.name: (one.schema, one.table) for one in bench.made.values()}
        for each in self.statements:
            read = {(access.schema, access.table) for access in each.found}
            relevant = frozenset(name for name in good if tables[name] in read)
            each.plans = self._plans(what_if, each, relevant, _SECOND)
            self.writes += _written(what_if.connection, each)
        self.statements = [each for each in self.statements if each.plans]
        self.good, self.used = frozenset(good), frozenset(what_if.existing)
        return what_if.asked

    def _plans(
        self, what_if: WhatIf, each: _Statement, relevant: Names, most: int
    ) -> dict[str, tuple[Configuration, ...]]:
        """Gives the plans of each execution; one that the server refuses is left out, and told."""
        found = {}
        for instance in each.instances:
            try:
                found[instance.sql] = what_if.configurations(instance.sql, relevant, most)
            except psycopg.Error as error:
                self._leave_out(instance.sql, error)
        each.instances = tuple(one for one in each.instances if one.sql in found)
        return found

    # What to choose

    def chosen(self, bench: Workbench, budget: float, most: int) -> Tuned:
        """Gives the advice for a budget, with what other budgets would reach."""
        by_name = {one.name: one for one in bench.made.values()}
        table_bytes = sum(r.bytes for r in self.twin.statistics.relations if r.kind in "rm")
        priced, of = [], []
        for number, each in enumerate(self.statements):
            for instance in each.instances:
                plans = {one.used: one.cost for one in each.plans[instance.sql]}
                priced.append(Priced(each.text.calls * instance.share, plans))
                of.append(number)
        sizes = {name: float(bench.sizes[name].pages * PAGE) for name in self.good}
        kept = {name: self._keeping(bench, by_name[name]) for name in self.good}
        question = Question(priced, sizes, kept, budget * table_bytes, most)
        best = choose(question)
        frontier = []
        for share in SHARES:
            other = choose(replace(question, budget=share * table_bytes))
            frontier.append((int(question.size(other)), question.total(other)))
        return Tuned(
            self.twin.source,
            f"PostgreSQL {bench.major}",
            bench.exact,
            question.total(frozenset()),
            question.total(best),
            int(budget * table_bytes),
            table_bytes,
            tuple(self._advice(question, best, by_name[name], of) for name in sorted(best)),
            tuple(self._drops()),
            tuple(self._costs(question, best, of)),
            tuple(frontier),
            left_out=(*self.left_out, *bench.missed),
        )

    def _drops(self) -> Iterator[DropAdvice]:
        """Gives the indexes that can go; an existing one that a plan uses is not unused."""
        for each in needless(self.twin.indexes, self.used, days=_days(self.twin)):
            index = each.index
            name = f"{spelled(index.schema)}.{spelled(index.name)}"
            online = "" if index.partitioned else " CONCURRENTLY"
            yield DropAdvice(
                f"{index.schema}.{index.table}",
                index.name,
                f"DROP INDEX{online} {name}",
                index.bytes,
                each.reason,
                index.definition.replace("CREATE INDEX", f"CREATE INDEX{online}", 1),
            )

    def _is_fixed(
        self,
        columns: dict[tuple[str, str, str], ColumnStatistics],
        access: Access,
        condition: Condition,
    ) -> bool:
        """Whether a value is the statement's own: the same in all runs, else one of few."""
        key = (access.schema, access.table, condition.expression, condition.value)
        if key in self.varied:
            return False
        known = columns.get((access.schema, access.table, condition.column or ""))
        few = known is not None and 0 < known.distinct <= _FIXED
        return few or (key in self.fixed and condition.column is None)

    def _keeping(self, bench: Workbench, candidate: Candidate) -> float:
        table = (candidate.schema, candidate.table)
        all_rows = max(1.0, sum(self.tables[part].rows for part in bench.tables(candidate.name)))
        share = min(1.0, bench.sizes[candidate.name].rows / all_rows)
        others = sum((each.schema, each.table) == table for each in self.twin.indexes)
        columns = bench.columns.get(candidate.name, frozenset())
        return keeping(candidate, columns, share, self.writes, others)

    def _advice(
        self, question: Question, best: Names, candidate: Candidate, of: Sequence[int]
    ) -> IndexAdvice:
        name = candidate.name
        without: dict[int, float] = {}
        with_it: dict[int, float] = {}
        for number, each in zip(of, question.statements, strict=True):
            without[number] = without.get(number, 0.0) + each.weight * each.cost(best - {name})
            with_it[number] = with_it.get(number, 0.0) + each.weight * each.cost(best)
        gains = tuple(
            Gain(number, cost, with_it[number])
            for number, cost in without.items()
            if with_it[number] < cost * 0.999
        )
        named = candidate.named(index_name(candidate))
        key = f"{candidate.schema}.{candidate.table}"
        whole = self.tables[candidate.schema, candidate.table].kind == "p"
        sql = named.sql if whole else named.online_sql
        return IndexAdvice(
            key, named.name, sql, int(question.bytes[name]), question.keeping[name], gains
        )

    def _costs(self, question: Question, best: Names, of: Sequence[int]) -> list[StatementCost]:
        found = []
        for number, each in enumerate(self.statements):
            mine = [p for n, p in zip(of, question.statements, strict=True) if n == number]
            before = sum(p.weight * p.cost(frozenset()) for p in mine)
            after = sum(p.weight * p.cost(best) for p in mine)
            worst = max(p.cost(best) / max(1e-9, p.cost(frozenset())) for p in mine)
            found.append(
                StatementCost(each.text.sql, each.text.calls, before, after, (), round(worst, 3))
            )
        return found


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


def _grouped(workload: Workload) -> list[_Statement]:
    """Gives each statement once, with the most frequent of its executions."""
    groups: dict[str, list[WorkloadStatement]] = {}
    for each in workload.statements:
        groups.setdefault(statements.fingerprint(each.sql), []).append(each)
    found = []
    for several in groups.values():
        calls = sum(each.calls for each in several)
        several.sort(key=lambda each: -each.calls)
        found.append(_Statement(replace(several[0], calls=calls), several[:_SAMPLES]))
    return found


def _instances(connection: psycopg.Connection[Any], each: _Statement) -> tuple[Instance, ...]:
    """Gives the executions to plan: those that were seen, else with values of the statistics."""
    if len(each.samples) == 1:
        return instances(connection, each.samples[0].sql, each.found)
    calls = sum(sample.calls for sample in each.samples) or 1
    return tuple(Instance(one.sql, "seen", one.calls / calls) for one in each.samples)


def _constants(found: Sequence[Access]) -> set[_Constant]:
    return {
        (access.schema, access.table, condition.expression, condition.value)
        for access in found
        for condition in access.conditions
        if condition.value is not None
    }


def _is_wide(
    columns: dict[tuple[str, str, str], ColumnStatistics], access: Access, condition: Condition
) -> bool:
    known = columns.get((access.schema, access.table, condition.column or ""))
    return known is not None and known.width >= _WIDE


def _written(connection: psycopg.Connection[Any], each: _Statement) -> list[Write]:
    """Gives the rows that a statement writes, of all its runs."""
    found = []
    for operation in statements.parse(each.text.sql):
        if isinstance(operation, Data) and operation.action in ("insert", "update", "delete"):
            plan = explain.plan(connection, each.instances[0].sql)
            rows = max((child.rows for child in plan.children), default=1.0)
            schema, _, table = operation.table.rpartition(".")
            found.append(
                Write(
                    schema or "public",
                    table,
                    operation.action,
                    max(1.0, rows) * each.text.calls,
                    frozenset(operation.columns),
                )
            )
    return found
