"""The schema as SQLite keeps it: its own record of each definition, and PRAGMAs beside it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dbwright.core.schema import (
    Column,
    ForeignKey,
    Index,
    IndexKey,
    PrimaryKey,
    Schema,
    Table,
    Trigger,
)
from dbwright.core.table_edits import in_order, ordered
from dbwright.dialects.sqlite import create, types
from dbwright.dialects.sqlite.reader import Reader, Unreadable

Row = Mapping[str, Any]
_DESCENDING_HIDDEN_VIRTUAL, _STORED = 2, 3

_OBJECTS = """
    select type, name, tbl_name, sql from sqlite_master
    where name not like 'sqlite\\_%' escape '\\' and name not like 'alembic\\_version%' escape '\\'
    order by name
"""
_COLUMNS = """
    select m.name as relation, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
    from sqlite_master m, pragma_table_xinfo(m.name) x
    where m.type in ('table', 'view') and x.hidden <> 1 {} order by m.name, x.cid
"""
_INDEXES = """
    select m.name as relation, l.name as "index", l."unique", l.partial, x.name as column, x.cid,
           x."desc" as descending, x.coll, s.sql
    from sqlite_master m, pragma_index_list(m.name) l, pragma_index_xinfo(l.name) x
    left join sqlite_master s on s.type = 'index' and s.name = l.name
    where m.type = 'table' and l.origin = 'c' and x.key {} order by l.name, x.seqno
"""


def read_schema(connection: sqlite3.Connection) -> Schema:
    """Give the schema that the connection sees; nothing is written or committed."""
    objects = _ask(connection, _OBJECTS)
    shadows = _shadows(connection)
    columns, indexes = defaultdict(list), defaultdict(list)
    for row in ask_each(connection, _COLUMNS):
        columns[row["relation"]].append(row)
    for row in ask_each(connection, _INDEXES):
        indexes[row["relation"]].append(row)
    triggers = [row for row in objects if row["type"] == "trigger"]
    found = []
    for row in objects:
        if row["type"] in ("table", "view") and row["name"] not in shadows:
            table = _table(row, columns[row["name"]])
            found.append(_with_parts(table, indexes[row["name"]], triggers))
    tables = {table.key: table for table in found}
    return Schema("sqlite", tuple(_referring_by_name(table, tables) for table in found))


def schema_names(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Give nothing: a schema is another database, which is none of ours."""
    return ()


def passed_policies(connection: sqlite3.Connection) -> dict[str, str]:
    """Give nothing: there is no row security."""
    return {}


def version_tables(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Give the names of Alembic's own tables."""
    cursor = connection.cursor()
    cursor.row_factory = None
    rows = cursor.execute(
        """
        select m.name from sqlite_master m, pragma_table_info(m.name) c
        where m.type = 'table' and m.name glob 'alembic_version*' and c.name = 'version_num'
        """
    )
    return tuple(str(name) for (name,) in rows)


def _ask(connection: sqlite3.Connection, sql: str, values: tuple[str, ...] = ()) -> list[Row]:
    cursor = connection.cursor()
    cursor.row_factory = None
    cursor.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def ask_each(connection: sqlite3.Connection, sql: str) -> Iterator[Row]:
    """Give what a question says of all tables and views, `{}` in it being one more condition.

    Where one cannot be asked, for it rests on a table, a function or a module that is not there,
    each is asked by itself, and that one says nothing.
    """
    try:
        yield from _ask(connection, sql.format(""))
    except sqlite3.OperationalError:
        for each in _ask(connection, "select name from sqlite_master where type <> 'index'"):
            with contextlib.suppress(sqlite3.OperationalError):
                yield from _ask(connection, sql.format("and m.name = ?"), (each["name"],))


def _shadows(connection: sqlite3.Connection) -> set[str]:
    """Give the tables that virtual tables keep for themselves; from 3.37 on SQLite tells."""
    if sqlite3.sqlite_version_info < (3, 37):
        return set()
    rows = _ask(connection, "select name from pragma_table_list where type = 'shadow'")
    return {row["name"] for row in rows}


def _table(row: Row, columns: list[Row]) -> Table:
    name, sql = row["name"], row["sql"] or ""
    if row["type"] == "view":
        plain = tuple(Column(each["name"], types.canonical(each["type"])) for each in columns)
        return Table(name, plain, kind="view", definition=sql)
    reader = Reader(sql)
    try:
        reader.expect("CREATE", "TABLE")
        reader.accept("IF", "NOT", "EXISTS")
        read = create.table(reader)
    except Unreadable:
        return _by_pragma(name, columns, sql)
    if [each.name for each in read.columns] != [each["name"] for each in columns]:
        return _by_pragma(name, columns, sql)
    return replace(read, name=name)


def _by_pragma(name: str, columns: list[Row], sql: str) -> Table:
    """Give what the PRAGMAs know of a table whose definition is not read (virtual ones)."""
    keys = sorted((each for each in columns if each["pk"]), key=lambda each: int(each["pk"]))
    return Table(
        name,
        tuple(_column(each) for each in columns),
        primary_key=PrimaryKey(tuple(each["name"] for each in keys)) if keys else None,
        info={"definition": sql},
    )


def _column(row: Row) -> Column:
    generated = row["hidden"] in (_DESCENDING_HIDDEN_VIRTUAL, _STORED)
    return Column(
        row["name"],
        types.canonical(row["type"]),
        not row["notnull"],
        row["dflt_value"],
        computed="?" if generated else None,
        stored=row["hidden"] == _STORED or not generated,
    )


def _with_parts(table: Table, rows: list[Row], triggers: list[Row]) -> Table:
    mine = (row for row in triggers if row["tbl_name"] == table.name)
    return ordered(
        replace(
            table,
            indexes=in_order(tuple(_indexes(rows))),
            triggers=tuple(Trigger(row["name"], row["sql"]) for row in mine),
        )
    )


def _indexes(rows: list[Row]) -> Iterator[Index]:
    for name in dict.fromkeys(row["index"] for row in rows):
        keys = [row for row in rows if row["index"] == name]
        reader = Reader(keys[0]["sql"] or "")
        try:
            reader.expect("CREATE")
            unique = reader.accept("UNIQUE")
            reader.expect("INDEX")
            reader.accept("IF", "NOT", "EXISTS")
            yield replace(create.index(reader, unique=unique)[1], name=name)
        except Unreadable:
            plain = (IndexKey(row["column"], None, bool(row["descending"])) for row in keys)
            yield Index(name, tuple(plain), bool(keys[0]["unique"]))


def _referring_by_name(table: Table, tables: Mapping[str, Table]) -> Table:
    """Spell out the columns of foreign keys that name a table only: those of its key."""
    return replace(
        table, foreign_keys=tuple(_spelled_out(each, tables) for each in table.foreign_keys)
    )


def _spelled_out(key: ForeignKey, tables: Mapping[str, Table]) -> ForeignKey:
    referred = tables.get(key.referred)
    if key.referred_columns or referred is None or referred.primary_key is None:
        return key
    return replace(key, referred_columns=referred.primary_key.columns)
