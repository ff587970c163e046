"""New revisions run as a whole: up, down and up again, on a database filled before the first."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from dbwright import dialects
from dbwright.core import compare
from dbwright.core.errors import FenceError, HangError, UserCodeError
from dbwright.core.schema import Check, Column, Index, Schema, Table, qualified
from dbwright.core.trace import RowLoss
from dbwright.recipes import code, index, model_types
from dbwright.scratch import rows
from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.worker import Worker
from dbwright.verify import data, meeting

ROWS = 20
# texts that a cast to the type takes; both the servers' regular expressions and ours know them
_TEXTS = {
    "integer": "^[1-9][0-9]{0,3}$",
    "numeric": "^[1-9][0-9]{0,3}$",
    "boolean": "^(t|f)$",
    "date": "^20[0-2][0-9]-0[1-9]-1[0-9]$",
    "timestamp without time zone": "^20[0-2][0-9]-0[1-9]-1[0-9]$",
    "timestamp with time zone": "^20[0-2][0-9]-0[1-9]-1[0-9]$",
    "uuid": "^[0-9a-f]{32}$",
    "json": "^[1-9][0-9]{0,3}$",
    "jsonb": "^[1-9][0-9]{0,3}$",
}


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What came of it. A run that was not reached is None, one that failed has its error.

    `after` is the catalog after the upgrade; `gone` is what the upgrade took, `missing` what the
    downgrade did not bring back; `left` says how its catalog differs from the one before.
    """

    rows: dict[str, int]
    up: UserCodeError | None = None
    down: UserCodeError | None = None
    again: UserCodeError | None = None
    after: Schema | None = None
    left: tuple[str, ...] = ()
    gone: tuple[RowLoss, ...] = ()
    missing: tuple[RowLoss, ...] = ()


def round_trip(
    worker: Worker,
    arguments: dict[str, Any],
    database: Any,
    wanted: Schema,
    *,
    upto: str,
    back: str,
    nullable: Iterable[str] = (),
    never: Iterable[str] = (),
    renames: data.Renames | None = None,
    modest: bool = False,
    rows_each: int = ROWS,
) -> RoundTrip:
    """Runs the chain from where the database stands to `upto`, down to `back` and up again.

    The database is filled with rows that fit `wanted`, the schema to come; columns of `nullable`
    (`users.email`) may hold NULL all the same, labels of `never` (`order_status.void`) are in no
    row. FenceError and HangError pass through.
    """
    catalog = dialects.get(wanted.dialect).catalog

    def state() -> tuple[Schema, dict[str, data.Rows]]:
        with closing(database.connect()) as connection:
            schema = catalog.read_schema(connection)
            return schema, data.snapshot(connection, schema)

    before, _ = state()
    if rows_each:
        fit = fitting(before, wanted, set(nullable), set(never))
        _fill(database, fit, aids(before, wanted), rows_each, modest)
    _, old_rows = state()
    found = RoundTrip({key: len(each.rows) for key, each in old_rows.items()})
    if (error := _go(worker, arguments, database, "upgrade", upto)) is not None:
        return replace(found, up=error)
    after, new_rows = state()
    found = replace(found, after=after, gone=data.losses(old_rows, new_rows, renames))
    if (error := _go(worker, arguments, database, "downgrade", back)) is not None:
        return replace(found, down=error)
    again, last_rows = state()
    found = replace(
        found,
        left=compare.differences(before, again),
        missing=data.losses(old_rows, last_rows),
    )
    return replace(found, again=_go(worker, arguments, database, "upgrade", upto))


def _fill(
    database: Any, schema: Schema, helping: Iterable[tuple[str, str]], count: int, modest: bool
) -> None:
    """Fills the database while constraints that are to come refuse what would not fit them."""
    with closing(database.connect()) as connection:
        made = [drop for make, drop in helping if _done(connection, make)]
        connection.commit()
        rows.fill(connection, schema, rows=count, modest=modest)
        for drop in made:
            connection.execute(drop)
        connection.commit()


def _done(connection: Any, sql: str) -> bool:
    """Whether a statement ran: one that needs a type or function to come cannot yet."""
    within = getattr(connection, "transaction", contextlib.nullcontext)
    try:
        with within():
            connection.execute(sql)
    except (psycopg.Error, sqlite3.Error):
        return False
    return True


def aids(before: Schema, after: Schema) -> list[tuple[str, str]]:
    """Gives SQL that makes, and drops, what the generator cannot foresee of the schema to come.

    That are unique indexes on expressions and EXCLUDE constraints over columns that are there;
    MySQL and MariaDB make none in a moment.
    """
    if before.dialect not in ("postgresql", "sqlite"):
        return []
    found: list[tuple[str, str]] = []
    for table in before.tables:
        new = after.table(table.key)
        names = {column.name for column in table.columns}
        for item in new.indexes if new else ():
            known = item in table.indexes
            if not known and item.unique and None in item.columns and names >= set(item.uses):
                name = f"dbwright_aid_{len(found)}"
                made = replace(item, name=name)
                make = _index_sql(before.dialect, table.key, made)
                where = qualified(name, table.schema)
                found.append((make, f"DROP INDEX {where}"))
        for part in new.excludes if new else ():
            if part not in table.excludes and part.columns and names >= set(part.columns):
                name = f"dbwright_aid_{len(found)}"
                alter = f"ALTER TABLE {code.quoted(table.key)}"
                make = f"{alter} ADD CONSTRAINT {name} {part.definition}"
                found.append((make, f"{alter} DROP CONSTRAINT {name}"))
    return found


def _index_sql(dialect: str, table: str, made: Index) -> str:
    if dialect == "postgresql":
        return index.create_sql(table, made, concurrently=False)
    return index.plain_sql(table, made)


def _go(
    worker: Worker, arguments: dict[str, Any], database: Any, direction: str, revision: str
) -> UserCodeError | None:
    try:
        worker.call(direction, DatabaseHost(database), revision=revision, **arguments)
    except (FenceError, HangError):
        raise
    except UserCodeError as error:
        return error
    return None


def fitting(before: Schema, after: Schema, nullable: set[str], never: set[str]) -> Schema:
    """Gives the schema before as the generator is to fill it, so that its rows fit the one after.

    A real table usually fits what its owner makes of it; where it does not, the upgrade stops and
    loses nothing.
    """
    met = meeting.meeting(before, after)
    tables = []
    for table in met.tables:
        old, new = before.table(table.key), after.table(table.key)
        tables.append(_fitting(table, old, new, nullable, after.dialect) if old and new else table)
    enums = tuple(
        replace(enum, values=tuple(v for v in enum.values if f"{enum.name}.{v}" not in never))
        for enum in met.enums
    )
    return replace(met, tables=tuple(tables), enums=enums)


def _fitting(
    met: Table,
    before: Table,
    after: Table,
    nullable: set[str],
    dialect: str,
) -> Table:
    columns, checks = [], list(met.checks)
    for column in met.columns:
        new, old = after.column(column.name), before.column(column.name)
        if f"{met.key}.{column.name}" in nullable and old is not None:
            column = replace(column, nullable=old.nullable)
        if new is not None and new.type != column.type:
            column, check = _of_both(column, new, dialect)
            checks += [check] if check else []
        columns.append(column)
    return replace(met, columns=tuple(columns), checks=tuple(checks))


def _of_both(column: Column, new: Column, dialect: str) -> tuple[Column, Check | None]:
    """The column with values of both types: of the narrower one, or texts that a cast takes."""
    kinds = model_types.family(column.type), model_types.family(new.type)
    fits = dialects.get(dialect).types.fits
    if kinds[0] == kinds[1]:
        return (column if fits(column.type, new.type) else replace(column, type=new.type)), None
    pattern = _TEXTS.get(kinds[1]) if kinds[0] == "text" else None
    if pattern is None:
        return column, None
    matches = "~" if dialect == "postgresql" else "REGEXP"
    return column, Check(f"{column.name} {matches} '{pattern}'", columns=(column.name,))
