"""A twin as a ground: production's plans, with indexes that are not there, and nothing is run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg

from dbwright.core.candidate import Candidate
from dbwright.core.explained import Explained
from dbwright.scratch.workbench import Workbench
from dbwright.verify.queries.ground import NOTICEABLE, CannotTry, Compared, Side, of_plans
from dbwright.verify.queries.postgresql import planned
from dbwright.verify.what_if import WhatIf
from dbwright.verify.what_if_rounds import Ask, Configuration


class OnTwin:
    """A workbench, asked for plans; an index is one of those that were made there beforehand."""

    runs = writable = False

    def __init__(
        self,
        bench: Workbench,
        connection: psycopg.Connection[Any],
        admin: psycopg.Connection[Any],
        possible: Mapping[str, Sequence[Candidate]],
    ) -> None:
        self.bench, self.connection, self.admin = bench, connection, admin
        self.possible = possible
        self.what_if = WhatIf(bench, connection, admin)
        self.words = f"the twin, {_server(bench)}"
        self.defined = {each.definition: made.name for each, made in bench.made.items()}

    @contextlib.contextmanager
    def changed(self, setup: Sequence[str]) -> Iterator[None]:
        """Gives a transaction that is rolled back; nothing is changed here."""
        with self.connection.transaction(force_rollback=True):
            yield

    def plan(self, side: Side) -> Explained:
        """Gives the plan of a side; raises psycopg.Error or CannotTry."""
        self.bench.stand(self.admin, frozenset(self._index(step) for step in side.setup))
        with self.connection.transaction(force_rollback=True):
            for name, value in side.settings:
                self.connection.execute("select set_config(%s, %s, true)", [name, value])
            return planned(self.connection, side)

    def run(self, side: Side) -> Explained:
        """Raises CannotTry: nothing is run here."""
        raise CannotTry("only plans are made here, and nothing is run")

    def compare(self, before: Side, after: Side) -> Compared:
        """Gives the planner's costs of two sides; raises psycopg.Error or CannotTry."""
        found = of_plans(self.plan(before).root, self.plan(after).root)
        whole = (self.bench.wholes.get(each, each) for each in found.indexes)
        names = {self._index(step): _name(step) for step in after.setup}
        return replace(found, indexes=tuple(names.get(each, each) for each in whole))

    def _index(self, step: str) -> str:
        """Gives the workbench's name of the index that a statement makes."""
        start, _, definition = step.partition(" ON ")
        made = self.defined.get(f"ON {definition}")
        if made is None or not start.startswith("CREATE INDEX "):
            raise CannotTry("the twin has no rows, so only indexes can be tried there")
        return made

    def offered(self, sql: str) -> tuple[Candidate, ...]:
        """Gives which of a statement's candidates lower its cost, the best first."""
        known: Mapping[Candidate, Candidate] = self.bench.made
        possible = self.possible.get(sql, ())
        relevant = frozenset(known[each].name for each in possible if each in known)
        try:
            base = self.what_if.plan(sql, frozenset())
        except psycopg.Error:
            return ()
        tables = frozenset(map(self.bench.table, relevant))
        (found,) = self.what_if.answered([Ask(sql, tables, self.what_if.frontier(relevant))])
        if isinstance(found, psycopg.Error):
            return ()
        return tuple(
            self.bench.candidate(name) for name in _best(base, found) if name in self.bench.parts
        )


def _name(step: str) -> str:
    return step.partition(" ON ")[0].split()[-1].strip('"')


def _best(base: Configuration, found: Sequence[Configuration]) -> list[str]:
    """Gives the names of what saves enough, those of the cheapest plan first."""
    worth = [each for each in found if each.cost * NOTICEABLE <= base.cost]
    worth.sort(key=lambda each: each.cost)
    return list(dict.fromkeys(name for each in worth for name in sorted(each.used)))


def _server(bench: Workbench) -> str:
    return f"PostgreSQL {bench.major}" + ("" if bench.exact else ", approximate")
