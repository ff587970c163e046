"""Values for made-up rows, drawn as the statistics of a database in use have them.

Column by column: which values go together is not known, save that a column whose values stood in
order gets them in order.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import psycopg

from dbwright.core.schema import Column, ForeignKey, Table
from dbwright.core.statistics import ColumnStatistics
from dbwright.dialects.postgresql.question import ask
from dbwright.scratch.rows_make import Row, distinct_columns, fills_itself
from dbwright.scratch.rows_types import Shape
from dbwright.scratch.rows_values import quoted
from dbwright.scratch.rows_write import name_of, quote_name

_SORTED = 0.9
_READERS: dict[str, Callable[[str], Any]] = {
    "smallint": int,
    "integer": int,
    "bigint": int,
    "numeric": Decimal,
    "float": float,
    "timestamp": datetime.fromisoformat,
    "timestamptz": datetime.fromisoformat,
    "date": date.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class _Spread:
    """How the values of a column are spread: `bounds` are those between the common ones."""

    missing: float
    common: Sequence[str]
    frequencies: Sequence[float]
    bounds: Sequence[str]
    in_order: int


class Drawn:
    """The values of so many rows for each table, given row by row."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        statistics: Sequence[ColumnStatistics],
        shapes: Mapping[str, Shape],
        seed: int = 0,
    ) -> None:
        self.connection = connection
        self.known = {(e.schema, e.relation, e.column): e for e in statistics}
        self.shapes = shapes
        self.rng = random.Random(seed)
        self.waiting: dict[str, Iterator[Row]] = {}

    def prepare(self, table: Table, rows: int) -> None:
        """Draws the values of so many rows of a table; its parents stand."""
        columns: dict[str, list[str]] = {}
        for column, spread in self._drawn(table):
            columns[column.name] = self._values(spread, self.shapes[column.type], rows)
        bound: set[str] = set()
        # the longest first: what two keys share is the key of a row that both find
        for key in sorted(table.foreign_keys, key=lambda each: -len(each.columns)):
            if bound.isdisjoint(key.columns) and not table.has_unique_over(key.columns):
                found = self._references(table, key, rows)
                columns |= found
                bound |= found.keys()
        names = list(columns)
        made = (dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True))
        self.waiting[table.key] = iter(made)

    def next(self, table: Table) -> Row:
        """Gives the drawn values of the table's next row, none where all were given."""
        return next(self.waiting.get(table.key, iter(())), {})

    def _drawn(self, table: Table) -> Iterator[tuple[Column, _Spread]]:
        linked = {name for key in table.foreign_keys for name in key.columns}
        distinct = distinct_columns(table)
        for column in table.columns:
            if column.name in linked | distinct or fills_itself(column):
                continue
            if column.name in (table.partition or ""):
                continue
            known = self.known.get((table.schema or "public", table.name, column.name))
            spread = self._spread(known, column) if known is not None else None
            if spread is not None:
                yield column, spread

    def _spread(self, known: ColumnStatistics, column: Column) -> _Spread | None:
        """Gives the spread, None where no value is known."""
        query = "select %(common)s::text[] as common, %(bounds)s::text[] as bounds"
        row = ask(self.connection, query, common=known.common_values, bounds=known.histogram)[0]
        if not row.common and not row.bounds:
            return None
        correlation = known.correlation or 0.0
        in_order = 0 if abs(correlation) < _SORTED else 1 if correlation > 0 else -1
        missing = known.null_fraction if column.nullable else 0.0
        frequencies = known.common_frequencies or ()
        return _Spread(missing, row.common or (), frequencies, row.bounds or (), in_order)

    def _values(self, spread: _Spread, shape: Shape, rows: int) -> list[str]:
        read = _READERS.get(shape.family)
        found = [self._value(spread, read) for _ in range(rows)]
        if spread.in_order and read is not None:
            with contextlib.suppress(ValueError, TypeError, InvalidOperation):
                found.sort(
                    key=lambda text: (text is None, 0 if text is None else read(text)),
                    reverse=spread.in_order < 0,
                )
        return ["NULL" if text is None else quoted(text) for text in found]

    def _value(self, spread: _Spread, read: Callable[[str], Any] | None) -> str | None:
        """Gives one value: missing, common, or between two bounds of the histogram."""
        at = self.rng.random() - spread.missing
        if at < 0:
            return None
        for text, share in zip(spread.common, spread.frequencies, strict=False):
            at -= share
            if at < 0:
                return text
        if not spread.bounds:
            return self.rng.choice(spread.common)
        if len(spread.bounds) == 1 or read is None:
            return self.rng.choice(spread.bounds)
        place = self.rng.randrange(len(spread.bounds) - 1)
        return _between(spread.bounds[place], spread.bounds[place + 1], read, self.rng.random())

    def _references(self, table: Table, key: ForeignKey, rows: int) -> dict[str, list[str]]:
        """Gives the keys of parents, each as likely as any other, as many missing as there are."""
        parent = name_of(Table(key.referred_table, schema=key.referred_schema))
        names = [quote_name(column) for column in key.referred_columns]
        texts = ", ".join(f"quote_literal({name}::text)" for name in names)
        there = " and ".join(f"{name} is not null" for name in names)
        order = ", ".join(names)
        query = f"select array[{texts}] as key from {parent} where {there} order by {order}"
        found = [tuple(row.key) for row in ask(self.connection, query)]
        if not found:
            return {}
        drawn = self.rng.choices(found, k=rows)
        columns = dict(zip(key.columns, map(list, zip(*drawn, strict=True)), strict=True))
        loose = [name for name in key.columns if _is_nullable(table, name)]
        missing = max((self._missing(table, name) for name in loose), default=0.0)
        for number in range(rows):
            if missing and self.rng.random() < missing:
                for name in loose:
                    columns[name][number] = "NULL"
        return columns

    def _missing(self, table: Table, column: str) -> float:
        known = self.known.get((table.schema or "public", table.name, column))
        return known.null_fraction if known is not None else 0.0


def _is_nullable(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and column.nullable


def _between(low: str, high: str, read: Callable[[str], Any], part: float) -> str:
    """Gives a value between two others; the lower one where they cannot be reckoned with.

    >>> _between("10", "20", int, 0.5), _between("-infinity", "20", int, 0.5)
    ('15', '-infinity')
    """
    try:
        first, last = read(low), read(high)
        if isinstance(first, Decimal):
            step = Decimal(1).scaleb(first.as_tuple().exponent)  # type: ignore[arg-type]
            return str((first + (last - first) * Decimal(part)).quantize(step))
        made = first + (last - first) * part
        return str(int(made) if isinstance(first, int) else made)
    except (ValueError, TypeError, OverflowError, InvalidOperation):
        return low
