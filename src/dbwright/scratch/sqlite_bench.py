"""Candidates on a copy of a SQLite file: really built, shown to the planner and hidden again.

A statement is run, its steps counted, and rolled back. A step is an instruction of SQLite's
virtual machine: https://www.sqlite.org/opcode.html
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from dbwright.core.candidate import Candidate
from dbwright.core.existing import ExistingIndex
from dbwright.core.plan import Node
from dbwright.dialects.sqlite import explain
from dbwright.dialects.sqlite.indexes import creation, read_indexes
from dbwright.dialects.sqlite.quoting import quoted
from dbwright.dialects.sqlite.reader import tokens, unquoted
from dbwright.scratch.sqlite_copy import Copy
from dbwright.scratch.sqlite_spread import Spread

_EACH = 10
"""Steps are counted by so many."""
MOST = 20_000_000
"""After so many steps a run is broken off, about two seconds."""
Names = frozenset[str]
_PLAIN = {
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_UPDATE,
    sqlite3.SQLITE_DELETE,
    sqlite3.SQLITE_SAVEPOINT,
    sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_RECURSIVE,
}
_BARRED = {"load_extension", "fts3_tokenizer", "writefile", "edit"}


@dataclass(frozen=True, slots=True)
class Run:
    """What a run took: its steps, the rows that it wrote, the candidates that its plan uses.

    `cut` says that it was broken off, so that the steps are the least that it takes.
    """

    steps: int
    rows: int
    used: Names
    cut: bool = False


@dataclass
class _Kept:
    """An index that is built: its row of the schema, its statistics, its bytes."""

    candidate: Candidate
    row: tuple[Any, ...]
    statistics: list[tuple[Any, ...]]
    bytes: int
    rows: float


class Bench:
    """The copy with its candidates."""

    def __init__(self, copy: Copy) -> None:
        self.copy, self.connection = copy, copy.connection
        self.kept: dict[str, _Kept] = {}
        self.standing: Names = frozenset()
        self.asked = 0
        self._runs: dict[str, Run] = {}
        self.size = int(self._one("pragma page_size"))
        self.existing = self._existing()

    def make(self, candidate: Candidate) -> str | None:
        """Builds a candidate and hides it; None where SQLite refuses it."""
        name = f"dbwright_{len(self.kept)}"
        before = self._pages()
        try:
            self.connection.execute(creation(candidate.named(name)))
        except sqlite3.OperationalError:
            return None
        with contextlib.suppress(sqlite3.OperationalError):
            self.connection.execute(f"analyze {name}")
        pages = max(1, self._pages() - before)
        sql = "select type, name, tbl_name, rootpage, sql from sqlite_master where name = ?"
        row = self.connection.execute(sql, (name,)).fetchone()
        statistics = self._statistics(name)
        rows = float(statistics[0][3].split()[0]) if statistics else 0.0
        share = self.copy.share.get(candidate.table, 1.0)
        if self.copy.analyzed and share < 1 and statistics:
            spread = Spread(self.connection, candidate, share)
            statistics = [("sqlite_stat1", candidate.table, name, spread.numbers())]
        size = int(pages * self.size / share)
        self.kept[name] = _Kept(candidate, row, statistics, size, rows)
        self.standing |= {name}
        self._hide({name})
        return name

    def stand(self, names: Iterable[str]) -> None:
        """Shows just these candidates to the planner."""
        wanted = frozenset(names)
        self._hide(self.standing - wanted)
        shown = [self.kept[each] for each in sorted(wanted - self.standing)]
        self._show([(each.row, each.statistics) for each in shown])
        self.standing = wanted

    @contextlib.contextmanager
    def without(self, index: str) -> Iterator[None]:
        """Hides an index that is there."""
        sql = "select type, name, tbl_name, rootpage, sql from sqlite_master where name = ?"
        row = self.connection.execute(sql, (index,)).fetchone()
        statistics = self._statistics(index)
        self._delete([index])
        try:
            yield
        finally:
            self._show([(row, statistics)])

    def described(self, names: Iterable[str]) -> dict[str, ExistingIndex]:
        """Gives candidates as indexes that are there."""
        standing, wanted = self.standing, frozenset(names)
        self.stand(wanted)
        found = {each.name: each for each in read_indexes(self.connection, self.copy.schema)}
        self.stand(standing)
        return {name: found[name] for name in wanted}

    def described_one(self, name: str) -> ExistingIndex:
        """Gives one candidate as an index that is there."""
        return self.described([name])[name]

    def rows(self, table: str) -> int:
        """Gives the rows that a table has on the copy."""
        return int(self._one(f"select count(*) from {quoted(table)}"))

    def columns(self, name: str) -> frozenset[str]:
        """Gives the columns that a candidate is made of."""
        candidate = self.kept[name].candidate
        texts = " ".join([*(key.expression for key in candidate.keys), candidate.where or ""])
        words = {unquoted(token.text).lower() for token in tokens(texts)}
        table = next(each for each in self.copy.schema.tables if each.name == candidate.table)
        return frozenset(each.name for each in table.columns if each.name.lower() in words)

    def plan(self, sql: str, values: Mapping[str, Any]) -> Node:
        """Gives a statement's plan with what stands."""
        self.asked += 1
        return explain.plan(self.connection, sql, values)

    def run(self, sql: str, values: Mapping[str, Any], *, writes: bool = False) -> Run:
        """Runs a statement with what stands, and takes it back.

        One that writes has foreign keys enforced, and takes what its indexes take. Raises
        sqlite3.Error for what SQLite refuses.
        """
        plan = self.plan(sql, values)
        shown = [node.name for node in plan.walk()]
        used = frozenset(name for detail in shown for name in _named(detail)) & self.standing
        known = repr((sql, sorted(values.items()), shown, sorted(self.standing) if writes else ()))
        if known not in self._runs:
            self._runs[known] = self._run(sql, values, used, writes)
        return self._runs[known]

    def _run(self, sql: str, values: Mapping[str, Any], used: Names, keys: bool) -> Run:
        count = 0

        def counted() -> bool:
            nonlocal count
            count += 1
            return count * _EACH >= MOST

        connection = self.connection
        connection.execute(f"pragma foreign_keys = {int(keys)}")
        connection.execute("savepoint dbwright")
        rows, cut = 0, False
        try:
            connection.set_authorizer(_allowed)
            connection.set_progress_handler(counted, _EACH)
            cursor = connection.execute(sql, values)
            for _ in cursor:
                pass
            rows = max(0, cursor.rowcount)
        except sqlite3.IntegrityError:
            rows = 1
        except sqlite3.OperationalError:
            cut = count * _EACH >= MOST
            if not cut:
                raise
        finally:
            connection.set_progress_handler(None, 0)
            connection.set_authorizer(None)
            if connection.in_transaction:
                connection.execute("rollback to dbwright")
                connection.execute("release dbwright")
            connection.execute("pragma foreign_keys = 0")
        return Run(max(_EACH, count * _EACH), rows, used, cut)

    # the shelf

    def _hide(self, names: Iterable[str]) -> None:
        several = sorted(names)
        if several:
            self._delete(several)
        self.standing -= frozenset(several)

    def _delete(self, names: list[str]) -> None:
        marks = ", ".join("?" for _ in names)
        with self._schema():
            self.connection.execute(f"delete from sqlite_master where name in ({marks})", names)
            for table in self._statistics_tables():
                self.connection.execute(f"delete from {table} where idx in ({marks})", names)

    def _show(self, several: list[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]) -> None:
        if not several:
            return
        with self._schema():
            for row, statistics in several:
                self.connection.execute("insert into sqlite_master values (?, ?, ?, ?, ?)", row)
                for table, *values in statistics:
                    marks = ", ".join("?" for _ in values)
                    self.connection.execute(f"insert into {table} values ({marks})", values)

    @contextlib.contextmanager
    def _schema(self) -> Iterator[None]:
        self.connection.execute("pragma writable_schema = on")
        self.connection.execute("begin")
        yield
        self.connection.execute("commit")
        self.connection.execute("pragma writable_schema = reset")

    def _statistics(self, name: str) -> list[tuple[Any, ...]]:
        return [
            (table, *row)
            for table in self._statistics_tables()
            for row in self.connection.execute(f"select * from {table} where idx = ?", (name,))
        ]

    def _statistics_tables(self) -> list[str]:
        sql = "select name from sqlite_master where name in ('sqlite_stat1', 'sqlite_stat4')"
        return sorted(row[0] for row in self.connection.execute(sql))

    def _existing(self) -> tuple[ExistingIndex, ...]:
        """Gives the indexes that are there, those that can go with their bytes."""
        return tuple(
            replace(each, bytes=self._bytes(each)) if each.is_free else each
            for each in read_indexes(self.connection, self.copy.schema)
        )

    def _bytes(self, index: ExistingIndex) -> int:
        """Gives an index's size: the pages that are free when it is dropped."""
        self.connection.execute("begin")
        try:
            before = int(self._one("pragma freelist_count"))
            self.connection.execute(f"drop index {quoted(index.name)}")
            pages = int(self._one("pragma freelist_count")) - before
        except sqlite3.OperationalError:
            return 0
        finally:
            self.connection.execute("rollback")
        return int(pages * self.size / self.copy.share.get(index.table, 1.0))

    def _pages(self) -> int:
        return int(self._one("pragma page_count")) - int(self._one("pragma freelist_count"))

    def _one(self, sql: str) -> Any:
        return self.connection.execute(sql).fetchone()[0]


def _named(detail: str) -> Iterator[str]:
    """Gives the words of a plan that may name an index: ours are one word, tables may be more."""
    words = detail.split()
    yield from (after for word, after in pairwise(words) if word == "INDEX")


def _allowed(action: int, first: str | None, second: str | None, *_: object) -> int:
    """Allows a statement to read and write rows, and nothing else."""
    if action == sqlite3.SQLITE_FUNCTION:
        barred = (second or "").lower() in _BARRED
        return sqlite3.SQLITE_DENY if barred else sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_DENY if second is not None else sqlite3.SQLITE_OK
    return sqlite3.SQLITE_OK if action in _PLAIN else sqlite3.SQLITE_DENY
