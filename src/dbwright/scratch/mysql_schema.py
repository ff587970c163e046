"""A schema of MySQL or MariaDB, without its rows, made on a throw-away server."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pymysql

from dbwright.dialects.mysql.quoting import quoted
from dbwright.dialects.mysql.server import modes
from dbwright.scratch import rows

if TYPE_CHECKING:
    from dbwright.core.schema import Schema
    from dbwright.dialects.mysql.server import Connection
    from dbwright.scratch.mysql import Database

_FEW = 20
# What makes a table or view there and is of no matter here: dates of zeros, an owner's name.
_MODES = "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES"
_KINDS = """
    select table_name, table_type from information_schema.tables
    where table_schema = database() and table_type in ('BASE TABLE', 'SYSTEM VERSIONED')
    order by table_name
"""


def definitions(connection: Connection) -> list[tuple[str, str]]:
    """Gives each table of the connection's database, with the statement that makes it.

    Raises pymysql.err.Error for what the user may not see.
    """
    # ANSI_QUOTES would have the server spell them in another way
    with modes(connection, ""):
        names = [name for name, _ in connection.execute(_KINDS).fetchall()]
        return [
            (name, str(connection.execute(f"show create table {quoted(name)}").fetchone()[1]))
            for name in names
        ]


def made(connection: Connection, tables: Sequence[tuple[str, str]]) -> list[str]:
    """Makes tables in an empty database; gives a sentence for each that the server refuses."""
    told = []
    connection.execute("set foreign_key_checks = 0, sql_mode = %s", [_MODES])
    try:
        for name, definition in tables:
            try:
                connection.execute(definition)
            except pymysql.err.Error as error:
                told.append(f"the table {name} could not be made: {error.args[-1]}")
    finally:
        with contextlib.suppress(pymysql.err.Error):
            connection.execute("set foreign_key_checks = 1")
            connection.own_session()
    return told


def emptied(database: Database, schema: Schema) -> Connection:
    """Makes a database of the same tables beside one, with a few rows, and connects to it.

    The sandbox that the first one is of drops it at its end. Rows that are deleted in an open
    transaction are still walked over: a table with many is no place for a thousand small tests.
    """
    name = f"{database.name}_e"
    with contextlib.closing(database.server.connect()) as admin:
        admin.execute(f"create database {quoted(name)} character set utf8mb4")
    with contextlib.closing(database.connect()) as source:
        tables = definitions(source)
    connection = database.server.connect(name, autocommit=False)
    made(connection, tables)
    rows.fill(connection, schema, rows=_FEW)
    connection.commit()
    return connection.user_session()
