"""What the statements of a workload ask of a SQLite file, and which indexes could serve that."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dbwright.core.access import Access, Condition
from dbwright.core.candidate import Candidate
from dbwright.core.operation import Data
from dbwright.core.plan import Workload, WorkloadStatement
from dbwright.core.schema import Schema
from dbwright.dialects.sqlite import statements
from dbwright.dialects.sqlite.access import SCHEMA, Reading
from dbwright.dialects.sqlite.indexes import rowid
from dbwright.dialects.sqlite.placeholders import named
from dbwright.dialects.sqlite.quoting import quoted, spelled
from dbwright.dialects.sqlite.trees import shape, tree_of
from dbwright.recipes.tune.question import Names
from dbwright.recipes.tune.sqlite import candidates_of
from dbwright.scratch.sqlite_copy import Copy
from dbwright.scratch.sqlite_values import executions

_FIXED = 12
"""An equality on a column of at most so many values may be a statement's own."""
_SAMPLES = 6
"""How many executions of a statement are run."""


@dataclass(frozen=True, slots=True)
class Execution:
    """A statement with its values, and its share of the statement's runs."""

    sql: str
    values: Mapping[str, Any]
    share: float


@dataclass
class Statement:
    """One statement of the workload: what it asks, its executions, the plans of each.

    `scale` is how much more there is to do on the file than on the copy. `referring` are the
    candidates that serve foreign keys, which no plan shows.
    """

    text: WorkloadStatement
    found: tuple[Access, ...] = ()
    data: Data | None = None
    scale: float = 1.0
    executions: list[Execution] = field(default_factory=list)
    plans: list[dict[Names, float]] = field(default_factory=list)
    referring: tuple[Access, ...] = ()
    rows: float = 0.0

    @property
    def weights(self) -> list[float]:
        """How often each execution runs."""
        return [self.text.calls * each.share for each in self.executions]


class Asked:
    """The statements that can be run; `left_out` has a sentence for each that cannot."""

    def __init__(self, copy: Copy, workload: Workload) -> None:
        self.copy, self.schema = copy, copy.schema
        self.left_out: list[str] = []
        self.varied: set[tuple[str, str, str | None]] = set()
        self._different: dict[tuple[str, str], int] = {}
        self.statements = [each for each in self._read(workload) if each.executions]

    def proposed(self) -> dict[Access, tuple[Candidate, ...]]:
        """Gives the candidates of each access."""
        found = [access for each in self.statements for access in (*each.found, *each.referring)]
        tables = {each.name for each in self.schema.tables if "definition" not in each.info}
        numbers = {each.name: spelled(rowid(each) or "") for each in self.schema.tables}
        plain = [access for access in found if access.table in tables]
        return candidates_of(plain, numbers, self._is_fixed)

    def leave_out(self, sql: str, why: object) -> None:
        """Tells that a statement has no part in it."""
        self.left_out.append(f"`{' '.join(sql.split())[:60]}`: {why}")

    def _read(self, workload: Workload) -> Iterator[Statement]:
        for several in _grouped(workload):
            calls = sum(each.calls for each in several)
            statement = Statement(replace(several[0], calls=calls))
            sql, names = named(several[0].sql)
            reading = Reading(self.schema, sql)
            if reading.tree is None:
                self.leave_out(several[0].sql, _why(several[0].sql))
                continue
            statement.found = reading.accesses
            self._set_parts(statement, sql)
            self._note_varied(
                [Reading(self.schema, named(each.sql)[0]) for each in several[1:]], reading
            )
            try:
                statement.executions = list(self._executions(several, names, reading))
            except sqlite3.Error as error:
                self.leave_out(several[0].sql, error)
                continue
            yield statement

    def _executions(
        self, several: Sequence[WorkloadStatement], names: tuple[str, ...], reading: Reading
    ) -> Iterator[Execution]:
        """Gives the executions: those that were seen, with values of the rows for placeholders."""
        all_values = executions(self.copy.connection, names, reading.bound)
        if names or len(several) == 1:
            sql = named(several[0].sql)[0]
            self.copy.connection.execute(f"explain {sql}", all_values[0])
            share = 1 / len(all_values)
            yield from (Execution(sql, values, share) for values in all_values)
            return
        calls = sum(each.calls for each in several) or 1
        for each in several:
            self.copy.connection.execute(f"explain {each.sql}")
            yield Execution(each.sql, {}, each.calls / calls)

    def _set_parts(self, statement: Statement, sql: str) -> None:
        data = [each for each in statements.parse(sql) if isinstance(each, Data)]
        statement.data = data[-1] if data else None
        tables = {access.table for access in statement.found}
        if statement.data is not None:
            tables.add(statement.data.table)
            statement.referring = tuple(_referring(self.schema, statement.data))
            tables |= {access.table for access in statement.referring}
        shares = [self.copy.share.get(each, 1.0) for each in tables]
        statement.scale = 1 / min([*shares, 1.0])

    def _note_varied(self, others: Sequence[Reading], first: Reading) -> None:
        """Notes the constants that differ between runs of one statement: they are not its own."""
        every = _constants(first)
        some = set(every)
        for other in others:
            every, some = every & _constants(other), some | _constants(other)
        self.varied |= some - every

    def _is_fixed(self, access: Access, condition: Condition) -> bool:
        if (access.table, condition.expression, condition.value) in self.varied:
            return False
        key = (access.table, condition.expression)
        if key not in self._different:
            self._different[key] = self._count_different(*key)
        return 0 < self._different[key] <= _FIXED

    def _count_different(self, table: str, expression: str) -> int:
        """Gives the number of different values, no more than are asked for."""
        sql = f"select distinct {expression} from {quoted(table)} limit {_FIXED + 1}"
        try:
            return len(self.copy.connection.execute(sql).fetchall())
        except sqlite3.Error:
            return 0


def _grouped(workload: Workload) -> list[list[WorkloadStatement]]:
    """Gives the executions of each statement, the most frequent first."""
    groups: dict[str, list[WorkloadStatement]] = {}
    for each in workload.statements:
        groups.setdefault(shape(named(each.sql)[0]), []).append(each)
    found = []
    for several in groups.values():
        several.sort(key=lambda each: -each.calls)
        calls = sum(each.calls for each in several)
        kept = several[:_SAMPLES]
        part = sum(each.calls for each in kept) or 1
        found.append([replace(each, calls=each.calls * calls / part) for each in kept])
    return found


def _constants(reading: Reading) -> set[tuple[str, str, str | None]]:
    return {
        (access.table, condition.expression, condition.value)
        for access in reading.accesses
        for condition in access.conditions
        if condition.value is not None
    }


def _referring(schema: Schema, data: Data) -> Iterator[Access]:
    """Gives what foreign keys ask of the tables that refer to rows that go, or get other keys."""
    for table in schema.tables:
        for key in table.foreign_keys:
            if key.referred_table.lower() != data.table.lower():
                continue
            changed = {each.lower() for each in data.columns}
            if data.action == "update" and not changed & {
                each.lower() for each in key.referred_columns
            }:
                continue
            if data.action in ("update", "delete"):
                conditions = tuple(
                    Condition(spelled(each), "equal", outer=data.table, column=each)
                    for each in key.columns
                )
                yield Access(SCHEMA, table.name, table.name, conditions, needed=None)


def _why(sql: str) -> str:
    if tree_of(sql) is None and statements.split(sql) and not statements.parse(sql):
        return "it is no statement"
    return "it is no SELECT, INSERT, UPDATE or DELETE, or cannot be read"
