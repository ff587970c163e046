"""The rows of a database before and after a run: what was lost, what was changed."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlglot
from sqlglot import exp

from dbwright.core.operation import (
    AttachPartition,
    DetachPartition,
    MoveTable,
    Operation,
    RenameColumn,
    RenameEnumValue,
    RenameTable,
)
from dbwright.core.schema import Schema, Table, qualified
from dbwright.core.trace import RowLoss, Trace
from dbwright.recipes import batch
from dbwright.scratch.rows_write import name_of, quote_name

_MOST_ROWS = 2000
_MOST_TEXT = 60
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
_TRUTHS = {"t": "1", "true": "1", "f": "0", "false": "0"}

Values = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table as texts, with the columns of its key."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows: tuple[Values, ...]

    def column(self, name: str) -> list[str | None]:
        """Gives the values of a column."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]

    def by_key(self, names: tuple[str, ...]) -> dict[Values, Values]:
        """Gives each row by its key."""
        places = [self.columns.index(name) for name in names]
        return {tuple(row[place] for place in places): row for row in self.rows}


@dataclass(slots=True)
class Renames:
    """Where the tables, columns and enum labels of before are found after.

    `shared` tells where rows of a table may be too: a partition's in the whole, or the other way.
    """

    tables: dict[str, str] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)
    labels: set[tuple[str, str]] = field(default_factory=set)

    def take(self, operations: Iterable[Operation]) -> Renames:
        """Follows operations in order; names of now lead back to names of before."""
        for operation in operations:
            if isinstance(operation, RenameTable):
                schema = operation.table.rpartition(".")[0] or None
                self._table(operation.table, qualified(operation.to, schema))
            elif isinstance(operation, MoveTable):
                name = operation.table.rpartition(".")[2]
                self._table(operation.table, qualified(name, operation.schema))
            elif isinstance(operation, RenameColumn):
                self._column(self._old(operation.table), operation.column, operation.to)
            elif isinstance(operation, AttachPartition):
                self.shared[self._old(operation.partition)] = operation.table
            elif isinstance(operation, DetachPartition):
                self.shared[self._old(operation.table)] = operation.partition
            elif isinstance(operation, RenameEnumValue):
                self.labels.add((operation.value, operation.to))
        return self

    def take_batch(self, sql: str) -> None:
        """Follows the INSERT by which batch mode copies a table: a column may get a new name."""
        if batch.TEMPORARY not in sql:
            return
        try:
            insert = sqlglot.parse_one(sql, read="sqlite")
        except sqlglot.errors.SqlglotError:
            return
        select = insert.expression if isinstance(insert, exp.Insert) else None
        if not isinstance(insert.this, exp.Schema) or not isinstance(select, exp.Select):
            return
        table = insert.this.this.name.removeprefix(batch.TEMPORARY)
        for target, source in zip(insert.this.expressions, select.expressions, strict=False):
            column = source.unalias()
            column = column.this if isinstance(column, exp.Cast) else column
            if isinstance(column, exp.Column) and column.name != target.name:
                self._column(self._old(table), column.name, target.name)

    def _old(self, table: str) -> str:
        return next((old for old, new in self.tables.items() if new == table), table)

    def _table(self, table: str, to: str) -> None:
        self.tables[self._old(table)] = to

    def _column(self, table: str, column: str, to: str) -> None:
        old = next((c for (t, c), n in self.columns.items() if (t, n) == (table, column)), column)
        self.columns[table, old] = to


def snapshot(connection: Any, schema: Schema) -> dict[str, Rows]:
    """Gives the rows of every table, at most 2000 of each, as texts."""
    found = {table.key: _rows(connection, table) for table in schema.tables if _holds_rows(table)}
    connection.rollback()
    return found


def _holds_rows(table: Table) -> bool:
    return table.kind in ("table", "partitioned") and bool(table.columns)


def _rows(connection: Any, table: Table) -> Rows:
    names = tuple(column.name for column in table.columns)
    key = table.primary_key.columns if table.primary_key else ()
    texts = ", ".join(f"cast({quote_name(name)} as text)" for name in names)
    order = f" order by {', '.join(map(quote_name, key))}" if key else ""
    query = f"select {texts} from {name_of(table)}{order} limit {_MOST_ROWS}"
    if isinstance(connection, sqlite3.Connection):
        texts = texts.replace("cast(", "quote(").replace(" as text)", ")")
        query = f"select {texts} from {name_of(table)}{order} limit {_MOST_ROWS}"
    if hasattr(connection, "user_session"):
        query = query.replace(" as text)", " as char)")
    rows = connection.cursor().execute(query).fetchall()
    return Rows(names, key, tuple(tuple(map(_text, row)) for row in rows))


def _text(value: Any) -> str | None:
    return None if value is None or value == "NULL" else str(value)


def losses(
    before: dict[str, Rows], after: dict[str, Rows], renames: Renames | None = None
) -> tuple[RowLoss, ...]:
    """Gives what is gone or changed, table by table; new rows and filled NULLs are no loss."""
    known = renames or Renames()
    return tuple(
        loss
        for table, rows in before.items()
        if rows.rows
        for loss in _table_losses(table, rows, _rows_after(table, after, known), known)
    )


def _rows_after(table: str, after: dict[str, Rows], renames: Renames) -> Rows | None:
    """Gives where the rows of a table are to be found, in a partition of it or its whole too."""
    own = after.get(renames.tables.get(table, table))
    shared = after.get(renames.shared.get(table, ""))
    if own is None or shared is None:
        # a table under another name may be a partition of what has its name now
        return own or shared or after.get(table)
    places = [shared.columns.index(name) for name in own.columns if name in shared.columns]
    if len(places) < len(own.columns):
        return own
    more = tuple(tuple(row[place] for place in places) for row in shared.rows)
    return Rows(own.columns, own.key, own.rows + more)


def of_its_own(down: Trace, written: Sequence[RowLoss]) -> Trace:
    """Gives a downgrade without the losses of values that triggers of new rows had written."""
    columns = {(loss.table, loss.column) for loss in written}
    losses = tuple(loss for loss in down.losses if (loss.table, loss.column) not in columns)
    return replace(down, losses=losses)


def _table_losses(table: str, old: Rows, new: Rows | None, renames: Renames) -> Iterator[RowLoss]:
    if new is None:
        yield RowLoss(table, None, len(old.rows), len(old.rows), _example(old.rows[0]))
        return
    names = {name: renames.columns.get((table, name), name) for name in old.columns}
    pairs, gone = _matched(old, new, names)
    if gone:
        yield RowLoss(table, None, len(gone), len(old.rows), _example(gone[0]))
    for name in old.columns:
        values = [value for value in old.column(name) if value is not None]
        if names[name] not in new.columns:
            if values:
                example = _cut(values[0])
                yield RowLoss(table, name, len(values), len(old.rows), example)
            continue
        changed = _changed(old, new, name, names[name], pairs, renames)
        if changed:
            was, now = changed[0]
            example = f"{_cut(was)} became {_cut(now)}"
            yield RowLoss(table, name, len(changed), len(old.rows), example)


Pairs = list[tuple[Values, Values]]


def _matched(old: Rows, new: Rows, names: dict[str, str]) -> tuple[Pairs | None, list[Values]]:
    """Pairs the rows by key; without one that survived, pairs is None and rows are counted."""
    key = tuple(names[name] for name in old.key)
    if key and set(key) <= set(new.columns):
        first, second = old.by_key(old.key), new.by_key(key)
        gone = [row for value, row in first.items() if value not in second]
        if not gone or len(gone) < len(first) or len(new.rows) < len(old.rows):
            kept = [(row, second[value]) for value, row in first.items() if value in second]
            return kept, gone
    missing = max(len(old.rows) - len(new.rows), 0)
    return None, list(old.rows[:missing])


def _changed(
    old: Rows, new: Rows, name: str, to: str, pairs: Pairs | None, renames: Renames
) -> Sequence[tuple[str, str | None]]:
    if pairs is not None:
        first, second = old.columns.index(name), new.columns.index(to)
        values = [(row[first], other[second]) for row, other in pairs]
        return [(a, b) for a, b in values if a is not None and not _same(a, b, renames)]
    left = Counter(_plain(value) for value in old.column(name) if value is not None)
    left -= Counter(_plain(value) for value in new.column(to) if value is not None)
    extra = max(len(old.rows) - len(new.rows), 0)
    return [(value, None) for value in left.elements()][extra:]


def _same(old: str, new: str | None, renames: Renames) -> bool:
    """Whether a value survived, be it in another spelling: of a number, a moment, a truth."""
    if new is None:
        return False
    if old == new or _plain(old) == _plain(new) or (old, new) in renames.labels:
        return True
    if _MOMENT.match(old) and _MOMENT.match(new):
        return new.startswith(old) or (old.startswith(new[:19]) and "." not in old[19:])
    return _TRUTHS.get(old, old) == _TRUTHS.get(new, new) and old in ("0", "1", *_TRUTHS)


def _plain(value: str) -> str:
    """Gives one spelling for values that mean the same."""
    text = value.strip("'").rstrip()
    try:
        number = Decimal(text)
        return str(number.normalize()) if number.is_finite() else text
    except InvalidOperation:
        pass
    if text[:1] in "{[":
        try:
            return json.dumps(json.loads(text), sort_keys=True)
        except ValueError:
            return text
    return text


def _example(row: Values) -> str:
    return "(" + ", ".join(_cut(value) for value in row[:4]) + ("…)" if len(row) > 4 else ")")


def _cut(value: str | None) -> str:
    if value is None:
        return "NULL"
    return value if len(value) <= _MOST_TEXT else value[: _MOST_TEXT - 1] + "…"
