"""A sandbox with a twin's schema and made-up rows, drawn as its statistics have them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from dbwright.core.options import Progress
from dbwright.core.schema import Schema, Table
from dbwright.core.twin import Twin
from dbwright.dialects.postgresql import catalog, twin_settings
from dbwright.scratch import rows, rows_types
from dbwright.scratch.rows_drawn import Drawn
from dbwright.scratch.rows_order import groups
from dbwright.scratch.sandbox import Database, Sandbox
from dbwright.scratch.server import ServerChoice, server
from dbwright.scratch.twin import make_objects

MOST = 10_000
"""How many rows the largest table gets."""
_LEAST = 20
_STEP = 2_000
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A database with made-up rows; `rows` by table.

    `missed` names what could not be made and why, `noted` has a sentence for each table whose
    rows are fewer or others than they should be.
    """

    server: str
    connection: psycopg.Connection[Any] = field(repr=False)
    rows: dict[str, int] = field(default_factory=dict)
    missed: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()


@contextlib.contextmanager
def made_up(
    twin: Twin, choice: ServerChoice, progress: Progress, most: int = MOST
) -> Iterator[MadeUp]:
    """Gives a sandbox with rows for a twin, dropped at the end, and a connection of its owner.

    Raises ServerError where no server can be had.
    """
    with server(choice) as running, Sandbox(running).clone(None) as database:
        progress("making the schema")
        missed = _schema(database, twin)
        with contextlib.closing(database.connect()) as connection:
            found = _fill(connection, twin, most, progress)
        with contextlib.closing(database.connect(autocommit=True)) as connection:
            connection.execute("vacuum analyze")
            yield MadeUp(running.words, connection, found.rows, tuple(missed), tuple(found.noted))


@contextlib.contextmanager
def with_schema(twin: Twin, choice: ServerChoice) -> Iterator[psycopg.Connection[Any]]:
    """Gives a connection of the owner to a sandbox with a twin's schema and no row.

    Raises ServerError where no server can be had.
    """
    with server(choice) as running, Sandbox(running).clone(None) as database:
        _schema(database, twin)
        with contextlib.closing(database.connect()) as connection:
            yield connection


def _schema(database: Database, twin: Twin) -> list[str]:
    with (
        contextlib.closing(database.connect(autocommit=True)) as owner,
        contextlib.closing(database.superuser()) as admin,
    ):
        unknown = twin_settings.write(owner, database.name, twin.settings)
        for each in (owner, admin):
            each.execute("set search_path = public")
        owner.execute("set check_function_bodies = off")
        missed = make_objects(owner, admin, twin.objects)
    if unknown:
        missed.append(f"settings that this server does not take: {', '.join(unknown)}")
    return missed


@dataclass(slots=True)
class _Filled:
    rows: dict[str, int] = field(default_factory=dict)
    noted: list[str] = field(default_factory=list)


def _fill(
    connection: psycopg.Connection[Any], twin: Twin, most: int, progress: Progress
) -> _Filled:
    """Fills the tables, parents first, each with its part of the source's rows."""
    schema = catalog.read_schema(connection)
    wanted = _wanted(schema, twin, most)
    shapes = rows_types.shapes(connection, schema)
    drawn = Drawn(connection, twin.statistics.columns, shapes)
    found = _Filled()
    deadline = time.monotonic() + _PATIENCE
    tables = [table for table in schema.tables if table.key in wanted]
    for group in groups(schema, tables):
        for table in group.tables:
            progress(f"making rows: {table.key}")
            _fill_table(connection, schema, table, wanted[table.key], drawn, found, deadline)
    return found


def _fill_table(
    connection: psycopg.Connection[Any],
    schema: Schema,
    table: Table,
    wanted: int,
    drawn: Drawn,
    found: _Filled,
    deadline: float,
) -> None:
    """Fills one table step by step; where drawn values are refused, with others."""
    there, given = 0, True
    drawn.prepare(table, wanted)
    while there < wanted and time.monotonic() < deadline:
        step = min(_STEP, wanted - there)
        made = rows.fill(
            connection,
            schema,
            rows=step,
            only={table.key},
            seed=there,
            given=drawn.next if given else None,
        )
        now = made.rows.get(table.key, 0)
        if now - there < step / 2:
            if not given:
                break
            given = False
        there = now
    found.rows[table.key] = there
    if there < wanted * 0.9:
        found.noted.append(f"{table.key} has {there:,} rows and not {wanted:,}")
    if not given:
        found.noted.append(f"{table.key} does not take the values that its statistics have")


def _rows(schema: Schema, table: Table, sizes: Mapping[tuple[str, str], float]) -> float:
    """Gives the rows of a table: of one that is cut, those of its parts where it was not counted.

    Autovacuum analyzes partitions alone.
    """
    parts = (each for each in schema.tables if each.info.get("partition_of") == table.key)
    own = sizes.get((table.schema or "public", table.name), 0.0)
    return own if own > 0 else sum((_rows(schema, each, sizes) for each in parts), 0.0)


def _wanted(schema: Schema, twin: Twin, most: int) -> dict[str, int]:
    sizes = {(e.schema, e.name): e.rows for e in twin.statistics.relations if e.kind in "rp"}
    found = {
        table.key: _rows(schema, table, sizes)
        for table in schema.tables
        if table.kind in ("table", "partitioned")
    }
    scale = min(1.0, most / max(1.0, *found.values())) if found else 1.0
    return {key: max(_LEAST, round(count * scale)) for key, count in found.items()}
