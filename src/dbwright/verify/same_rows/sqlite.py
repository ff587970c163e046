"""The tester's SQLite: one transaction, a savepoint for each database, never a commit."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dbwright.core.same_rows import Answer, Row
from dbwright.dialects.sqlite import query_parts, types
from dbwright.scratch.adversarial.instance import Instance, NewRow, Values
from dbwright.scratch.rows_write import quote_name
from dbwright.verify.same_rows.bench import CUT, Unfit
from dbwright.verify.same_rows.driver import DriverBench

_SECONDS = 2.0
_STEPS = 100_000
_CHANGING = frozenset(
    ("random", "randomblob", "rand", "changes", "total_changes", "last_insert_rowid")
)
_FAMILIES: dict[type, str] = {int: "integer", float: "numeric", str: "text", bytes: "bytes"}


class SqliteBench(DriverBench):
    """Small databases on one connection; its transaction is rolled back."""

    error = sqlite3.Error
    types = types
    query_parts = query_parts
    changing = _CHANGING
    families = _FAMILIES

    @contextlib.contextmanager
    def opened(self, tables: Iterable[str]) -> Iterator[None]:
        """Empties these tables for the time of the block. Raises Unfit."""
        if self.connection.in_transaction:
            raise Unfit("the connection is inside of a transaction")
        level, self.connection.isolation_level = self.connection.isolation_level, None
        (enforced,) = self._row("pragma foreign_keys")
        self.connection.execute("pragma foreign_keys = on")
        self.connection.execute("begin")
        try:
            self._empty(set(tables))
            self.connection.execute("savepoint dbw_one")
            yield
        finally:
            self.connection.execute("rollback")
            self.connection.execute("pragma reverse_unordered_selects = off")
            self.connection.execute(f"pragma foreign_keys = {enforced}")
            self.connection.isolation_level = level

    def answer(self, sql: str, parameters: Sequence[str | None] = ()) -> Answer:
        """Runs a query on the rows that are placed."""
        end = time.monotonic() + _SECONDS
        self.connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            cursor = self.connection.execute(sql, tuple(parameters))
            rows = cursor.fetchall()
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            return Answer(error=str(error), code=_code(error))
        finally:
            self.connection.set_progress_handler(None, 0)
        names = tuple(column[0] for column in cursor.description)
        return Answer(names, (), tuple(tuple(_shown(value) for value in row) for row in rows))

    def otherwise(self) -> Iterator[Mapping[str, str]]:
        """Gives settings under which the same query may be run another way."""
        yield from ({}, {"reverse_unordered_selects": "on"})

    def rows(self, table: str, columns: Sequence[str]) -> tuple[Row, ...]:
        """Gives the rows of a table as they stand."""
        names = ", ".join(map(quote_name, columns))
        found = self.connection.execute(f"select {names} from {quote_name(table)} order by 1")
        return tuple(tuple(_shown(value) for value in row) for row in found)

    def texts(self, table: str, columns: Sequence[str]) -> list[Values]:
        """Gives the rows of a table as rows to insert have them."""
        names = ", ".join(map(quote_name, columns)) or "1"
        found = self.connection.execute(f"select {names} from {quote_name(table)}")
        return [dict(zip(columns, map(_plain, row), strict=False)) for row in found]

    def settings(self, number: int) -> Mapping[str, str]:
        """Gives the session's settings for the database of that number."""
        return {"reverse_unordered_selects": "on"} if number % 5 == 4 else {}

    def statement(self, row: NewRow) -> str:
        """Gives the INSERT of a row."""
        if not row.values:
            return f"insert into {quote_name(row.table)} default values"
        return super().statement(row)

    def _start(self, instance: Instance) -> None:
        super()._start(instance)
        self.connection.execute(f"pragma defer_foreign_keys = {int(self.defers)}")
        reverse = instance.settings.get("reverse_unordered_selects", "off")
        self.connection.execute(f"pragma reverse_unordered_selects = {reverse}")

    def _is_broken(self) -> bool:
        return bool(self._row("pragma foreign_key_check"))

    def _empty(self, wanted: set[str]) -> None:
        self.connection.execute("pragma defer_foreign_keys = on")
        super()._empty(wanted)


def _plain(value: object) -> str | None:
    if value is None:
        return None
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


def _shown(value: object) -> str | None:
    """Gives a value so that 1, 1.0 and '1' differ."""
    if value is None:
        return None
    return value if isinstance(value, str) and not _numeric(value) else repr(value)


def _numeric(text: str) -> bool:
    return text[:1] in "0123456789-.+'b" or text == ""


def _code(error: Exception) -> str:
    text = str(error)
    if "interrupted" in text:
        return CUT
    wrong = ("no such", "syntax error", "ambiguous", "misuse", "incomplete", "wrong number")
    return "42000" if any(word in text for word in wrong) else "22000"
