"""A copy of somebody's SQLite file: the whole of it, or its schema with a part of its rows.

The file is only read, and not longer than the copy takes; the copy stands in a folder of its own
that is removed.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dbwright.core.schema import Schema, Table
from dbwright.dialects.sqlite import catalog
from dbwright.dialects.sqlite.indexes import rowid
from dbwright.dialects.sqlite.quoting import quoted

MEGABYTES = 64
"""How much of a file is copied unasked."""
SMALL = 10_000
"""A table of so many rows is taken whole."""
_ROUNDS = 4
"""How often rows that others refer to are taken along."""
_DAMAGE = ("*** in database", "Tree ", "Page ", "Main freelist", "Freelist", "database disk image")


class Damaged(Exception):
    """The file cannot be read to its end."""


@dataclass
class Copy:
    """A copy and how much of the file it is.

    `whole` says that it has all rows; `share` has the part of each table's rows that was taken.
    `analyzed` says that the file has statistics, `bytes` are the file's. `told` has a
    sentence for each thing that it lacks.
    """

    connection: sqlite3.Connection
    schema: Schema
    whole: bool
    bytes: int
    analyzed: bool
    share: dict[str, float] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)


@contextlib.contextmanager
def copied(source: sqlite3.Connection, megabytes: int) -> Iterator[Copy]:
    """Gives a copy of the file that a connection reads, of at most so many megabytes of rows.

    Raises Damaged where the file is.
    """
    schema = catalog.read_schema(source)
    pages, free, size = (
        int(source.execute(f"pragma {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    with tempfile.TemporaryDirectory(prefix="dbwright-", ignore_cleanup_errors=True) as folder:
        path = Path(folder, "copy.sqlite")
        target = sqlite3.connect(path.as_uri(), uri=True, isolation_level=None)
        target.text_factory = lambda text: text.decode(errors="replace")
        try:
            whole = pages * size <= megabytes * 1_000_000
            copy = Copy(target, schema, whole, (pages - free) * size, is_analyzed(source))
            try:
                _fill(source, copy, size, megabytes * 1_000_000)
            except sqlite3.DatabaseError as error:
                raise Damaged(str(error)) from error
            yield copy
        finally:
            target.close()


def is_analyzed(connection: sqlite3.Connection) -> bool:
    """Whether ANALYZE has ever left statistics."""
    if not _has(connection, "sqlite_stat1"):
        return False
    return connection.execute("select 1 from sqlite_stat1 limit 1").fetchone() is not None


def _fill(source: sqlite3.Connection, copy: Copy, size: int, most: int) -> None:
    target = copy.connection
    if copy.whole:
        source.backup(target)
        target.execute("pragma journal_mode = memory")
        _check(target)
    else:
        target.execute(f"pragma page_size = {size}")
        target.execute("pragma journal_mode = memory")
        _Sample(source, copy, most).take()
    target.execute("pragma synchronous = off")


def analyze(copy: Copy) -> None:
    """Makes statistics on the copy, of all tables that can be read."""
    try:
        copy.connection.execute("analyze")
    except sqlite3.OperationalError:
        for table in copy.schema.tables:
            with contextlib.suppress(sqlite3.OperationalError):
                copy.connection.execute(f"analyze {quoted(table.name)}")


def _check(target: sqlite3.Connection) -> None:
    texts = []
    with contextlib.suppress(sqlite3.OperationalError):  # what lacks a function is not damaged
        texts = target.execute("pragma quick_check(20)").fetchall()
    for (text,) in texts:
        if str(text).startswith(_DAMAGE):
            raise Damaged(" ".join(str(text).split()))


class _Sample:
    """The schema with rows at even distances, and those that they refer to."""

    def __init__(self, source: sqlite3.Connection, copy: Copy, most: int) -> None:
        self.source, self.copy, self.target = source, copy, copy.connection
        self.part = min(1.0, most / max(1, copy.bytes))
        self.made: list[Table] = []
        self.rows: dict[str, int] = {}

    def take(self) -> None:
        """Makes the tables, takes the rows, then makes indexes, views and triggers."""
        objects = self.source.execute(
            "select type, name, sql from sqlite_master where sql is not null order by rowid"
        ).fetchall()
        tables = {each.name: each for each in self.copy.schema.tables if each.kind == "table"}
        for kind, name, sql in objects:
            if kind == "table" and name in tables and self._made(name, sql):
                self.made.append(tables[name])
        self._attached()
        for kind, name, sql in objects:
            if kind != "table":
                self._made(name, sql)
        self._statistics()

    def _attached(self) -> None:
        """Takes the rows, database to database: texts that are not UTF-8 stay what they are."""
        file = next(row[2] for row in self.source.execute("pragma database_list"))
        self.target.execute("attach ? as source", (f"{Path(file).as_uri()}?mode=ro",))
        self.target.execute("pragma ignore_check_constraints = on")
        self.target.execute("begin")
        for table in self.made:
            if "definition" in table.info:
                self.copy.told.append(f"the rows of the virtual table {table.name}")
                continue
            try:
                self._rows(table)
            except sqlite3.OperationalError as error:
                self.copy.told.append(f"the rows of {table.name}: {error}")
        self._referred()
        for name, count in self.rows.items():
            sql = f"select count(*) from main.{quoted(name)}"
            taken = int(self.target.execute(sql).fetchone()[0])
            self.copy.share[name] = max(taken, 1) / count if count else 1.0
        self.target.execute("commit")
        self.target.execute("detach source")
        self.target.execute("pragma ignore_check_constraints = off")

    def _made(self, name: str, sql: str) -> bool:
        if name.startswith("sqlite_"):
            return False
        try:
            self.target.execute(sql)
        except sqlite3.OperationalError as error:
            self.copy.told.append(f"{name}: it cannot be made again ({error})")
            return False
        return True

    def _columns(self, table: Table) -> list[str]:
        return [each.name for each in table.columns if each.computed is None]

    def _rows(self, table: Table) -> None:
        """Takes rows at even distances, all of a small table."""
        columns = ", ".join(quoted(each) for each in self._columns(table))
        name = quoted(table.name)
        count = int(self.target.execute(f"select count(*) from source.{name}").fetchone()[0])
        step = 1 if count <= SMALL else math.ceil(1 / self.part)
        number = rowid(table)
        rows = f"source.{name} where {quoted(number or '')} % {step} = 0"
        if number is None:
            numbered = f"select *, row_number() over () as dbwright_n from source.{name}"
            rows = f"({numbered}) where dbwright_n % {step} = 0"
        self.target.execute(
            f"insert or ignore into main.{name} ({columns}) select {columns} from {rows}"
        )
        self.rows[table.name] = count

    def _referred(self) -> None:
        tables = {each.name.lower(): each for each in self.made}
        for _ in range(_ROUNDS):
            before = self.target.total_changes
            for table in self.made:
                for key in table.foreign_keys:
                    parent = tables.get(key.referred_table.lower())
                    if parent is not None and len(key.columns) == len(key.referred_columns) == 1:
                        self._parents(table, key.columns[0], parent, key.referred_columns[0])
            if self.target.total_changes == before:
                return

    def _parents(self, table: Table, column: str, parent: Table, referred: str) -> None:
        columns = ", ".join(quoted(each) for each in self._columns(parent))
        name, key, other = quoted(parent.name), quoted(column), quoted(referred)
        missing = (
            f"select {key} from main.{quoted(table.name)} where {key} is not null and {key} "
            f"not in (select {other} from main.{name} where {other} is not null)"
        )
        self.target.execute(
            f"insert or ignore into main.{name} ({columns}) "
            f"select {columns} from source.{name} where {other} in ({missing})"
        )

    def _statistics(self) -> None:
        """Copies what ANALYZE has written, where the library can write it."""
        self.target.execute("analyze sqlite_master")
        for name in ("sqlite_stat1", "sqlite_stat4"):
            here = _has(self.target, name)
            if not _has(self.source, name):
                continue
            if not here:
                self.copy.told.append(f"{name}: this library of SQLite does not use it")
                continue
            rows = self.source.execute(f"select * from {name}").fetchall()
            self.target.execute(f"delete from {name}")
            if rows:
                marks = ", ".join("?" for _ in rows[0])
                self.target.executemany(f"insert into {name} values ({marks})", rows)
        self.target.execute("analyze sqlite_master")


def _has(connection: sqlite3.Connection, name: str) -> bool:
    sql = "select 1 from sqlite_master where name = ?"
    return connection.execute(sql, (name,)).fetchone() is not None
