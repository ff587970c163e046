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

from dbwright.core.same_rows import Answer, Row
from dbwright.core.schema import Schema
from dbwright.dialects.mysql import query_parts, server, types
from dbwright.dialects.mysql.errors import sqlstate
from dbwright.dialects.mysql.explain import is_maria
from dbwright.scratch.adversarial.instance import Instance, NewRow, Values
from dbwright.scratch.rows_write import quote_name
from dbwright.verify.same_rows.bench import CUT
from dbwright.verify.same_rows.driver import DriverBench, literal

_SECONDS = 2
_TOO_LONG = (1317, 1969, 3024)
_CHANGING = frozenset(
    {"rand", "uuid", "uuid_short", "sysdate", "last_insert_id", "connection_id", "found_rows"}
    | {"row_count", "sleep", "benchmark", "get_lock", "release_lock"}
)
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


class MysqlBench(DriverBench):
    """Small databases on one connection; its transaction is rolled back."""

    error = pymysql.err.Error
    types = types
    query_parts = query_parts
    changing = _CHANGING
    families = _FAMILIES

    def __init__(self, connection: Any, schema: Schema) -> None:
        super().__init__(connection, schema)
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

    def _inserted(self, rows: Sequence[NewRow]) -> list[bool]:
        """Inserts rows at once, since each question takes its time; else one by one."""
        if len(rows) > 1 and self._put(self._insert(rows)):
            return [True] * len(rows)
        return [self._put(self._insert([row])) for row in rows]

    def _fill(self, instance: Instance) -> list[bool]:
        stood: list[bool] = []
        for _, alike in itertools.groupby(instance.rows, lambda row: (row.table, list(row.values))):
            stood += self._inserted(list(alike))
        return stood

    def _start(self, instance: Instance) -> None:
        self._in(self._own)
        super()._start(instance)

    def _meets(self, row: Values, of: Mapping[str, str], where: str) -> bool:
        self._in(self._own)
        return super()._meets(row, of, where)

    def _cast(self, value: str | None, family: str) -> str:
        kind = _CASTS.get(family)
        text = literal(value, family)
        return f"cast({text} as {kind})" if kind else text

    def _in(self, modes: str) -> None:
        """Has the session read texts and names in a mode: our own, or an application's."""
        if self._mode != modes:
            self.connection.execute("set sql_mode = %s", [modes])
            self._mode = modes

    def _value(self, expression: str) -> tuple[str, str] | None:
        self._in(self._application)
        return super()._value(expression)


def _named(name: str) -> str:
    """Gives a column's name; without one it has its expression's text, however that is spaced."""
    return "".join(name.replace("`", "").split()).lower()


def _shown(value: object) -> str | None:
    if value is None:
        return None
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
