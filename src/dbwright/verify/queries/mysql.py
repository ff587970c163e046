"""MySQL and MariaDB as grounds: rows that a statement reads, as it is and after a change."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlglot import exp

from dbwright.core.explained import Explained
from dbwright.dialects.mysql import explain
from dbwright.dialects.mysql.counters import rows_read
from dbwright.dialects.mysql.trees import as_select
from dbwright.dialects.sqlglot_queries import tree_of
from dbwright.scratch.mysql_changes import changed
from dbwright.verify.queries.ground import CannotTry, Compared, Side, described, used

_SAVED = 100
"""Rows that a gain must save: fewer are nothing that anybody waits for."""
_UNIT = "rows read"


class Rows:
    """A scratch database with rows; what is changed there is taken back after each try.

    Without `runs` its times and counts stand for nothing: they are those of made-up rows, beside
    a database that is the user's.
    """

    writable = True

    def __init__(self, connection: Any, words: str, *, runs: bool = True) -> None:
        self.connection, self.words, self.runs = connection, words, runs

    def changed(self, setup: Sequence[str]) -> contextlib.AbstractContextManager[None]:
        """Gives a time in which these statements were run; they are taken back at its end."""
        return self._standing(Side("", tuple(setup)))

    def plan(self, side: Side) -> Explained:
        """Gives the plan of a side; raises pymysql.err.Error or CannotTry."""
        with self._standing(side):
            return explain.asked(self.connection, side.sql)

    def run(self, side: Side) -> Explained:
        """Gives the plan with what a run counted; raises the same."""
        if not self.runs:
            raise CannotTry("only a SELECT that locks nothing is run in your database")
        with self._standing(side):
            return explain.asked(self.connection, side.sql, run=explain.is_maria(self.connection))

    def compare(self, before: Side, after: Side) -> Compared:
        """Gives the rows that two sides read; raises the same."""
        with self._standing(before):
            first = rows_read(self.connection, before.sql)
        with self._standing(after):
            second = rows_read(self.connection, after.sql)
            indexes = used(explain.plan(self.connection, after.sql))
        return compared(first, second, indexes)

    def _standing(self, side: Side) -> contextlib.AbstractContextManager[None]:
        if side.settings:
            raise CannotTry("MySQL and MariaDB have no such setting")
        return changed(self.connection, side.setup)


class Live:
    """The user's database: plans in a transaction that only reads, and runs where they are asked.

    The plan of an UPDATE or DELETE is that of the SELECT of its rows: the server plans no write
    in such a transaction.
    """

    writable = False

    def __init__(self, connection: Any, words: str, *, runs: bool) -> None:
        self.connection, self.words, self.runs = connection, words, runs

    @contextlib.contextmanager
    def changed(self, setup: Sequence[str]) -> Iterator[None]:
        """Gives a transaction that is rolled back; nothing is changed here."""
        try:
            yield
        finally:
            self.connection.rollback()

    def plan(self, side: Side) -> Explained:
        """Gives the plan of a side; raises pymysql.err.Error or CannotTry."""
        if side.setup or side.settings:
            raise CannotTry("nothing is changed in a database that is only read")
        return self._asked(_read_only(side.sql), run=False)

    def run(self, side: Side) -> Explained:
        """Gives the plan of a SELECT with what a run counted; raises the same."""
        self._may_run(side)
        if not explain.is_maria(self.connection):
            raise CannotTry("what a run counts is read from MariaDB alone")
        return self._asked(side.sql, run=True)

    def compare(self, before: Side, after: Side) -> Compared:
        """Gives the rows that two SELECTs read; raises the same."""
        if before.setup or after.setup or before.settings or after.settings:
            raise CannotTry("nothing is changed in a database that is only read")
        for side in (before, after):
            self._may_run(side)
        try:
            first, second = (rows_read(self.connection, each.sql) for each in (before, after))
            indexes = used(explain.plan(self.connection, after.sql))
        finally:
            self.connection.rollback()
        return compared(first, second, indexes)

    def _may_run(self, side: Side) -> None:
        if not self.runs:
            raise CannotTry("nothing is run in your database without --run")
        tree = tree_of(side.sql, "mysql")
        if not isinstance(tree, exp.Query) or tree.find(exp.Lock):
            raise CannotTry("only a SELECT that locks nothing is run in your database")

    def _asked(self, sql: str, *, run: bool) -> Explained:
        try:
            return explain.asked(self.connection, sql, run=run)
        finally:
            self.connection.rollback()


def compared(first: int, second: int, indexes: tuple[str, ...]) -> Compared:
    """Gives what two sides read, in words."""
    words = described(first, second, _UNIT)
    return Compared(
        float(first), float(max(second, 1)), _UNIT, first - second >= _SAVED, words, indexes
    )


def _read_only(sql: str) -> str:
    tree = tree_of(sql, "mysql")
    if tree is None or isinstance(tree, exp.Query):
        return sql
    found = as_select(tree)
    if found is None:
        raise CannotTry("the server plans no write in a transaction that only reads")
    return str(found.sql("mysql"))
