"""The tester's SQLite: one transaction, a savepoint for each database, never a commit."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dbwright.core.query_parts import QueryParts
from dbwright.core.same_rows import Answer, Row
from dbwright.core.schema import Schema, Table
from dbwright.dialects.sqlite import query_parts, types
from dbwright.scratch.adversarial.instance import Instance, NewRow, Values
from dbwright.scratch.rows_order import groups
from dbwright.scratch.rows_values import quoted
from dbwright.scratch.rows_write import quote_name
from dbwright.verify.same_rows.bench import CUT, Unfit

_SECONDS = 2.0
_STEPS = 100_000
_UNSTEADY = ("random", "randomblob", "rand", "changes", "total_changes", "last_insert_rowid")
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "float")
_FAMILIES: dict[type, str] = {int: "integer", float: "numeric", str: "text", bytes: "bytes"}


class SqliteBench:
    """Small databases on one connection; its transaction is rolled back."""

    def __init__(self, connection: sqlite3.Connection, schema: Schema) -> None:
        self.connection = connection
        self.schema = schema
        self.held: frozenset[str] = frozenset()
        self.refreshed: tuple[str, ...] = ()
        self.defers = False
        self.zones: tuple[str, ...] = ()
        self.ahead: tuple[str, ...] = ()

    @contextlib.contextmanager
    def opened(self, tables: Iterable[str]) -> Iterator[None]:
        """Empties these tables for the time of the block. Raises Unfit."""
        if self.connection.in_transaction:
            raise Unfit("the connection is inside of a transaction")
        level, self.connection.isolation_level = self.connection.isolation_level, None
        enforced = self._one("pragma foreign_keys")
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

    def unsteady(self, functions: Sequence[str]) -> list[str]:
        """Gives those of the functions that return something else each time."""
        return [name for name in functions if name in _UNSTEADY]

    def values(self, expressions: Sequence[str]) -> list[tuple[str, str] | None]:
        """Gives each constant's value as text with the family of its type, None for none."""
        return [self._value(expression) for expression in expressions]

    def takes(
        self, texts: Sequence[str], type_: str, column: str, checks: Sequence[str]
    ) -> set[str]:
        """Gives the texts that meet the checks of their column; SQLite has no values of types."""
        rows: list[Values] = [{column: text} for text in texts]
        held = self.meets(rows, {column: type_}, checks)
        return {text for text, holds in zip(texts, held, strict=True) if holds}

    def meets(
        self, rows: Sequence[Values], of: Mapping[str, str], checks: Sequence[str]
    ) -> list[bool]:
        """Says of each row whether its values meet the checks; SQLite has no values of types."""
        where = "".join(f" and ({check}) is not false" for check in checks)
        return [self._meets(row, of, where) for row in rows]

    def place(self, instance: Instance) -> bool:
        """Has the database hold just these rows, less those that a constraint refuses."""
        return any(self.placed(instance)) or not instance.rows

    def placed(self, instance: Instance) -> list[bool]:
        """Does as `place`, row by row; says of each row whether it stands."""
        self._start(instance)
        stood = [self._put(self.statement(row)) for row in instance.rows]
        for row in instance.rows:
            self._link(row)
        if self.connection.execute("pragma foreign_key_check").fetchone():
            self._start(instance)
            stood = [False] * len(stood)
        there = zip(instance.rows, stood, strict=True)
        self.held = frozenset(row.table for row, stands in there if stands)
        return stood

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

    def ranked(
        self, sql: str, parts: QueryParts, names: tuple[str, ...], whole: bool
    ) -> str | None:
        """Gives the query with each row's rank by its ORDER BY behind it, where that can be."""
        return query_parts.ranked(sql, parts.keys, names, whole=whole)

    def below(self, schema: Schema, key: str) -> Iterable[str]:
        """Gives nothing: no table of SQLite shows another's rows."""
        return ()

    def refusal(self, row: NewRow) -> str | None:
        """Gives why the database refuses a row where it is to stand alone, None where it stands."""
        self._start(Instance())
        try:
            self.connection.execute(self.statement(row))
        except sqlite3.Error as error:
            return str(error)
        return None

    def leaves(self, key: str) -> list[str]:
        """Gives nothing: SQLite has no partitions."""
        return []

    def parameter_types(self, sql: str) -> list[str]:
        """Gives the types of a query's parameters: SQLite has none."""
        return []

    def statement(self, row: NewRow) -> str:
        """Gives the INSERT of a row."""
        table = self.schema.table(row.table)
        assert table is not None
        if not row.values:
            return f"insert into {quote_name(row.table)} default values"
        names = ", ".join(map(quote_name, row.values))
        values = ", ".join(_of(table, name, value) for name, value in row.values.items())
        return f"insert into {quote_name(row.table)} ({names}) values ({values})"

    def _meets(self, row: Values, of: Mapping[str, str], where: str) -> bool:
        values = ", ".join(
            f"{_literal(row[name], types.family(type_))} as {quote_name(name)}"
            for name, type_ in of.items()
        )
        try:
            found = self.connection.execute(f"select 1 from (select {values}) where true{where}")
            return found.fetchone() is not None
        except sqlite3.Error:
            return False

    def _start(self, instance: Instance) -> None:
        self.connection.execute("rollback to dbw_one")
        self.connection.execute(f"pragma defer_foreign_keys = {int(self.defers)}")
        reverse = instance.settings.get("reverse_unordered_selects", "off")
        self.connection.execute(f"pragma reverse_unordered_selects = {reverse}")

    def _put(self, statement: str) -> bool:
        try:
            return self.connection.execute(statement).rowcount != 0
        except sqlite3.Error:
            return False

    def _link(self, row: NewRow) -> None:
        table = self.schema.table(row.table)
        if not row.later or table is None or table.primary_key is None:
            return
        sets = ", ".join(f"{quote_name(k)} = {_of(table, k, v)}" for k, v in row.later.items())
        key = " and ".join(
            f"{quote_name(c)} = {_of(table, c, row.values.get(c))}"
            for c in table.primary_key.columns
        )
        self._put(f"update {quote_name(row.table)} set {sets} where {key}")

    def _empty(self, wanted: set[str]) -> None:
        """Empties the tables and those that refer to them, children first."""
        self.connection.execute("pragma defer_foreign_keys = on")
        todo = list(wanted)
        while todo:
            more = {owner.key for owner, _ in self.schema.referring(todo.pop())} - wanted
            wanted |= more
            todo += more
        tables = [t for t in self.schema.tables if t.key in wanted and t.kind == "table"]
        for table in itertools.chain(
            *(group.tables for group in groups(self.schema, tables)[::-1])
        ):
            self.connection.execute(f"delete from {quote_name(table.name)}")

    def _value(self, expression: str) -> tuple[str, str] | None:
        try:
            value = self._one(f"select {expression}")
        except sqlite3.Error:
            return None
        if value is None:
            return None
        return value.hex() if isinstance(value, bytes) else str(value), _FAMILIES[type(value)]

    def _one(self, sql: str) -> object:
        row = self.connection.execute(sql).fetchone()
        return row[0] if row else None


def _of(table: Table, name: str, value: str | None) -> str:
    column = table.column(name)
    assert column is not None
    return _literal(value, types.family(column.type))


def _literal(value: str | None, family: str) -> str:
    if value is None:
        return "NULL"
    if family in _NUMBERS or family == "boolean":
        return value
    if family == "bytes" and value.startswith("\\x"):
        return f"X'{value[2:]}'"
    return quoted(value)


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
