"""All of a SQLite database in its own words: the schema, and each object as its statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dbwright.core.inventory import Ddl, Inventory
from dbwright.core.schema import Schema, Table
from dbwright.dialects.sqlite import catalog
from dbwright.dialects.sqlite.quoting import quoted
from dbwright.dialects.sqlite.reader import tokens

_OBJECTS = """
    select type, name, tbl_name, sql from sqlite_master
    where name not like 'sqlite\\_%' escape '\\' and sql is not null order by rowid
"""


def read(connection: sqlite3.Connection) -> Inventory:
    """Gives what the connection sees; nothing is written."""
    schema = catalog.read_schema(connection)
    tables = tuple(map(_virtual, schema.tables))
    known = {table.name: table for table in tables}
    objects: list[Ddl] = []
    for kind, name, table, sql in connection.execute(_OBJECTS).fetchall():
        if table in known:
            objects += _object(kind, name, known[table], sql)
    return Inventory(Schema("sqlite", tables), tuple(objects))


def _virtual(table: Table) -> Table:
    """Gives a virtual table as one that is not ours to make column by column, a view spaced so."""
    if table.definition:
        return replace(table, definition=" ".join(table.definition.split()))
    text = str(table.info.get("definition", ""))
    return replace(table, kind="foreign") if _starts(text, "CREATE", "VIRTUAL") else table


def _starts(sql: str, *words: str) -> bool:
    return tuple(token.word for token in tokens(sql)[: len(words)]) == words


def _object(kind: str, name: str, table: Table, sql: str) -> Iterator[Ddl]:
    if kind == "view":
        drop = f"DROP VIEW IF EXISTS {quoted(name)}"
        yield Ddl("view", name, _again(sql, "VIEW"), None, drop, value=sql)
    elif kind == "trigger":
        of_view = table.kind == "view"
        text = _again(sql, "TRIGGER") if of_view else sql
        yield Ddl("trigger", name, text, None if of_view else table.key, value=sql)
    elif kind == "index":
        yield Ddl("index", name, sql, table.key, moment="part", value=_plain(sql))
    elif table.kind == "foreign":
        drop = f"DROP TABLE IF EXISTS {quoted(name)}"
        made = sql.replace("VIRTUAL TABLE ", "VIRTUAL TABLE IF NOT EXISTS ", 1)
        made = made.replace("virtual table ", "virtual table if not exists ", 1)
        yield Ddl("virtual table", name, made, None, drop, value=sql)
    else:
        yield from _aspects(table, sql)


def _again(sql: str, word: str) -> str:
    """Gives a statement that may run again; SQLite keeps CREATE and the kind in this spelling."""
    return sql.replace(f"CREATE {word} ", f"CREATE {word} IF NOT EXISTS ", 1)


def _plain(sql: str) -> str:
    """Gives an index in one spelling: who wrote it chose its cases, quotes and spaces."""
    return " ".join(token.text.strip('"`[]').lower() for token in tokens(sql) if token.text != "")


def _aspects(table: Table, sql: str) -> Iterator[Ddl]:
    """Gives what a table says that its columns and constraints do not."""
    said = [name for name in ("autoincrement", "strict", "without_rowid") if table.info.get(name)]
    if said:
        yield Ddl("table options", "", "", table.key, moment="part", value=", ".join(said))
    words = [token.word for token in tokens(sql)]
    clauses = [
        words[at + 2] for at in range(len(words) - 2) if words[at : at + 2] == ["ON", "CONFLICT"]
    ]
    if clauses:
        text = ", ".join(f"on conflict {word.lower()}" for word in clauses)
        yield Ddl("conflict clauses", "", "", table.key, moment="part", value=text)


def prepare(scratch: Any, inventory: Inventory) -> tuple[str, ...]:
    """Gives what the scratch database lacks: it is made by the library that read the other."""
    return ()
