"""Rows for scratch databases, made from the schema and inserted under all its constraints."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from dbwright.core.claim import ProbeValue, SameAs, Sql, Unmatched
from dbwright.core.schema import ForeignKey, Schema, Table
from dbwright.core.trace import EmptyTable
from dbwright.scratch import rows_types, rows_values, rows_write
from dbwright.scratch.rows_fill import Filling, Given
from dbwright.scratch.rows_make import Asked, Row
from dbwright.scratch.rows_order import groups, with_parents
from dbwright.scratch.rows_repair import Repair
from dbwright.scratch.rows_values import Wish

_FILLED_KINDS = ("table", "partitioned")
_UNMATCHED = 424_242


@dataclass(frozen=True, slots=True)
class Filled:
    """How many rows each table holds after the fill, and the tables that stayed empty."""

    rows: dict[str, int] = field(default_factory=dict)
    empty: tuple[EmptyTable, ...] = ()


def fill(
    database: Any,
    schema: Schema,
    rows: int = 20,
    only: set[str] | None = None,
    seed: int = 0,
    *,
    modest: bool = False,
    given: Given | None = None,
) -> Filled:
    """Fills a scratch database with rows, `rows` for each table, and commits.

    `database` is a scratch Database or an open connection. With `only`, these tables get rows,
    and tables that they refer to where they are empty. `modest` rows keep away from the largest
    values of their types; `given` gives values of a row that are known. Constraints and triggers
    are in force.
    """
    with _connected(database) as connection:
        filling = Filling(connection, schema, seed, modest=modest, given=given)
        wanted = only if only is not None else {table.key for table in schema.tables}
        keys = with_parents(schema, wanted)
        tables = [t for t in schema.tables if t.kind in _FILLED_KINDS and t.key in keys]
        for group in groups(schema, tables):
            filling.fill(group, rows, wanted)
        connection.commit()
        counts = filling.counts(schema, keys)
        connection.commit()
    return Filled(counts, tuple(filling.empty))


def row_values(
    connection: Any, schema: Schema, table: str, overrides: dict[str, ProbeValue]
) -> Row:
    """Gives the literals of a new row, as an INSERT would hold them; nothing is inserted.

    Columns that fill themselves are left out. Tables that the row refers to must have rows.
    """
    filling = Filling(connection, schema, _seed(connection, schema, table))
    maker = filling.maker(_table(schema, table))
    given = _given(maker.shapes, overrides, [], schema.dialect)
    return maker.make(0, Asked(given=given, nulls=False, flavor="ordinary"))


def insert_row(
    connection: Any,
    schema: Schema,
    table: str,
    overrides: dict[str, ProbeValue],
    previous_rows: list[Row] | None = None,
) -> Row:
    """Inserts a row with the given values, the rest generated and mended; gives it back.

    Missing parents are inserted first. What the database refuses because of a given value, or
    cannot be mended, raises rows_write.Refused. The caller's transaction stays open.
    """
    found = _table(schema, table)
    filling = Filling(connection, schema, _seed(connection, schema, table))
    given = _given(filling.maker(found).shapes, overrides, previous_rows or [], schema.dialect)
    for foreign_key in found.foreign_keys:
        _ensure_parent(filling, schema, foreign_key, found, given)
    repair = Repair(filling.maker(found), filling.writer)
    return repair.place(0, Asked(given=given, nulls=False, flavor="ordinary"))


def _ensure_parent(
    filling: Filling, schema: Schema, foreign_key: ForeignKey, table: Table, given: Row
) -> None:
    parent = schema.table(foreign_key.referred)
    if parent is None or parent.key == table.key or set(foreign_key.columns) <= set(given):
        return
    if filling.parents(foreign_key):
        return
    keys = with_parents(schema, {parent.key}) - {table.key}
    for group in groups(schema, [t for t in schema.tables if t.key in keys]):
        filling.fill(group, 2, set())


def _table(schema: Schema, key: str) -> Table:
    table = schema.table(key)
    if table is None:
        raise KeyError(key)
    return table


def _seed(connection: Any, schema: Schema, key: str) -> int:
    """Gives a seed that moves on with the table's rows, so that a new row is a new row."""
    found = rows_write.writer(connection)
    return 7919 + found.count(_table(schema, key))


def _given(
    shapes: dict[str, rows_types.Shape],
    overrides: dict[str, ProbeValue],
    previous: list[Row],
    dialect: str,
) -> Row:
    return {
        name: _literal(shapes[name], name, item, previous, dialect)
        for name, item in overrides.items()
    }


def _literal(
    shape: rows_types.Shape, name: str, item: ProbeValue, previous: list[Row], dialect: str
) -> str:
    if isinstance(item, SameAs):
        return previous[item.row].get(name, "NULL")
    if isinstance(item, Sql):
        return f"({item.expression})"
    if isinstance(item, Unmatched):
        return rows_values.literal(_unmatched(shape, name), shape, dialect)
    return rows_values.literal(item, shape, dialect)


def _unmatched(shape: rows_types.Shape, name: str) -> Any:
    """Gives a value that no generated row holds: far outside of the generator's numbers."""
    number = 31_003 if shape.family == "smallint" else _UNMATCHED
    rng = random.Random(_UNMATCHED)
    return rows_values.value(shape, Wish(name, "ordinary", number, True, rng))


@contextmanager
def _connected(database: Any) -> Iterator[Any]:
    """Gives a connection with transactions of its own and foreign keys on."""
    if isinstance(database, psycopg.Connection) or hasattr(database, "user_session"):
        yield database
    elif isinstance(database, sqlite3.Connection):
        yield _sqlite(database)
    else:
        with closing(database.connect()) as connection:
            yield _sqlite(connection) if isinstance(connection, sqlite3.Connection) else connection


def _sqlite(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.commit()
    connection.execute("pragma foreign_keys = on")
    if not connection.in_transaction:
        connection.execute("begin")
    return connection
