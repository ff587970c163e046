"""A few rows taken through one revision and back: what a test of the revision can hold it to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from dbwright import dialects
from dbwright.core import compare
from dbwright.core.errors import UserCodeError
from dbwright.core.migration import Migration
from dbwright.core.schema import SERIAL_DEFAULT, Schema, Table
from dbwright.scratch import rows
from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.rows_order import groups, with_parents
from dbwright.scratch.rows_write import name_of, quote_name
from dbwright.scratch.worker import Worker

ROWS = 3
_FILLED = ("table", "partitioned")


@dataclass(frozen=True, slots=True)
class Picture:
    """The rows of a table as texts, in an order of their own."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]

    def without(self, names: Iterable[str]) -> Picture:
        """Gives the picture without some columns."""
        gone = set(names)
        kept = [n for n, name in enumerate(self.columns) if name not in gone]
        found = (tuple(row[n] for n in kept) for row in self.rows)
        return Picture(tuple(self.columns[n] for n in kept), tuple(sorted(found, key=repr)))


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen. `inserts` make the rows before; `after` and `back` are pictures by table.

    Columns whose values are others on each run are left out. `not_back` is why the downgrade
    gave no `back`.
    """

    inserts: tuple[str, ...]
    after: dict[str, Picture] = field(default_factory=dict)
    back: dict[str, Picture] = field(default_factory=dict)
    not_back: str | None = None


def sample(
    worker: Worker, project_args: dict[str, Any], migration: Migration, template: Any
) -> Sample:
    """Takes rows of the tables that a revision touches up and down, twice.

    `template` gives a context with a fresh database before the revision. An upgrade that fails
    raises UserCodeError.
    """
    catalog = dialects.get(migration.target.dialect).catalog
    with template() as database, closing(database.connect()) as connection:
        before = catalog.read_schema(connection)
        connection.rollback()
        touched = _touched(migration, before)
        keys = with_parents(before, touched)
        # values as long as their types admit would bury what a reader looks for
        rows.fill(connection, before, rows=ROWS, only=keys, modest=True)
        inserts = tuple(_inserts(connection, before, keys))
    passes = []
    for _ in range(2):
        with template() as database:
            passes.append(
                _passed(worker, project_args, migration, database, inserts, touched, catalog)
            )
    first, second = passes
    return Sample(
        inserts,
        {key: _steady(first.after[key], second.after[key]) for key in first.after},
        {key: _steady(first.back[key], second.back[key]) for key in first.back},
        first.not_back,
    )


def _passed(
    worker: Worker,
    project_args: dict[str, Any],
    migration: Migration,
    database: Any,
    inserts: tuple[str, ...],
    keys: set[str],
    catalog: Any,
) -> Sample:
    with closing(database.connect()) as connection:
        for statement in inserts:
            connection.cursor().execute(statement)
        connection.commit()
        known = frozenset(table.key for table in catalog.read_schema(connection).tables)
        connection.rollback()
    host = DatabaseHost(database)
    worker.call("upgrade", host, revision=migration.revision, **project_args)
    after = _pictures(database, catalog, keys, known)
    parents = migration.down_revisions
    target = f"{migration.revision}@{parents[0] if parents else 'base'}"
    try:
        worker.call("downgrade", DatabaseHost(database), revision=target, **project_args)
    except UserCodeError as error:
        return Sample(inserts, after, not_back=error.message)
    return Sample(inserts, after, _pictures(database, catalog, keys, known))


def _touched(migration: Migration, before: Schema) -> set[str]:
    named = {getattr(operation, "table", None) for _, operation in migration.operations()}
    found = {name for name in named if isinstance(name, str) and before.table(name)}
    if migration.after is not None:
        changed = compare.structured(before, migration.after)
        found |= {item.table for item in changed if item.table and before.table(item.table)}
    return found


def _inserts(connection: Any, schema: Schema, keys: set[str]) -> Iterator[str]:
    """The rows as INSERTs, parents first, and each sequence set behind them."""
    tables = [t for t in schema.tables if t.key in keys and t.kind in _FILLED]
    ordered = [table for group in groups(schema, tables) for table in group.tables]
    for table in ordered:
        own = {c for fk in table.foreign_keys if fk.referred == table.key for c in fk.columns}
        columns = [
            c for c in table.columns if not c.computed and not (c.name in own and c.nullable)
        ]
        names = ", ".join(quote_name(column.name) for column in columns)
        over = " overriding system value" if any(c.identity == "always" for c in columns) else ""
        for row in _literals(connection, table, [column.name for column in columns]):
            yield f"insert into {name_of(table)} ({names}){over} values ({', '.join(row)})"
    if isinstance(connection, sqlite3.Connection):
        return
    for table in ordered:
        for column in table.columns:
            if column.identity or column.default == SERIAL_DEFAULT:
                name, place = quote_name(column.name), name_of(table).replace("'", "''")
                yield (
                    f"select setval(pg_get_serial_sequence('{place}', '{column.name}'), "
                    f"greatest((select max({name}) from {name_of(table)}), 1))"
                )


def _literals(connection: Any, table: Table, names: list[str]) -> list[tuple[str, ...]]:
    sqlite = isinstance(connection, sqlite3.Connection)
    form = "quote({})" if sqlite else "quote_nullable({}::text)"
    shown = ", ".join(form.format(quote_name(name)) for name in names)
    key = table.primary_key.columns if table.primary_key else ()
    order = f" order by {', '.join(map(quote_name, key))}" if key else ""
    found = connection.cursor().execute(f"select {shown} from {name_of(table)}{order}").fetchall()
    return [tuple(str(value) for value in row) for row in found]


def _pictures(
    database: Any, catalog: Any, keys: set[str], known: frozenset[str]
) -> dict[str, Picture]:
    """The tables of the sample as they are now, and new tables that hold rows."""
    found = {}
    with closing(database.connect()) as connection:
        schema = catalog.read_schema(connection)
        connection.rollback()
        if not isinstance(connection, sqlite3.Connection):
            connection.execute("set time zone 'UTC'")
        for table in schema.tables:
            if table.kind not in _FILLED or not table.columns:
                continue
            names = tuple(column.name for column in table.columns)
            texts = ", ".join(f"cast({quote_name(name)} as text)" for name in names)
            query = f"select {texts} from {name_of(table)}"
            rows_now = connection.cursor().execute(query).fetchall()
            if table.key in keys or (rows_now and table.key not in known):
                picture = tuple(sorted((tuple(row) for row in rows_now), key=repr))
                found[table.key] = Picture(names, picture)
    return found


def _steady(first: Picture, second: Picture) -> Picture:
    """The columns that had the same values on both runs."""
    if len(first.rows) != len(second.rows):
        return Picture((), ())
    loose = [name for name in first.columns if _only(first, name).rows != _only(second, name).rows]
    return first.without(loose)


def _only(picture: Picture, name: str) -> Picture:
    return picture.without(other for other in picture.columns if other != name)
