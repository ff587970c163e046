"""Indexes of SQLite: those that are there, and how a candidate is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from dbwright.core.candidate import Candidate
from dbwright.core.existing import ExistingIndex, ExistingKey
from dbwright.core.schema import Schema, Table
from dbwright.dialects.sqlite import catalog, create
from dbwright.dialects.sqlite.quoting import spelled
from dbwright.dialects.sqlite.reader import Reader, Unreadable

_INDEXES = """
    select m.name as "table", l.name as "index", l."unique", l.origin, l.partial,
           x.name as column, x.cid, x."desc" as descending, x.coll, s.sql
    from sqlite_master m, pragma_index_list(m.name) l, pragma_index_xinfo(l.name) x
    left join sqlite_master s on s.type = 'index' and s.name = l.name
    where m.type = 'table' and x.key {} order by m.name, l.name, x.seqno
"""
OWN_ORDER = "the table's own order"
_OWNERS = {"pk": "its primary key", "u": "its UNIQUE constraint"}


def read_indexes(connection: sqlite3.Connection, schema: Schema) -> tuple[ExistingIndex, ...]:
    """Gives the indexes that are there; a table's own order of rows counts as one."""
    several: dict[str, list[Mapping[str, Any]]] = {}
    for row in catalog.ask_each(connection, _INDEXES):
        several.setdefault(row["index"], []).append(row)
    found = [_index(keys) for keys in several.values()]
    return (*found, *_of_rows(schema))


def rowid(table: Table) -> str | None:
    """Gives the column that is another name of the rows' own number, if there is one."""
    return next((each.name for each in table.columns if each.identity == "by default"), None)


def _of_rows(schema: Schema) -> Iterator[ExistingIndex]:
    for table in schema.tables:
        name = rowid(table) if table.kind == "table" else None
        if name is not None:
            keys = (ExistingKey(spelled(name), collation="BINARY"),)
            yield ExistingIndex(
                "main", table.name, OWN_ORDER, "btree", keys, unique=True, owner="its primary key"
            )


def _index(rows: list[Mapping[str, Any]]) -> ExistingIndex:
    first = rows[0]
    expressions, where = _written(first["sql"])
    keys = tuple(
        ExistingKey(
            spelled(row["column"]) if row["column"] is not None else expressions.get(place, "?"),
            collation=row["coll"] or "BINARY",
            descending=bool(row["descending"]),
            nulls_first=bool(row["descending"]),
        )
        for place, row in enumerate(rows)
    )
    return ExistingIndex(
        "main",
        first["table"],
        first["index"],
        "btree",
        keys,
        where=where,
        unique=bool(first["unique"]),
        owner=_OWNERS.get(first["origin"]),
        definition=first["sql"] or "",
    )


def _written(sql: str | None) -> tuple[dict[int, str], str | None]:
    """Gives the expressions among an index's keys, and its WHERE."""
    reader = Reader(sql or "")
    try:
        reader.expect("CREATE")
        unique = reader.accept("UNIQUE")
        reader.expect("INDEX")
        reader.accept("IF", "NOT", "EXISTS")
        read = create.index(reader, unique=unique)[1]
    except Unreadable:
        return {}, None
    texts = {place: key.expression for place, key in enumerate(read.keys) if key.expression}
    return {place: text for place, text in texts.items() if text}, read.predicate


def creation(candidate: Candidate) -> str:
    """Gives the statement that makes an index: what it carries stands behind its keys."""
    keys = ", ".join(key.sql for key in candidate.keys)
    sql = f"CREATE INDEX {spelled(candidate.name)} ON {spelled(candidate.table)} ({keys})"
    return sql + (f" WHERE {candidate.where}" if candidate.where else "")
