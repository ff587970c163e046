"""What the statements of a workload ask of their tables, and which indexes could serve that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg

from dbwright.core.access import Access, Condition
from dbwright.core.candidate import Candidate
from dbwright.core.plan import Workload, WorkloadStatement
from dbwright.core.statistics import ColumnStatistics
from dbwright.core.twin import Twin
from dbwright.dialects.postgresql import statements
from dbwright.dialects.postgresql.access import Roots, accesses, partition_roots
from dbwright.dialects.postgresql.parameters import Instance, instances, places
from dbwright.jobs.tune_prices import Statement
from dbwright.recipes.tune.candidates import Surroundings, all_of, candidates

_FIXED = 12
"""An equality on a column of at most so many values may be a statement's own."""
_WIDE = 40
"""From so many bytes on a value is worth a hash index."""
_SAMPLES = 6
"""How many executions of a statement are planned."""
_Constant = tuple[str, str, str, str | None]


class Asked:
    """The statements that have a plan, and the candidates of each access.

    `left_out` has a sentence for each that has none.
    """

    def __init__(self, twin: Twin, workload: Workload) -> None:
        self.twin = twin
        self.statements = _grouped(workload)
        self.left_out: list[str] = [*twin.left_out, *workload.left_out]
        self.by_access: Mapping[Access, Sequence[Candidate]] = {}
        self.fixed: set[_Constant] = set()
        self.varied: set[_Constant] = set()

    def propose(self, connection: psycopg.Connection[Any]) -> list[Candidate]:
        """Gives the candidates of all statements; those without a plan are left out, and told."""
        roots = partition_roots(connection)
        self.statements = [each for each in self.statements if self._read(connection, each, roots)]
        kept = self.statements
        flat = [access for each in kept for access in each.found]
        self.by_access = candidates(flat, self._surroundings())
        return list(all_of(self.by_access))

    def _read(self, connection: psycopg.Connection[Any], each: Statement, roots: Roots) -> bool:
        """Reads what a statement asks; whether it has a plan."""
        sql = each.text.sql
        if not statements.is_planned(sql):
            self.leave_out(sql, statements.fault(sql) or "it reads and writes no rows")
            return False
        try:
            each.found = self._asked(connection, each, roots)
            each.instances = _instances(connection, each, roots)
        except psycopg.Error as error:
            self.leave_out(sql, error)
            return False
        return True

    def leave_out(self, sql: str, why: object) -> None:
        """Tells that a statement has no part in it."""
        first = (str(why).strip() or type(why).__name__).splitlines()[0]
        self.left_out.append(f"`{' '.join(sql.split())[:60]}`: {first}")

    def _asked(
        self, connection: psycopg.Connection[Any], each: Statement, roots: Roots
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


def _grouped(workload: Workload) -> list[Statement]:
    """Gives each statement once, with the most frequent of its executions."""
    groups: dict[str, list[WorkloadStatement]] = {}
    for each in workload.statements:
        groups.setdefault(statements.fingerprint(each.sql), []).append(each)
    found = []
    for several in groups.values():
        calls = sum(each.calls for each in several)
        times = [each.milliseconds for each in several if each.milliseconds is not None]
        several.sort(key=lambda each: -each.calls)
        whole = replace(several[0], calls=calls, milliseconds=sum(times) if times else None)
        found.append(Statement(whole, several[:_SAMPLES]))
    return found


def _instances(
    connection: psycopg.Connection[Any], each: Statement, roots: Roots
) -> tuple[Instance, ...]:
    """Gives the executions to plan: those that were seen, else with values of the statistics."""
    if len(each.samples) == 1:
        return instances(connection, each.samples[0].sql, each.found)
    calls = sum(sample.calls for sample in each.samples) or 1
    found: list[Instance] = []
    for sample in each.samples:
        share = sample.calls / calls
        if places(sample.sql):
            likely = instances(connection, sample.sql, accesses(connection, sample.sql, roots))
            found += [replace(one, share=one.share * share) for one in likely]
        else:
            found.append(Instance(sample.sql, "seen", share))
    return tuple(found)


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
