"""Two queries run on many small adversarial databases, and what that came to.

The method is differential testing with shrinking (McKeeman 1998; Zeller and Hildebrandt 2002),
with rows made from the schema's constraints and the queries' own constants.
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import psycopg

from dbwright import dialects
from dbwright.core.query_parts import QueryParts
from dbwright.core.same_rows import (
    Answer,
    CounterExample,
    Different,
    Kind,
    NotTestable,
    SameRows,
    TableRows,
    Verdict,
)
from dbwright.core.schema import Schema
from dbwright.scratch.adversarial.draw import Draw
from dbwright.scratch.adversarial.instance import Instance, NewRow
from dbwright.scratch.adversarial.tables import Facts, mandatory
from dbwright.scratch.rows_order import with_parents
from dbwright.verify.same_rows import compare
from dbwright.verify.same_rows.bench import CUT, WRONG, Bench, Unfit
from dbwright.verify.same_rows.hard import give_models, unfilled
from dbwright.verify.same_rows.prepared import prepared
from dbwright.verify.same_rows.reads import Reads, reads
from dbwright.verify.same_rows.shrink import smallest

DATABASES = 200
_KEPT = 60
_CUTS = 5
_ATTEMPTS = 3
_LOOKED_AT = 8
"""After so many databases the tables that stayed empty are looked at."""
_PATIENCE = 5
_MEETING = (1, 8)
"""The moods that meet conditions most often, for queries that never returned a row so far."""


def same_rows(
    connection: Any,
    schema: Schema,
    first: str,
    second: str,
    *,
    databases: int = DATABASES,
    seed: int = 0,
    shrink: bool = True,
) -> Verdict:
    """Runs two queries on small databases made to tell them apart; says what that came to.

    `connection` is to a scratch database that holds the schema, as the owner of its tables. What
    stands in them is set aside in a transaction that is rolled back. The same seed makes the
    same databases, save for moments around now(). Without `shrink` a database on which they
    differ is given as it was found, which saves much of the time.
    """
    try:
        module = _query_parts(schema.dialect)
        parts = (module.parts(first), module.parts(second))
        for number, part in zip(("first", "second"), parts, strict=True):
            if part.refused:
                return NotTestable(f"the {number} query is no SELECT to run: {part.refused}")
        read = reads(schema, parts, module.of_view)
        bench = _bench(connection, schema)
        bounds = (databases, seed, shrink)
        return _opened(bench, schema, (first, second), parts, read, bounds)
    except Unfit as unfit:
        return NotTestable(str(unfit))


def _query_parts(dialect: str) -> ModuleType:
    package: ModuleType = dialects.get(dialect)
    found = getattr(package, "query_parts", None)
    if not isinstance(found, ModuleType):
        raise Unfit(f"queries of {dialect} are not tested yet")
    return found


def _bench(connection: Any, schema: Schema) -> Bench:
    if isinstance(connection, sqlite3.Connection):
        from dbwright.verify.same_rows.sqlite import SqliteBench

        return SqliteBench(connection, schema)
    if isinstance(connection, psycopg.Connection):
        from dbwright.verify.same_rows.postgresql import PostgresqlBench

        return PostgresqlBench(connection, schema)
    if hasattr(connection, "own_session"):
        from dbwright.verify.same_rows.mysql import MysqlBench

        return MysqlBench(connection, schema)
    raise Unfit(f"the tester has no way into {schema.dialect} yet")


def _opened(
    bench: Bench,
    schema: Schema,
    queries: tuple[str, str],
    parts: tuple[QueryParts, QueryParts],
    read: Reads,
    bounds: tuple[int, int, bool],
) -> Verdict:
    databases, seed, shrink = bounds
    below = {name for key in read.tables for name in bench.below(schema, key)}
    with bench.opened(with_parents(schema, [*read.tables, *below])):
        unsteady = bench.unsteady(tuple(read.functions))
        if unsteady:
            names = ", ".join(f"{name}()" for name in unsteady)
            raise Unfit(f"{names} is volatile: what it returns is not said by the rows")
        bench.place(Instance())
        types = tuple(tuple(bench.parameter_types(query)) for query in queries)
        found = prepared(bench, schema, read, (*parts, *read.views), max(types, key=len))
        tables = found.tables
        bench.refreshed = tuple(read.materialized)
        bench.defers = any(mandatory(f.table, fk) for f in tables for fk in f.later)
        rng = random.Random(seed)
        counts = (len(types[0]), len(types[1]))
        draw = Draw(tables, rng, found.parameters, found.counts)
        test = _Test(bench, queries, parts, counts, read, tables, draw, rng, shrink)
        return test.run(databases)


@dataclass(slots=True)
class _Test:
    """One run over all the databases."""

    bench: Bench
    queries: tuple[str, str]
    parts: tuple[QueryParts, QueryParts]
    counts: tuple[int, int]
    read: Reads
    tables: list[Facts]
    draw: Draw
    rng: random.Random
    shrink: bool
    kept: list[Instance] = field(default_factory=list)
    seen: SameRows = field(default_factory=lambda: SameRows(0, 0))
    nothing: Answer = field(default_factory=Answer)
    held: Counter[str] = field(default_factory=Counter)
    cuts: int = 0

    def run(self, databases: int) -> Verdict:
        """Gives the verdict over so many databases; stops at the first difference."""
        self._runs_at_all()
        self.bench.ahead = () if any(self.counts) else self.queries
        while self.seen.databases < databases:
            number = self.seen.databases
            if number == _LOOKED_AT:
                give_models(self.bench, self.tables, self.held, number)
            instance = self._placed(number)
            self.held.update(self.bench.held)
            first, second = self._answers(instance)
            self.seen = replace(self.seen, databases=number + 1)
            if CUT in (first.code, second.code):
                self._cut()
                continue
            kind = self._difference(first, second, instance)
            if kind is not None and not self._left_open(instance, second):
                return Different(self._example(instance), number + 1)
            self._note(instance, first, second, kind)
        wanted = tuple(self.read.tables)
        empty = tuple(unfilled(self.bench, self.draw, wanted, self.held))
        return replace(self.seen, empty=empty, held={key: self.held[key] for key in wanted})

    def _runs_at_all(self) -> None:
        """Raises Unfit where a query is wrong whatever the rows are."""
        instance = Instance(parameters=(None,) * max(self.counts))
        self.bench.place(instance)
        for name, answer in zip(("first", "second"), self._answers(instance), strict=True):
            if answer.error is not None and answer.code.startswith(WRONG):
                raise Unfit(f"the {name} query does not run: {answer.error}")
            if answer.code == CUT:
                raise Unfit(f"the {name} query takes too long on empty tables")
            if name == "first":
                self.nothing = answer if self.tables else Answer()
        if self.read.unknown:
            names = ", ".join(self.read.unknown)
            raise Unfit(f"{names} is no table of the schema, so that no rows can be made for it")

    def _placed(self, number: int) -> Instance:
        """Draws databases until one stands; the first is empty."""
        settings = self.bench.settings(number)
        instance = Instance((), settings, (None,) * max(self.counts))
        for attempt in range(_ATTEMPTS):
            if number:
                instance = self._drawn(number + attempt, settings)
            if self.bench.place(instance):
                return instance
        return instance

    def _drawn(self, number: int, settings: Mapping[str, str]) -> Instance:
        """Gives a new database, or one a little other than one on which rows were returned.

        The rarer rows are, the more the ones that gave them are kept to.
        """
        share = self.seen.filled / max(self.seen.databases, 1)
        if self.kept and self.rng.random() < max(0.3, 0.8 - share):
            return self.draw.varied(self.rng.choice(self.kept), settings)
        if not self.kept and number > _PATIENCE:
            number = _MEETING[number % len(_MEETING)]
        return self.draw.instance(number, settings)

    def _answers(self, instance: Instance) -> tuple[Answer, Answer]:
        one, other = self.queries
        given, counts = instance.parameters, self.counts
        return (
            self.bench.answer(one, given[: counts[0]]),
            self.bench.answer(other, given[: counts[1]]),
        )

    def _difference(self, first: Answer, second: Answer, instance: Instance) -> Kind | None:
        def ranks() -> Answer | None:
            return self._ranks(first, instance)

        return compare.difference(first, second, self.parts[0].ordered, ranks)

    def _ranks(self, first: Answer, instance: Instance, whole: bool = False) -> Answer | None:
        sql = self.bench.ranked(self.queries[0], self.parts[0], first.names, whole)
        given = instance.parameters[: self.counts[0]]
        return self.bench.answer(sql, given) if sql is not None else None

    def _left_open(self, instance: Instance, second: Answer) -> bool:
        """Whether the first query, run another way on the same rows, answers as the second did.

        Ties under a LIMIT and the like are its own to choose: the second may choose too.
        """
        if self._within_ties(instance, second):
            return True
        given = instance.parameters[: self.counts[0]]
        for rows in (instance, *_turned(instance, self.tables)):
            for settings in self.bench.otherwise():
                other = replace(rows, settings={**instance.settings, **settings})
                if not self.bench.place(other):
                    continue
                first = self.bench.answer(self.queries[0], given)
                if first.code != CUT and self._difference(first, second, instance) is None:
                    return True
        return False

    def _within_ties(self, instance: Instance, second: Answer) -> bool:
        """Whether the second's rows are some that the first's LIMIT may choose among ties."""
        window = self.parts[0].window
        if window is None or not self.bench.place(instance):
            return False
        first = self._answers(instance)[0]
        if first.error is not None or (first.names, first.types) != (second.names, second.types):
            return False
        ranked = self._ranks(first, instance, whole=True)
        return ranked is not None and compare.within_ties(first, second, ranked, window)

    def _note(self, instance: Instance, first: Answer, second: Answer, kind: Kind | None) -> None:
        found = self.seen
        if first.error is not None:
            self.seen = replace(found, raised=found.raised + 1)
            return
        if kind is not None:
            self.seen = replace(found, open=found.open + 1)
        if first.rows and first.rows != self.nothing.rows:
            self.seen = replace(self.seen, filled=found.filled + 1)
            self.kept.append(instance)
            if len(self.kept) > _KEPT:
                del self.kept[self.rng.randrange(_KEPT)]

    def _cut(self) -> None:
        self.cuts += 1
        if self.cuts > _CUTS:
            raise Unfit("the queries take too long on a few rows")

    def _differs(self, instance: Instance) -> bool:
        if not self.bench.place(instance):
            return False
        first, second = self._answers(instance)
        if CUT in (first.code, second.code) or self._difference(first, second, instance) is None:
            return False
        return not self._left_open(instance, second)

    def _example(self, found: Instance) -> CounterExample:
        """Makes the database small, where that is asked, and reads what stands in it."""
        instance = smallest(found, self._differs, self.tables) if self.shrink else found
        stood = self.bench.placed(instance)
        rows = tuple(r for r, there in zip(instance.rows, stood, strict=True) if there)
        first, second = self._answers(instance)
        kind = self._difference(first, second, instance) or "rows"
        named = {name for part in self.parts for name in part.columns}
        every = (self._table(facts, named) for facts in self.tables)
        tables = tuple(table for table in every if table.rows or table.table in self.read.tables)
        shown = {k: v for k, v in instance.settings.items() if k == "timezone"}
        return CounterExample(
            kind,
            tables,
            first,
            second,
            shown,
            instance.parameters,
            tuple(map(self.bench.statement, rows)),
        )

    def _table(self, facts: Facts, named: set[str]) -> TableRows:
        table = facts.table
        key = table.primary_key.columns if table.primary_key else ()
        columns = [c.name for c in table.columns if c.name in named or c.name in key]
        columns = columns or [c.name for c in table.columns]
        return TableRows(table.key, tuple(columns), self.bench.rows(table.key, columns))


def _turned(instance: Instance, tables: list[Facts]) -> Iterator[Instance]:
    """Gives the rows of each table the other way round, and by their keys, both ways."""
    for order in (_backwards, _by_key, lambda facts, rows: _by_key(facts, rows)[::-1]):
        found: list[NewRow] = []
        for facts in tables:
            rows = [row for row in instance.rows if row.table == facts.table.key]
            found += rows if facts.own else order(facts, rows)
        yield instance.with_rows(tuple(found))


def _backwards(facts: Facts, rows: list[NewRow]) -> list[NewRow]:
    return rows[::-1]


def _by_key(facts: Facts, rows: list[NewRow]) -> list[NewRow]:
    columns = next(iter(facts.unique), ())

    def key(row: NewRow) -> list[tuple[int, str]]:
        values = [row.values.get(name) or "" for name in columns]
        return [(len(value), value) for value in values]  # numbers of one sign by size

    return sorted(rows, key=key)
