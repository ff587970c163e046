"""Grounds for queries: a statement read on a database, and what proves claims about it there."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbwright import dialects
from dbwright.collect.clone import opened_clone
from dbwright.core.candidate import Candidate
from dbwright.core.explained import Explained
from dbwright.core.place import Place
from dbwright.core.query import Ground as Kind
from dbwright.core.query import Query
from dbwright.core.schema import Schema
from dbwright.core.statistics import Statistics
from dbwright.core.target import Target
from dbwright.dialects.postgresql.typical import typical
from dbwright.dialects.sqlite.access import Reading
from dbwright.dialects.sqlite.placeholders import filled, named
from dbwright.jobs import query_values
from dbwright.recipes.queries.remedies import MYSQL
from dbwright.scratch.sqlite_values import executions
from dbwright.verify.queries import offered
from dbwright.verify.queries import postgresql as on_postgresql
from dbwright.verify.queries import sqlite as on_sqlite
from dbwright.verify.queries.ground import Ground, Side
from dbwright.verify.queries.prover import QueryProver

Offer = Callable[[str], tuple[Candidate, ...]]


@dataclass
class Opened:
    """A database that statements are reviewed on.

    `ground` is where plans are made and remedies tried, `kind` whose rows those are; `offer`
    gives the indexes that its planner would take for a statement. `untried` says why other forms
    of a statement are not compared, where they are not.
    """

    ground: Ground
    schema: Schema
    target: Target
    words: str
    major: int | None
    kind: Kind
    statistics: Statistics = field(default_factory=Statistics)
    rows: dict[str, int] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    scratch: Callable[[], Any] | None = None
    offer: Offer | None = None
    untried: str = ""

    @property
    def connection(self) -> Any:
        """The connection that plans are made on."""
        return self.ground.connection

    def values(self, sql: str, kind: str = "typical") -> tuple[tuple[int, str], ...]:
        """Gives typical literals for a statement's parameters, or the "common" ones.

        Raises the driver's error.
        """
        if self.target.dialect != "postgresql":
            return ()
        try:
            return typical(self.connection, sql, kind)
        finally:
            self.connection.rollback()

    def literal(self, sql: str) -> str:
        """Gives a statement with values of the rows in place of its placeholders.

        PostgreSQL plans it with them.
        """
        if self.target.dialect in MYSQL:
            return query_values.literal(self.connection, self.schema, self.target, sql)
        if self.target.dialect != "sqlite":
            return sql
        text, names = named(sql)
        if not names:
            return sql
        bound = Reading(self.schema, text).bound
        return filled(text, executions(self.connection, names, bound)[0])

    def query(
        self,
        sql: str,
        place: Place | None = None,
        *,
        values: tuple[tuple[int, str], ...] = (),
        offer: bool = True,
    ) -> Query:
        """Gives a statement with its plan, and with the indexes that it would take.

        Raises the driver's error for a statement that the database refuses.
        """
        try:
            explained = self.ground.plan(Side(sql, values=values))
        finally:
            self.connection.rollback()
        return Query(
            sql,
            self.schema,
            self.target,
            explained,
            place,
            rows=self.rows,
            statistics=self.statistics,
            settings=self.settings,
            values=values,
            candidates=self.offer(sql) if self.offer and offer else (),
            ground=self.kind,
        )

    def run(self, sql: str, values: tuple[tuple[int, str], ...] = ()) -> Explained:
        """Gives the plan of a statement with what a run counted.

        Raises the driver's error, CannotTry for what must not be run there.
        """
        try:
            return self.ground.run(Side(sql, values=values))
        finally:
            self.connection.rollback()

    def after(self, side: Side, *, run: bool) -> Explained:
        """Gives the plan of a changed side, run where it can be; see `run`."""
        try:
            return self.ground.run(side) if run else self.ground.plan(side)
        finally:
            self.connection.rollback()

    def prover(self) -> QueryProver:
        """Gives what proves claims about statements here."""
        return QueryProver(
            self.ground, self.target, self.words, self.major, self.scratch, untried=self.untried
        )


def of_rows(
    connection: Any,
    target: Target,
    words: str,
    major: int | None,
    kind: Kind = "scratch",
    beside: Any = None,
) -> Opened:
    """Gives a scratch database with rows as a ground; what is done there is rolled back.

    `beside` is that database, where its server can hold an empty one beside it.
    """
    schema = dialects.get(target.dialect).catalog.read_schema(connection)
    connection.rollback()
    if target.dialect in MYSQL:
        return _of_mysql(connection, schema, target, words, major, kind, beside)
    if target.dialect == "sqlite":
        ground: Ground = on_sqlite.Rows(connection, words)
        found = Opened(ground, schema, target, words, major, kind, scratch=lambda: connection)
        found.offer = _rolled_back(
            connection, lambda sql: offered.of_sqlite(connection, schema, sql)
        )
        return found
    from dbwright.dialects.postgresql import session_settings, twin_statistics

    statistics = twin_statistics.read(connection)
    settings = session_settings.read(connection)
    connection.rollback()
    ground = on_postgresql.Rows(connection, words, disposable=kind == "scratch")
    found = Opened(
        ground, schema, target, words, major, kind, statistics, settings=settings,
        scratch=lambda: connection,
    )  # fmt: skip
    found.offer = _rolled_back(connection, lambda sql: offered.of_postgresql(connection, sql))
    return found


def _of_mysql(
    connection: Any,
    schema: Schema,
    target: Target,
    words: str,
    major: int | None,
    kind: Kind,
    beside: Any,
) -> Opened:
    """A scratch database; where its kind is "live" it stands behind the user's own."""
    from dbwright.scratch.mysql_schema import emptied
    from dbwright.verify.queries import mysql as on_mysql
    from dbwright.verify.queries import offered_mysql

    connection.user_session()  # statements are the user's from here on, in the server's own modes
    ground = on_mysql.Rows(connection, words, runs=kind == "scratch")
    scratch = functools.cache(lambda: emptied(beside, schema)) if beside else lambda: connection
    found = Opened(ground, schema, target, words, major, kind, scratch=scratch)
    found.offer = _rolled_back(
        connection, lambda sql: offered_mysql.of_mysql(connection, Query(sql, schema, target))
    )
    return found


def named_tables(schema: Schema, statements: Sequence[str]) -> list[str]:
    """Gives the keys of the tables that statements may name."""
    words = {
        word.strip('"(),;`').rpartition(".")[2].strip("`").lower()
        for sql in statements
        for word in sql.split()
    }
    return [table.key for table in schema.tables if table.name.lower() in words]


@contextlib.contextmanager
def on_clone(url: str, source: str | None) -> Iterator[Ground]:
    """Gives the clone that a URL names as a ground; see `opened_clone` for what it refuses."""
    with opened_clone(url, source) as clone:
        yield on_postgresql.Rows(clone.connection, f"a clone, {clone.server}")


def _rolled_back(connection: Any, offer: Offer) -> Offer:
    def offer_and_roll_back(sql: str) -> tuple[Candidate, ...]:
        try:
            return offer(sql)
        finally:
            connection.rollback()

    return offer_and_roll_back
