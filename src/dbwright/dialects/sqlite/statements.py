"""SQL text of SQLite as operations."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterable

from dbwright.core.operation import (
    AddColumn,
    CreateIndex,
    CreateTable,
    CreateView,
    DropColumn,
    DropIndex,
    DropTable,
    DropView,
    Maintain,
    Operation,
    Other,
    Reindex,
    RenameColumn,
    RenameTable,
    SetParameter,
)
from dbwright.core.schema import Table, qualified
from dbwright.core.statement_kind import BROKEN, OTHER, PLANNED, SEVERAL
from dbwright.dialects import sqlglot_queries
from dbwright.dialects.sqlite import create
from dbwright.dialects.sqlite.reader import Reader, Unreadable, tokens
from dbwright.dialects.sqlite.shapes import shape

_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE", "VALUES", "(")


def split(sql: str) -> list[str]:
    """Give each statement of a script; the semicolons inside of a trigger do not end one.

    >>> split("select 1; create trigger t after insert on a begin select 2; end; select 3")
    ['select 1', 'create trigger t after insert on a begin select 2; end', 'select 3']
    """
    found, start = [], 0
    for token in tokens(sql):
        piece = sql[start : token.end]
        if token.word == ";" and _complete(piece):
            found.append(piece[:-1].strip())
            start = token.end
    found.append(sql[start:].strip().rstrip(";").strip())
    return [piece for piece in found if tokens(piece)]


def finished(sql: str) -> list[str] | None:
    """Give each statement of a text that ends where one does; None where one is still open.

    >>> finished("select 1; select ';';"), finished("select 1; select ';")
    (['select 1', "select ';'"], None)
    """
    return split(sql) if _complete(sql) else None


def fingerprint(sql: str) -> str:
    """Give what statements have in common that differ in constants, spaces and cases only.

    >>> fingerprint("select 1 from t where a = 1") == fingerprint("SELECT 1  FROM T WHERE a = 2")
    True
    """
    return shape(sql)


def kind(sql: str) -> str:
    """Give PLANNED for one statement that reads or writes rows, else OTHER, BROKEN or SEVERAL.

    Whether SQLite takes one that begins as such a statement is not asked here.

    >>> kind("select 1") == PLANNED, kind("begin"), kind("selec"), kind("begin; select 1")
    (True, 'other', 'broken', 'several')
    """
    words = tokens(sql)
    if not words or (any(each.word == ";" for each in words[:-1]) and len(split(sql)) != 1):
        return SEVERAL
    if words[0].word in _ROWS:
        return PLANNED
    broken = any(isinstance(each, Other) and each.unknown for each in parse(sql))
    return BROKEN if broken else OTHER


def fault(sql: str) -> str | None:
    """Give what is wrong with a text, None where it begins as SQL does."""
    return "it cannot be read" if kind(sql) == BROKEN else None


def _complete(piece: str) -> bool:
    try:
        return sqlite3.complete_statement(piece)
    except (UnicodeError, ValueError):
        return True


@functools.lru_cache(maxsize=8192)
def parse(sql: str) -> tuple[Operation, ...]:
    """Give the operations of one or more statements; what cannot be read is unknown."""
    return tuple(operation for one in split(sql) for operation in _parse_one(one))


def _parse_one(sql: str) -> Iterable[Operation]:
    reader = Reader(sql)
    word = reader.peek()
    try:
        if word in _ROWS:
            return _rows(sql)
        if word == "CREATE":
            return _create(reader, sql)
        if word == "ALTER":
            return _alter(reader)
        if word == "DROP":
            return _drop(reader)
    except Unreadable:
        return sqlglot_queries.unknown()
    return _short(reader)


def _rows(sql: str) -> Iterable[Operation]:
    tree = sqlglot_queries.tree_of(sql, "sqlite")
    found = sqlglot_queries.operations(tree) if tree is not None else None
    return found if found is not None else sqlglot_queries.unknown()


def _create(reader: Reader, sql: str) -> Iterable[Operation]:
    reader.expect("CREATE")
    temporary = reader.accept("TEMP") or reader.accept("TEMPORARY")
    unique = reader.accept("UNIQUE")
    virtual = reader.accept("VIRTUAL")
    kind = reader.next().word
    exists = reader.accept("IF", "NOT", "EXISTS")
    if kind == "TABLE" and virtual:
        return (Other("CREATE VIRTUAL TABLE", unknown=True, table=_key(reader)),)
    if kind == "TABLE":
        return _create_table(reader, exists, temporary)
    if kind == "INDEX":
        table, index = create.index(reader, unique=unique)
        return (CreateIndex(table, index, if_not_exists=exists),)
    if kind == "VIEW":
        name = _key(reader)
        tree = sqlglot_queries.tree_of(sql, "sqlite")
        read = sqlglot_queries.tables(tree) if tree is not None else ()
        return (CreateView(name, tuple(each for each in read if each != name)),)
    return (Other("CREATE TRIGGER", table=_trigger_table(reader)),)


def _create_table(reader: Reader, exists: bool, temporary: bool) -> Iterable[Operation]:
    found: Table | None = None
    try:
        found = create.table(reader)
    except Unreadable:
        # CREATE TABLE … AS SELECT has the columns of the query.
        return (Other("CREATE TABLE", unknown=True),)
    return (CreateTable(found, exists, temporary),)


def _key(reader: Reader) -> str:
    schema, name = create.qualified_name(reader)
    return qualified(name, schema)


def _trigger_table(reader: Reader) -> str | None:
    while not reader.done and reader.peek() != "BEGIN":
        if reader.accept("ON"):
            return reader.name()
        reader.next()
    return None


def _alter(reader: Reader) -> Iterable[Operation]:
    reader.expect("ALTER", "TABLE")
    table = _key(reader)
    if reader.accept("RENAME", "TO"):
        return (RenameTable(table, reader.name()),)
    if reader.accept("ADD"):
        reader.accept("COLUMN")
        return _add_column(reader, table)
    if reader.accept("DROP"):
        reader.accept("COLUMN")
        return (DropColumn(table, reader.name()),)
    reader.expect("RENAME")
    reader.accept("COLUMN")
    old = reader.name()
    reader.expect("TO")
    return (RenameColumn(table, old, reader.name()),)


def _add_column(reader: Reader, table: str) -> Iterable[Operation]:
    written = create.Written(table)
    create.column(reader, written)
    return (
        AddColumn(
            table,
            written.columns[0],
            next(iter(written.foreign_keys), None),
            check=next(iter(written.checks), None),
        ),
    )


def _drop(reader: Reader) -> Iterable[Operation]:
    reader.expect("DROP")
    kind = reader.next().word
    exists = reader.accept("IF", "EXISTS")
    name = _key(reader)
    if kind == "TABLE":
        return (DropTable(name, if_exists=exists),)
    if kind == "INDEX":
        return (DropIndex(name, if_exists=exists),)
    if kind == "VIEW":
        return (DropView(name, if_exists=exists),)
    return (Other(f"DROP {kind}"),)


def _short(reader: Reader) -> Iterable[Operation]:
    if reader.accept("PRAGMA"):
        name = reader.name() if not reader.done else ""
        value = reader.rest().lstrip("=").strip().strip("()").strip()
        return (SetParameter(name, value),)
    if reader.accept("VACUUM"):
        return (Maintain("vacuum full"),)
    if reader.accept("ANALYZE"):
        return (Maintain("analyze", None if reader.done else _key(reader)),)
    if reader.accept("REINDEX"):
        return (Reindex("" if reader.done else _key(reader)),)
    word = reader.peek()
    if word in ("BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "EXPLAIN"):
        return (Other(word),)
    known = word in ("ATTACH", "DETACH")
    return (Other(word if known else "unparsed", unknown=True),)
