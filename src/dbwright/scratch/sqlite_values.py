"""Values for the placeholders of a statement, out of the rows that its tables have."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from dbwright.dialects.sqlite.placeholders import Bound
from dbwright.dialects.sqlite.quoting import quoted

PLACES = (1 / 6, 1 / 2, 5 / 6)
"""Where in a table the rows stand whose values are taken."""
_LIMIT = 20
_SINGLE = 0.1
"""The part of the rows that a comparison on one side keeps."""
_BETWEEN = (0.45, 0.55)
_PREFIX = 3


def executions(
    connection: sqlite3.Connection, names: Sequence[str], bound: Sequence[Bound]
) -> list[dict[str, Any]]:
    """Gives values for the placeholders, as many different ones as there are."""
    found: list[dict[str, Any]] = []
    for place in PLACES if names else (0.0,):
        values = _Values(connection, bound, place).taken()
        values = {name: values.get(name, 1) for name in names}
        if values not in found:
            found.append(values)
    return found


class _Values:
    def __init__(
        self, connection: sqlite3.Connection, bound: Sequence[Bound], place: float
    ) -> None:
        self.connection, self.bound, self.place = connection, bound, place
        self.values: dict[str, Any] = {}

    def taken(self) -> Mapping[str, Any]:
        """Gives the values that rows have; those of one table's equalities are of one row."""
        self._equal()
        for number, each in enumerate(self.bound):
            if each.name in self.values:
                continue
            if each.operator in ("limit", "offset"):
                self.values[each.name] = _LIMIT if each.operator == "limit" else 0
            elif each.operator in ("in", "set", "insert"):
                self._one(each, (self.place + 0.13 * (number + 1)) % 1.0)
            elif each.operator in ("like", "glob"):
                self._one(each, self.place)
                sign = "%" if each.operator == "like" else "*"
                start = str(self.values.get(each.name, ""))[:_PREFIX]
                self.values[each.name] = f"{start}{sign}"
            else:
                self._range(each)
        return self.values

    def _equal(self) -> None:
        tables: dict[str, list[Bound]] = {}
        for each in self.bound:
            if each.operator in ("=", "IS"):
                tables.setdefault(each.table, []).append(each)
        for table, several in tables.items():
            row = self._row(table, [each.expression for each in several], self.place)
            for each, value in zip(several, row, strict=False):
                self.values[each.name] = value

    def _one(self, each: Bound, place: float) -> None:
        for value in self._row(each.table, [each.expression], place):
            self.values[each.name] = value

    def _range(self, each: Bound) -> None:
        ends = {one.operator[0] for one in self.bound if one.expression == each.expression}
        upper = each.operator.startswith("<")
        place = _SINGLE if upper else 1 - _SINGLE
        if ends >= {"<", ">"}:
            place = _BETWEEN[upper]
        for value in self._row(each.table, [each.expression], place, ordered=True):
            self.values[each.name] = value

    def _row(
        self, table: str, expressions: list[str], place: float, *, ordered: bool = False
    ) -> tuple[Any, ...]:
        """Gives the expressions of one row in which none is NULL; nothing where there is none."""
        where = " and ".join(f"({each}) is not null" for each in expressions)
        order = f" order by {expressions[0]}" if ordered else ""
        source = f"from {quoted(table)} where {where}"
        with contextlib.suppress(sqlite3.OperationalError):
            count = int(self.connection.execute(f"select count(*) {source}").fetchone()[0])
            sql = f"select {', '.join(expressions)} {source}{order} limit 1 offset ?"
            row = self.connection.execute(sql, (int(count * place),)).fetchone()
            return tuple(row) if row else ()
        return ()
