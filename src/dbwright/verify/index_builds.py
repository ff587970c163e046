"""Indexes of an advice made and taken away for a proof, in a transaction that is rolled back."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from dbwright.core.advice import DropAdvice, IndexAdvice
from dbwright.core.identifiers import spelled
from dbwright.dialects.postgresql import grammar
from dbwright.dialects.postgresql.question import ask

PREFIX = "dbwright_proof_"
"""How the names of indexes begin that are made for a proof."""
Key = tuple[str, str]
"""The table and the name of an index: two schemas may have the same names."""

_MADE = """
    with recursive parts (oid) as (
        select oid from pg_class where relname = %(name)s and relkind in ('i', 'I')
        union select inhrelid from parts p join pg_inherits h on h.inhparent = p.oid
    )
    select min(c.oid::regclass::text) filter (where c.relname = %(name)s) as spelled,
           sum(pg_relation_size(c.oid)) as bytes, bool_or(i.indcheckxmin) as waits,
           bool_or(i.indexprs is not null or i.indpred is not null) as needs
    from parts p join pg_class c on c.oid = p.oid join pg_index i on i.indexrelid = c.oid
"""
_ROWS = """
    with recursive parts (oid) as (
        select to_regclass(%(table)s)::oid where to_regclass(%(table)s) is not null
        union select inhrelid from parts p join pg_inherits h on h.inhparent = p.oid
    )
    select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint as rows,
           count(*) filter (where c.reltuples < 0 or c.relpages = 0
                            and pg_relation_size(c.oid) > 0) as unread
    from parts p join pg_class c on c.oid = p.oid where c.relkind in ('r', 'm')
"""


@dataclass(slots=True)
class Element:
    """One index of the advice on the clone, `sql` as it stands there.

    `needs` is the new index whose place taking makes a drop possible.
    """

    name: str
    action: str
    table: str
    sql: str
    predicted: int = 0
    bytes: int = 0
    seconds: float = 0.0
    rows: int = 0
    foretold: int = 0
    waits: bool = False
    analyze: bool = False
    needs: str | None = None


def plain(sql: str, name: str) -> str:
    """Gives a CREATE INDEX as a transaction takes it, under another name.

    >>> plain("CREATE INDEX CONCURRENTLY ix ON a.t (b)", "other")
    'CREATE INDEX other ON a.t USING btree (b)'
    """
    (tree,) = grammar.parse(sql)
    tree.index_stmt.concurrent = False
    tree.index_stmt.idxname = name
    return grammar.text_of_statement(tree.index_stmt, "index_stmt")


def table_sql(table: str) -> str:
    """Gives a table of the advice as it stands in SQL."""
    schema, _, name = table.partition(".")
    return f"{spelled(schema)}.{spelled(name)}"


def prepare(connection: psycopg.Connection[Any], tables: Iterable[str]) -> list[str]:
    """Analyzes the tables that never were, and gives their names."""
    found = []
    for table in dict.fromkeys(tables):
        row = ask(connection, _ROWS, table=table_sql(table))[0]
        if row.unread:
            connection.execute(f"analyze {table_sql(table)}".encode())
            found.append(table)
    return found


def build(
    connection: psycopg.Connection[Any],
    advice: Sequence[IndexAdvice],
    foretold: Mapping[str, float],
) -> tuple[list[Element], dict[Key, str]]:
    """Makes the indexes: those that stand, and what the server said against each other one.

    Tables whose indexes have expressions are analyzed: the planner knows nothing of those before.
    """
    built: list[Element] = []
    errors: dict[Key, str] = {}
    for number, each in enumerate(advice):
        name = f"{PREFIX}{number}"
        began = time.monotonic()
        try:
            with connection.transaction():
                connection.execute(plain(each.sql, name).encode())
                row = ask(connection, _MADE, name=name)[0]
        except psycopg.Error as error:
            if connection.closed:
                raise
            errors[each.table, each.name] = str(error).strip().splitlines()[0]
            continue
        seconds = round(time.monotonic() - began, 3)
        rows = ask(connection, _ROWS, table=table_sql(each.table))[0].rows
        element = Element(each.name, "make", each.table, row.spelled, each.bytes)
        element.bytes, element.seconds, element.waits = int(row.bytes), seconds, row.waits
        element.rows, element.foretold = int(rows), int(foretold.get(each.table, 0))
        element.analyze = row.needs
        built.append(element)
    for table in dict.fromkeys(each.table for each in built if each.analyze):
        connection.execute(f"analyze {table_sql(table)}".encode())
    return built, errors


def droppable(
    connection: psycopg.Connection[Any],
    advice: Sequence[DropAdvice],
    replaced: Mapping[Key, str],
    unbuilt: Iterable[Key],
) -> tuple[list[Element], dict[Key, str]]:
    """Gives the advised drops of indexes that are there and can be dropped, and why others not.

    `replaced` has the new index that takes the place of one that is to go.
    """
    found: list[Element] = []
    errors: dict[Key, str] = {}
    for each in advice:
        new = replaced.get((each.table, each.name))
        if (each.table, new) in set(unbuilt):
            errors[each.table, each.name] = f"{new}, which takes its place, was not built"
            continue
        schema = each.table.partition(".")[0]
        name = f"{spelled(schema)}.{spelled(each.name)}"
        try:
            with connection.transaction(force_rollback=True):
                query = "select %(n)s::regclass::text as spelled, pg_relation_size(%(n)s) as bytes"
                row = ask(connection, query, n=name)[0]
                connection.execute(f"drop index {name}".encode())
        except psycopg.Error as error:
            if connection.closed:
                raise
            errors[each.table, each.name] = str(error).strip().splitlines()[0]
            continue
        element = Element(each.name, "drop", each.table, row.spelled, each.bytes, row.bytes)
        element.needs = new
        found.append(element)
    return found, errors
