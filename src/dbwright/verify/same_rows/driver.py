"""What the testers of SQLite and MySQL have alike: statements with their values written in them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any

from dbwright.core.query_parts import QueryParts
from dbwright.core.schema import Schema, Table
from dbwright.scratch.adversarial.instance import Instance, NewRow, Values
from dbwright.scratch.rows_order import groups
from dbwright.scratch.rows_values import quoted
from dbwright.scratch.rows_write import quote_name
from dbwright.verify.same_rows.bench import Unfit

_NUMBERS = ("smallint", "integer", "bigint", "numeric", "float")


class DriverBench:
    """Small databases on one connection of a DB-API driver, whose errors are all `error`.

    `types` and `query_parts` are the dialect's modules, `changing` its functions that return
    something else each time, `families` what the driver's Python types stand for.
    """

    error: type[Exception] = Exception
    types: ModuleType
    query_parts: ModuleType
    changing: frozenset[str] = frozenset()
    families: Mapping[type, str] = {}

    def __init__(self, connection: Any, schema: Schema) -> None:
        self.connection = connection
        self.schema = schema
        self.held: frozenset[str] = frozenset()
        self.refreshed: tuple[str, ...] = ()
        self.defers = False
        self.zones: tuple[str, ...] = ()
        self.ahead: tuple[str, ...] = ()

    def unsteady(self, functions: Sequence[str]) -> list[str]:
        """Gives those of the functions that return something else each time."""
        return [name for name in functions if name in self.changing]

    def values(self, expressions: Sequence[str]) -> list[tuple[str, str] | None]:
        """Gives each constant's value as text with the family of its type, None for none."""
        return [self._value(expression) for expression in expressions]

    def takes(
        self, texts: Sequence[str], type_: str, column: str, checks: Sequence[str]
    ) -> set[str]:
        """Gives the texts that are values of the type and meet the checks of their column."""
        rows: list[Values] = [{column: text} for text in texts]
        held = self.meets(rows, {column: type_}, checks)
        return {text for text, holds in zip(texts, held, strict=True) if holds}

    def meets(
        self, rows: Sequence[Values], types: Mapping[str, str], checks: Sequence[str]
    ) -> list[bool]:
        """Says of each row whether its values are of their types and meet the checks."""
        where = "".join(f" and ({check}) is not false" for check in checks)
        return [self._meets(row, types, where) for row in rows]

    def place(self, instance: Instance) -> bool:
        """Has the database hold just these rows, less those that a constraint refuses."""
        return any(self.placed(instance)) or not instance.rows

    def placed(self, instance: Instance) -> list[bool]:
        """Does as `place`, row by row; says of each row whether it stands."""
        self._start(instance)
        stood = self._fill(instance)
        for row in instance.rows:
            self._link(row)
        if self._is_broken():
            self._start(instance)
            stood = [False] * len(stood)
        there = zip(instance.rows, stood, strict=True)
        self.held = frozenset(row.table for row, stands in there if stands)
        return stood

    def ranked(
        self, sql: str, parts: QueryParts, names: tuple[str, ...], whole: bool
    ) -> str | None:
        """Gives the query with each row's rank by its ORDER BY behind it, where that can be."""
        found: str | None = self.query_parts.ranked(sql, parts.keys, names, whole=whole)
        return found

    def below(self, schema: Schema, key: str) -> Iterable[str]:
        """Gives nothing: no table here shows another's rows."""
        return ()

    def refusal(self, row: NewRow) -> str | None:
        """Gives why the database refuses a row where it is to stand alone, None where it stands."""
        self._start(Instance())
        try:
            self.connection.execute(self.statement(row))
        except self.error as error:
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
        """Gives the INSERT of rows of one table with the same columns, of which there are some."""
        first = rows[0]
        table = self.schema.table(first.table)
        assert table is not None
        names = ", ".join(map(quote_name, first.values))
        values = ", ".join(
            f"({', '.join(self._of(table, name, value) for name, value in row.values.items())})"
            for row in rows
        )
        return f"insert into {quote_name(first.table)} ({names}) values {values}"

    def _fill(self, instance: Instance) -> list[bool]:
        """Inserts the rows; says of each whether it stands."""
        return [self._put(self.statement(row)) for row in instance.rows]

    def _is_broken(self) -> bool:
        """Whether a constraint that was put off does not hold."""
        return False

    def _start(self, instance: Instance) -> None:
        """Takes the last database back."""
        self.connection.execute("rollback to savepoint dbw_one")

    def _put(self, statement: str) -> bool:
        """Says whether a statement was taken and wrote something."""
        try:
            return bool(self.connection.execute(statement).rowcount)
        except self.error:
            return False

    def _meets(self, row: Values, of: Mapping[str, str], where: str) -> bool:
        values = ", ".join(
            f"{self._cast(row[name], self.types.family(type_))} as {quote_name(name)}"
            for name, type_ in of.items()
        )
        try:
            found = self._row(f"select 1 from (select {values}) as dbw where true{where}")
        except self.error:
            return False
        return bool(found)

    def _cast(self, value: str | None, family: str) -> str:
        """Gives a value as one of its type."""
        return literal(value, family)

    def _link(self, row: NewRow) -> None:
        table = self.schema.table(row.table)
        if not row.later or table is None or table.primary_key is None:
            return
        sets = ", ".join(f"{quote_name(k)} = {self._of(table, k, v)}" for k, v in row.later.items())
        key = " and ".join(
            f"{quote_name(c)} = {self._of(table, c, row.values.get(c))}"
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
            except self.error as error:
                raise Unfit(f"{table.key} could not be emptied: {error.args[-1]}") from error

    def _value(self, expression: str) -> tuple[str, str] | None:
        try:
            row = self._row(f"select {expression}")
        except self.error:
            return None
        value = row[0] if row else None
        if value is None or type(value) not in self.families:
            return None
        text = value.hex() if isinstance(value, bytes) else str(value)
        return text, self.families[type(value)]

    def _of(self, table: Table, name: str, value: str | None) -> str:
        column = table.column(name)
        assert column is not None
        return literal(value, self.types.family(column.type))

    def _row(self, sql: str) -> tuple[Any, ...]:
        return tuple(self.connection.execute(sql).fetchone() or ())


def literal(value: str | None, family: str) -> str:
    """Gives a value of a family of types as SQL."""
    if value is None:
        return "NULL"
    if family in _NUMBERS or family == "boolean":
        return value
    if family == "bytes" and value.startswith("\\x"):
        return f"X'{value[2:]}'"
    return quoted(value)
