"""SQLite as a ground: statements run as they are and after a change, their steps counted.

A step is an instruction of SQLite's virtual machine, so that the figures are the same on each
machine: https://www.sqlite.org/opcode.html
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence

from dbwright.core.explained import Explained
from dbwright.dialects.sqlite import explain
from dbwright.verify.queries.ground import CannotTry, Compared, Side, described, used

_EACH = 100
_MOST = 200_000_000
"""After so many steps a run is broken off."""


class Rows:
    """A file with rows, on one connection whose transaction is rolled back after each try."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        words: str,
        *,
        writable: bool = True,
        runs: bool = True,
    ) -> None:
        self.connection, self.words, self.writable, self.runs = connection, words, writable, runs

    def changed(self, setup: Sequence[str]) -> contextlib.AbstractContextManager[None]:
        """Gives a transaction in which these statements were run; it is rolled back at its end."""
        return self._standing(Side("", tuple(setup)))

    def plan(self, side: Side) -> Explained:
        """Gives the plan of a side; raises sqlite3.Error or CannotTry."""
        with self._standing(side):
            return Explained(explain.plan(self.connection, side.sql), "sqlite")

    def run(self, side: Side) -> Explained:
        """Gives the plan of a side: SQLite counts nothing by node."""
        return self.plan(side)

    def compare(self, before: Side, after: Side) -> Compared:
        """Gives the steps of two sides; raises sqlite3.Error or CannotTry."""
        if not self.runs:
            raise CannotTry("SQLite estimates no cost, and nothing is run here")
        if not self.writable and (before.setup or after.setup):
            raise CannotTry("nothing is changed in a file that is only read")
        with self._standing(before):
            first = self._steps(before.sql)
        with self._standing(after):
            second = self._steps(after.sql)
            indexes = used(explain.plan(self.connection, after.sql))
        words = described(first, second, "steps of SQLite's machine")
        return Compared(float(first), float(second), "steps", first > second, words, indexes)

    def _steps(self, sql: str) -> int:
        count = 0

        def progress() -> int:
            nonlocal count
            count += _EACH
            return int(count > _MOST)

        cursor = self.connection.cursor()
        self.connection.set_progress_handler(progress, _EACH)
        try:
            for _ in cursor.execute(sql):
                pass
        except sqlite3.OperationalError:
            if count <= _MOST:
                raise
        finally:
            self.connection.set_progress_handler(None, 0)
        return max(count, _EACH)

    @contextlib.contextmanager
    def _standing(self, side: Side) -> Iterator[None]:
        if side.settings:
            raise CannotTry("SQLite has no such setting")
        cursor = self.connection.cursor()
        cursor.execute("savepoint dbwright_tried")
        try:
            for step in side.setup:
                cursor.execute(step)
            yield
        finally:
            cursor.execute("rollback to savepoint dbwright_tried")
            cursor.execute("release savepoint dbwright_tried")
