"""Which indexes MySQL and MariaDB would take for a statement if they were there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pymysql

from dbwright.core.candidate import Candidate
from dbwright.core.query import Query
from dbwright.core.schema import Table
from dbwright.dialects.mysql import explain
from dbwright.dialects.mysql.indexes import creation, dropping
from dbwright.recipes.queries.asked import accesses, reading_of
from dbwright.recipes.tune.sqlite import candidates_of
from dbwright.scratch.mysql_changes import restored
from dbwright.verify.queries.offered import NAME, taken

_TRIED = 24
"""So many indexes of a statement are made at most."""


def of_mysql(connection: Any, query: Query) -> tuple[Candidate, ...]:
    """Gives the candidates that the optimizer takes for a statement, the best first.

    `connection` is to a scratch database with rows; what is made there is dropped again.
    """
    possible = list(dict.fromkeys(possible_for(query)))[:_TRIED]
    if not possible:
        return ()
    with contextlib.suppress(pymysql.err.Error), restored(connection):
        made = {}
        for number, each in enumerate(possible):
            name = f"{NAME}{number}"
            with contextlib.suppress(pymysql.err.Error):
                connection.execute(creation(name, each.table, each.keys))
                made[name] = each
        tables = {name: each.table for name, each in made.items()}
        before = explain.plan(connection, query.sql)

        def drop(name: str) -> None:
            connection.execute(dropping(name, tables[name]))

        return tuple(taken(made, before, lambda: explain.plan(connection, query.sql), drop))
    return ()


def possible_for(query: Query) -> Iterator[Candidate]:
    """Gives the indexes that could serve a statement, less those that lead an index as it is."""
    found = candidates_of(accesses(reading_of(query)), {}, lambda access, condition: False)
    for several in found.values():
        for each in several:
            table = query.schema.table(each.table)
            if table is not None and each.where is None and not _is_there(table, each):
                yield replace(each, include=())


def _is_there(table: Table, candidate: Candidate) -> bool:
    names = tuple(key.expression.strip('"') for key in candidate.keys)
    kept: list[tuple[str | None, ...]] = []
    kept += [table.primary_key.columns] if table.primary_key else []
    kept += [each.columns for each in table.uniques]
    kept += [each.columns for each in table.indexes if each.method == "btree"]
    return any(tuple(each[: len(names)]) == names for each in kept)
