"""The tester's MySQL and MariaDB: a savepoint for each small database, never a commit."""

from __future__ import annotations

import contextlib
import datetime
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pymysql
from pymysql.constants import FIELD_TYPE

from dbwright.core.query_parts import QueryParts
from dbwright.core.same_rows import Answer, Row
from dbwright.core.schema import Schema, Table
from dbwright.dialects.mysql import query_parts, server, types
from dbwright.dialects.mysql.errors import sqlstate
from dbwright.dialects.mysql.explain import is_maria
from dbwright.scratch.adversarial.instance import Instance, NewRow
from dbwright.scratch.rows_order import groups
from dbwright.scratch.rows_values import quoted
from dbwright.scratch.rows_write import quote_name
from dbwright.verify.same_rows.bench import CUT, Unfit

_SECONDS = 2
_TOO_LONG = (1317, 1969, 3024)
_UNSTEADY = """
    rand uuid uuid_short sysdate last_insert_id connection_id found_rows row_count sleep benchmark
    get_lock release_lock
"""
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "float")
_CASTS = {
    "timestamp": "datetime(6)",
    "timestamptz": "datetime(6)",
    "date": "date",
    "time": "time(6)",
}
_FAMILIES: dict[type, str] = {
    int: "integer",
    float: "float",
    Decimal: "numeric",
    str: "text",
    bytes: "bytes",
    datetime.datetime: "timestamp",
    datetime.date: "date",
    datetime.timedelta: "time",
}
_ALIKE = (
    ("number", ("TINY", "SHORT", "LONG", "LONGLONG", "INT24", "YEAR", "BIT")),
    ("decimal", ("DECIMAL", "NEWDECIMAL")),
    ("float", ("FLOAT", "DOUBLE")),
    ("text", ("VARCHAR", "VAR_STRING", "STRING", "BLOB", "TINY_BLOB", "MEDIUM_BLOB", "LONG_BLOB")),
)
_TYPES = {getattr(FIELD_TYPE, name): word for word, names in _ALIKE for name in names}
"""Types of a result by the word for what a program gets of them."""


class MysqlBench:
    """Small databases on one connection; its transaction is rolled back."""

    def __init__(self, connection: Any, schema: Schema) -> None:
        self.connection = connection
        self.schema = schema
        self.held: frozenset[str] = frozenset()
        self.refreshed: tuple[str, ...] = ()
        self.defers = False
        self.zones: tuple[str, ...] = ()
        self.ahead: tuple[str, ...] = ()
        self._mode = self._own = self._application = ""

    @contextlib.contextmanager
    def opened(self, tables: Iterable[str]) -> Iterator[None]:
        """Empties these tables for the time of the block. Raises Unfit."""
        self.connection.rollback()
        limit = "max_statement_time" if is_maria(self.connection) else "max_execution_time"
        most = _SECONDS if is_maria(self.connection) else _SECONDS * 1000
        (before, modes, self._application) = self._row(
            f"select @@session.{limit}, @@sql_mode, @@global.sql_mode"
        )
        self._own = f"{self._application},{server.OWN_MODES}"
        self.connection.execute(f"set session {limit} = {most}")
        try:
            self._in(self._own)
            self._empty(set(tables))
            self.connection.execute("savepoint dbw_one")
            yield
        finally:
            self.connection.rollback()
            self._in(modes)
            self.connection.execute(f"set session {limit} = {before}")

    def unsteady(self, functions: Sequence[str]) -> list[str]:
        """Gives those of the functions that return something else each time."""
        return [name for name in functions if name in _UNSTEADY.split()]

    def values(self, expressions: Sequence[str]) -> list[tuple[str, str] | None]:
        """Gives each constant's value as text with the family of its type, None for none."""
        return [self._value(expression) for expression in expressions]

    def takes(
        self, texts: Sequence[str], type_: str, column: str, checks: Sequence[str]
    ) -> set[str]:
        """Gives the texts that meet the checks of their column."""
        rows = [{column: text} for text in texts]
        held = self.meets(rows, {column: type_}, checks)
        return {text for text, holds in zip(texts, held, strict=True) if holds}

    def meets(
        self,
        rows: Sequence[Mapping[str, str | None]],
        types: Mapping[str, str],
        checks: Sequence[str],
    ) -> list[bool]:
        """Says of each row whether its values are of their types and meet the checks."""
        where = "".join(f" and ({check}) is not false" for check in checks)
        return [self._meets(row, types, where) for row in rows]

    def place(self, instance: Instance) -> bool:
        """Has the database hold just these rows, less those that a constraint refuses."""
        return any(self.placed(instance)) or not instance.rows

    def placed(self, instance: Instance) -> list[bool]:
        """Does as `place`, row by row; says of each row whether it stands."""
        self._start()
        stood: list[bool] = []
        for _, alike in itertools.groupby(instance.rows, lambda row: (row.table, list(row.values))):
            stood += self._inserted(list(alike))
        for row in instance.rows:
            self._link(row)
        there = zip(instance.rows, stood, strict=True)
        self.held = frozenset(row.table for row, stands in there if stands)
        return stood

    def answer(self, sql: str, parameters: Sequence[str | None] = ()) -> Answer:
        """Runs a query on the rows that are placed."""
        self._in(self._application)
        try:
            cursor = self.connection.execute(sql)
            rows = cursor.fetchall()
        except pymysql.err.Error as error:
            number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
            code = CUT if number in _TOO_LONG else sqlstate(number)
            return Answer(error=str(error.args[-1]), code=code)
        described = cursor.description
        return Answer(
            tuple(_named(column[0]) for column in described),
            tuple(_TYPES.get(column[1], str(column[1])) for column in described),
            tuple(tuple(_shown(value) for value in row) for row in rows),
        )

    def otherwise(self) -> Iterator[Mapping[str, str]]:
        """Gives settings under which the same query may be run another way: none is tried."""
        yield {}

    def rows(self, table: str, columns: Sequence[str]) -> tuple[Row, ...]:
        """Gives the rows of a table as they stand."""
        self._in(self._own)
        names = ", ".join(map(quote_name, columns))
        found = self.connection.execute(f"select {names} from {quote_name(table)} order by 1")
        return tuple(tuple(_shown(value) for value in row) for row in found.fetchall())

    def texts(self, table: str, columns: Sequence[str]) -> list[dict[str, str | None]]:
        """Gives the rows of a table as rows to insert have them."""
        return [dict(zip(columns, row, strict=True)) for row in self.rows(table, columns)]

    def settings(self, number: int) -> Mapping[str, str]:
        """Gives the session's settings for the database of that number: none."""
        return {}

    def ranked(
        self, sql: str, parts: QueryParts, names: tuple[str, ...], whole: bool
    ) -> str | None:
        """Gives the query with each row's rank by its ORDER BY behind it, where that can be."""
        return query_parts.ranked(sql, parts.keys, names, whole=whole)

    def below(self, schema: Schema, key: str) -> Iterable[str]:
        """Gives nothing: no table here shows another's rows."""
        return ()

    def refusal(self, row: NewRow) -> str | None:
        """Gives why the database refuses a row where it is to stand alone, None where it stands."""
        self._start()
        try:
            self.connection.execute(self.statement(row))
        except pymysql.err.Error as error:
            return str(error.args[-1])
        return None

    def leaves(self, key: str) -> list[str]:
        """Gives nothing: a partition is no table here."""
        return []

    def parameter_types(self, sql: str) -> list[str]:
        """Gives nothing: a query with placeholders has values in their place."""
        return []

    def statement(self, row: NewRow) -> str:
        """Gives the INSERT of a row."""
        return self._insert([row])

    def _insert(self, rows: Sequence[NewRow]) -> str:
        """Gives the INSERT of rows of one table with the same columns."""
        first = rows[0]
        table = self.schema.table(first.table)
        assert table is not None
        names = ", ".join(map(quote_name, first.values))
        values = ", ".join(
            f"({', '.join(_of(table, name, value) for name, value in row.values.items())})"
            for row in rows
        )
        return f"insert into {quote_name(first.table)} ({names}) values {values}"

    def _inserted(self, rows: Sequence[NewRow]) -> list[bool]:
        """Inserts rows at once, since each question takes its time; else one by one."""
        if len(rows) > 1 and self._put(self._insert(rows)):
            return [True] * len(rows)
        return [self._put(self._insert([row])) for row in rows]

    def _start(self) -> None:
        self._in(self._own)
        self.connection.execute("rollback to savepoint dbw_one")

    def _in(self, modes: str) -> None:
        """Has the session read texts and names in a mode: our own, or an application's."""
        if self._mode != modes:
            self.connection.execute("set sql_mode = %s", [modes])
            self._mode = modes

    def _meets(self, row: Mapping[str, str | None], of: Mapping[str, str], where: str) -> bool:
        values = ", ".join(
            f"{_cast(row[name], types.family(type_))} as {quote_name(name)}"
            for name, type_ in of.items()
        )
        self._in(self._own)
        try:
            found = self._row(f"select 1 from (select {values}) as dbw where true{where}")
        except pymysql.err.Error:
            return False
        return bool(found)

    def _put(self, statement: str) -> bool:
        try:
            self.connection.execute(statement)
        except pymysql.err.Error:
            return False
        return True

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
        todo = list(wanted)
        while todo:
            more = {owner.key for owner, _ in self.schema.referring(todo.pop())} - wanted
            wanted |= more
            todo += more
        tables = [t for t in self.schema.tables if t.key in wanted and t.kind == "table"]
        ordered = (group.tables for group in groups(self.schema, tables)[::-1])
        for table in itertools.chain(*ordered):
            try:
                self.connection.execute(f"delete from {quote_name(table.name)}")
            except pymysql.err.Error as error:
                raise Unfit(f"{table.key} could not be emptied: {error.args[-1]}") from error

    def _value(self, expression: str) -> tuple[str, str] | None:
        self._in(self._application)
        try:
            row = self._row(f"select {expression}")
        except pymysql.err.Error:
            return None
        value = row[0] if row else None
        if value is None or type(value) not in _FAMILIES:
            return None
        return value.hex() if isinstance(value, bytes) else str(value), _FAMILIES[type(value)]

    def _row(self, sql: str) -> tuple[Any, ...]:
        return tuple(self.connection.execute(sql).fetchone() or ())


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


def _cast(value: str | None, family: str) -> str:
    kind = _CASTS.get(family)
    text = _literal(value, family)
    return f"cast({text} as {kind})" if kind else text


def _named(name: str) -> str:
    """Gives a column's name; without one it has its expression's text, however that is spaced."""
    return "".join(name.replace("`", "").split()).lower()


def _shown(value: object) -> str | None:
    if value is None:
        return None
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
