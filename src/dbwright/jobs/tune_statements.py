"""What the statements of a workload ask of their tables, and which indexes could serve that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg

from dbwright.core.access import Access, Condition
from dbwright.core.candidate import Candidate
from dbwright.core.plan import Workload, WorkloadStatement
from dbwright.core.statistics import ColumnStatistics
from dbwright.core.twin import Twin
from dbwright.dialects.postgresql import statements
from dbwright.dialects.postgresql.access import (
    Roots,
    accesses_of,
    partition_roots,
    plans_without_indexes,
    without_indexes,
)
from dbwright.dialects.postgresql.parameters import Instance, Values, instances, places
from dbwright.dialects.postgresql.question import TOGETHER
from dbwright.dialects.postgresql.twin_schema import foreign_tables
from dbwright.jobs.tune_prices import Statement
from dbwright.recipes.tune.bounded import Reads, bounded
from dbwright.recipes.tune.candidates import Surroundings, all_of, candidates

_FIXED = 12
"""An equality on a column of at most so many values may be a statement's own."""
_WIDE = 40
"""From so many bytes on a value is worth a hash index."""
_SAMPLES = 6
"""How many executions of a statement are planned."""
_ROW = 0.01
"""What a row costs the planner, in pages (cpu_tuple_cost)."""
_Constant = tuple[str, str, str, str | None]
Found = Mapping[str, tuple[Access, ...] | psycopg.Error]
"""What each text asks, or what the server has against it."""


class Asked:
    """The statements that have a plan, and the candidates of each access.

    `left_out` has a sentence for each that has none.
    """

    def __init__(self, twin: Twin, workload: Workload) -> None:
        self.twin = twin
        self.statements = _grouped(workload)
        self.foreign = foreign_tables(twin.left_out)
        self.temporary = frozenset[str]().union(
            *(statements.temporary(each.sql) for each in workload.statements)
        )
        self.left_out: list[str] = [*twin.left_out, *workload.left_out]
        self.by_access: Mapping[Access, Sequence[Candidate]] = {}
        self.fixed: set[_Constant] = set()
        self.varied: set[_Constant] = set()

    def propose(self, connection: psycopg.Connection[Any]) -> list[Candidate]:
        """Gives the candidates of all statements; those without a plan are left out, and told."""
        roots = partition_roots(connection)
        self._leave_tableless()
        values = Values(connection)
        with without_indexes(connection):
            self.statements = [
                each
                for at in range(0, len(self.statements), TOGETHER)
                for each in self._read(self.statements[at : at + TOGETHER], roots, values)
            ]
        kept = self.statements
        flat = [access for each in kept for access in each.found]
        found = candidates(flat, self._surroundings())
        self.by_access, words = bounded(found, [*self._reads()])
        self.left_out += [words] if words else []
        return list(all_of(self.by_access))

    def _reads(self) -> Iterator[Reads]:
        """Gives what it would cost all runs of each statement to read its tables whole."""
        costs = {
            (each.schema, each.name): each.pages + _ROW * max(0.0, each.rows)
            for each in self.twin.statistics.relations
        }
        for each in self.statements:
            whole = sum(costs.get((access.schema, access.table), 0.0) for access in each.found)
            yield Reads(each.found, each.text.calls * whole)

    def _leave_tableless(self) -> None:
        """Leaves out what no index serves: it names no table, or only the server's own."""
        tables = {each.name for each in self.twin.statistics.relations}
        kept = [
            each for each in self.statements if not statements.names_no_table(each.text.sql, tables)
        ]
        if more := len(self.statements) - len(kept):
            words = "statement that names" if more == 1 else "statements that name"
            self.left_out.append(f"{more:,} {words} no table, or only the server's catalog")
        self.statements = kept

    def _read(
        self, several: Sequence[Statement], roots: Roots, values: Values
    ) -> Iterator[Statement]:
        """Reads what statements ask, and gives those that have a plan."""
        planned = [each for each in several if self._is_planned(each)]
        texts = list(dict.fromkeys(sample.sql for each in planned for sample in each.samples))
        plans = plans_without_indexes(values.connection, texts)
        found: Found = {
            sql: plan if isinstance(plan, psycopg.Error) else accesses_of(plan, roots)
            for sql, plan in zip(texts, plans, strict=True)
        }
        values.learn([one for asked in found.values() if isinstance(asked, tuple) for one in asked])
        for each in planned:
            sql = each.text.sql
            try:
                each.found = self._asked(each, found)
                each.instances = _instances(each, found, values)
            except psycopg.errors.UndefinedTable as error:
                self.leave_out(sql, self._lacking(sql, error))
            except psycopg.Error as error:
                self.leave_out(sql, error)
            else:
                yield each

    def _is_planned(self, each: Statement) -> bool:
        sql = each.text.sql
        if statements.is_planned(sql):
            return True
        self.leave_out(sql, statements.fault(sql) or "it reads and writes no rows")
        return False

    def _lacking(self, sql: str, error: psycopg.Error) -> str:
        """Gives why a table that a statement names is not in the twin."""
        for schema, name in statements.relations(sql):
            key = f"{schema}.{name}" if schema not in ("", "public") else name
            if key in self.foreign:
                return f"{key} is a foreign table, whose plan another server makes"
            if schema.startswith("pg_temp") or (not schema and name in self.temporary):
                return f"{name} is a temporary table, which only its session has"
        views = {each.name for each in self.twin.objects if "view" in each.kind}
        lacking = [name for _, name in statements.relations(sql) if name in views]
        if lacking:
            return f"the twin lacks the view {lacking[0]}, whose own reason stands apart"
        return f"{_first(error)}: a session's temporary table, or one that is gone"

    def leave_out(self, sql: str, why: object) -> None:
        """Tells that a statement has no part in it."""
        first = _first(why)
        self.left_out.append(f"`{' '.join(sql.split())[:60]}`: {first}")

    def _asked(self, each: Statement, known: Found) -> tuple[Access, ...]:
        """Gives what a statement asks; a constant that differs between its runs is none."""
        found = _of(known, each.samples[0].sql)
        if len(each.samples) == 1:
            return found
        every = some = _constants(found)
        for other in each.samples[1:]:
            constants = _constants(_of(known, other.sql))
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


def _first(why: object) -> str:
    return (str(why).strip() or type(why).__name__).splitlines()[0]


def _grouped(workload: Workload) -> list[Statement]:
    """Gives each statement once, with the most frequent of its executions."""
    groups: dict[str, list[WorkloadStatement]] = {}
    for each in workload.statements:
        each = replace(each, sql=statements.with_casts(each.sql))
        groups.setdefault(statements.fingerprint(each.sql), []).append(each)
    found = []
    for several in groups.values():
        calls = sum(each.calls for each in several)
        times = [each.milliseconds for each in several if each.milliseconds is not None]
        several.sort(key=lambda each: -each.calls)
        whole = replace(several[0], calls=calls, milliseconds=sum(times) if times else None)
        found.append(Statement(whole, several[:_SAMPLES]))
    return found


def _of(found: Found, sql: str) -> tuple[Access, ...]:
    """Gives what a text asks, or raises what the server has against it."""
    asked = found[sql]
    if isinstance(asked, psycopg.Error):
        raise asked
    return asked


def _instances(each: Statement, found: Found, values: Values) -> tuple[Instance, ...]:
    """Gives the executions to plan: those that were seen, else with values of the statistics."""
    connection = values.connection
    if len(each.samples) == 1:
        return instances(connection, each.samples[0].sql, each.found, values)
    calls = sum(sample.calls for sample in each.samples) or 1
    several: list[Instance] = []
    for sample in each.samples:
        share = sample.calls / calls
        if places(sample.sql):
            likely = instances(connection, sample.sql, _of(found, sample.sql), values)
            several += [replace(one, share=one.share * share) for one in likely]
        else:
            several.append(Instance(sample.sql, "seen", share))
    return tuple(several)


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
