"""Rows into scratch databases: each INSERT in a savepoint, each refusal in the same words."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import Any, Protocol

import psycopg

from dbwright.core.schema import Column, Table
from dbwright.dialects.sqlite.errors import sqlstate
from dbwright.scratch.rows_make import Row

KEYS_READ = 200


class Refused(Exception):
    """The database refused rows. `code` is an SQLSTATE as PostgreSQL has it, of every
    database."""

    def __init__(
        self, code: str, message: str, constraint: str | None = None, column: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.constraint = constraint
        self.column = column


class Writer(Protocol):
    """What the generator needs of a connection."""

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Inserts all the rows or none; raises Refused."""

    def insert_returning(self, table: Table, row: Row) -> Row:
        """Inserts a row and gives it back as the table holds it, as literals."""

    def run(self, sql: str) -> None:
        """Runs a statement in a savepoint; raises Refused."""

    def probe(self, sql: str) -> None:
        """Runs a statement and undoes it; raises Refused."""

    def keys(self, table: Table, columns: Sequence[str]) -> list[tuple[str, ...]]:
        """Gives the values of these columns as literals, rows with a NULL left out."""

    def count(self, table: Table) -> int:
        """Gives the number of rows."""

    def planned(self, table: Table, column: Column) -> str | None:
        """Gives the next value of a column that numbers itself, taken out of its sequence."""

    def defer(self) -> None:
        """Lets deferrable constraints wait for `settle`."""

    def settle(self) -> None:
        """Has the deferred constraints checked now; raises Refused."""

    def row_ids(self, table: Table) -> tuple[str, list[str]]:
        """Gives the row address's name and the addresses as literals."""

    def leaves(self, table: Table) -> list[str | None]:
        """Gives the condition of each leaf partition of a partitioned table."""


def name_of(table: Table) -> str:
    """Gives the table's name as it stands in SQL."""
    own = quote_name(table.name)
    return f"{quote_name(table.schema)}.{own}" if table.schema else own


def quote_name(name: str) -> str:
    """Gives a name in quotes, right in every statement."""
    return '"' + name.replace('"', '""') + '"'


class PostgresqlWriter:
    """Writes through a psycopg connection, in the transaction that it is in."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Inserts all the rows in one statement, or none; raises Refused."""
        self.run(self._insert(table, rows))

    def insert_returning(self, table: Table, row: Row) -> Row:
        """Inserts a row and gives it back as literals; a trigger may have dropped it: empty."""
        columns = [column.name for column in table.columns]
        back = ", ".join(f"quote_nullable({quote_name(name)}::text)" for name in columns)
        found = self._fetch(f"{self._insert(table, [row])} returning {back}")
        return dict(zip(columns, found[0], strict=True)) if found else {}

    def run(self, sql: str) -> None:
        """Runs a statement in a savepoint; raises Refused."""
        self._fetch(sql)

    def probe(self, sql: str) -> None:
        """Runs a statement and undoes it; raises Refused."""
        self._fetch(sql, end="rollback to dbw; release dbw")

    def keys(self, table: Table, columns: Sequence[str]) -> list[tuple[str, ...]]:
        """Gives the values of these columns as literals, rows with a NULL left out."""
        names = [quote_name(column) for column in columns]
        texts = ", ".join(f"quote_literal({name}::text)" for name in names)
        whole = " and ".join(f"{name} is not null" for name in names)
        query = f"select distinct {texts} from {name_of(table)} where {whole} limit {KEYS_READ}"
        return sorted(self.connection.execute(query).fetchall())

    def count(self, table: Table) -> int:
        """Gives the number of rows."""
        row = self.connection.execute(f"select count(*) from {name_of(table)}").fetchone()
        assert row is not None
        return int(row[0])

    def planned(self, table: Table, column: Column) -> str | None:
        """Gives the next value of a serial or identity column; other defaults are evaluated."""
        if column.identity or "owned sequence" in (column.default or ""):
            literals = (name_of(table).replace("'", "''"), column.name.replace("'", "''"))
            sql = "select nextval(pg_get_serial_sequence('{}', '{}'))::text".format(*literals)
        elif column.default:
            sql = f"select quote_nullable(({column.default})::text)"
        else:
            return None
        return str(self._fetch(sql)[0][0])

    def defer(self) -> None:
        """Lets deferrable constraints wait for `settle`."""
        self.connection.execute("set constraints all deferred")

    def settle(self) -> None:
        """Has the deferred constraints checked now; raises Refused."""
        self.run("set constraints all immediate")

    def row_ids(self, table: Table) -> tuple[str, list[str]]:
        """Gives the addresses of the rows."""
        query = f"select quote_literal(ctid::text) from {name_of(table)} order by ctid"
        return "ctid", [address for (address,) in self.connection.execute(query)]

    def leaves(self, table: Table) -> list[str | None]:
        """Gives the condition of each leaf partition of a partitioned table."""
        rows = self.connection.execute(
            """
            select pg_get_partition_constraintdef(relid)
            from pg_partition_tree(to_regclass(%s)) where isleaf and level > 0
        """,
            [name_of(table)],
        )
        return [text for (text,) in rows]

    def _insert(self, table: Table, rows: Sequence[Row]) -> str:
        columns = [c.name for c in table.columns if any(c.name in row for row in rows)]
        if not columns:  # several rows of defaults alone need a column to say so of
            columns = [column.name for column in table.columns[:1]]
        lines = ", ".join(
            "(" + ", ".join(row.get(name, "DEFAULT") for name in columns) + ")" for row in rows
        )
        names = ", ".join(map(quote_name, columns))
        forced = any(c.identity == "always" and c.name in columns for c in table.columns)
        system = " overriding system value" if forced else ""
        return f"insert into {name_of(table)} ({names}){system} values {lines}"

    def _fetch(self, sql: str, end: str = "release dbw") -> list[tuple[Any, ...]]:
        # Apart from the statement: a syntax error refuses the whole text that it stands in.
        self.connection.execute("savepoint dbw")
        try:
            cursor = self.connection.execute(f"{sql}; {end}".encode())
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            if self.connection.closed:
                raise
            self.connection.execute("rollback to dbw; release dbw")
            diag = error.diag
            detail = "" if error.sqlstate == "23514" else f". {diag.message_detail or ''}"
            text = f"{diag.message_primary or error}{detail}"
            raise Refused(
                error.sqlstate or "XX000", text.strip(" ."), diag.constraint_name, diag.column_name
            ) from error


class SqliteWriter:
    """Writes through a sqlite3 connection, in the transaction that it is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Inserts all the rows or none; raises Refused."""
        self._in_savepoint([self._insert(table, row) for row in rows])

    def insert_returning(self, table: Table, row: Row) -> Row:
        """Inserts a row and gives it back as literals."""
        self.insert(table, [row])
        names = [column.name for column in table.columns]
        back = ", ".join(f"quote({quote_name(name)})" for name in names)
        where = "rowid = last_insert_rowid()"
        try:
            query = f"select {back} from {name_of(table)} where {where}"
            found = self.connection.execute(query).fetchone()
        except sqlite3.OperationalError:
            return dict(row)
        return dict(zip(names, found, strict=True)) if found else {}

    def run(self, sql: str) -> None:
        """Runs a statement in a savepoint; raises Refused."""
        self._in_savepoint([sql])

    def probe(self, sql: str) -> None:
        """Runs a statement and undoes it; raises Refused."""
        self._in_savepoint([sql], "rollback to dbw")

    def keys(self, table: Table, columns: Sequence[str]) -> list[tuple[str, ...]]:
        """Gives the values of these columns as literals, rows with a NULL left out."""
        names = [quote_name(column) for column in columns]
        texts = ", ".join(f"quote({name})" for name in names)
        whole = " and ".join(f"{name} is not null" for name in names)
        query = f"select distinct {texts} from {name_of(table)} where {whole} limit {KEYS_READ}"
        return self.connection.execute(query).fetchall()

    def count(self, table: Table) -> int:
        """Gives the number of rows."""
        return int(self.connection.execute(f"select count(*) from {name_of(table)}").fetchone()[0])

    def planned(self, table: Table, column: Column) -> str | None:
        """Gives a number above the ones in the table; SQLite's own numbering goes on from it."""
        name = quote_name(column.name)
        query = f"select coalesce(max({name}), 0) + 1 from {name_of(table)}"
        return str(self.connection.execute(query).fetchone()[0])

    def defer(self) -> None:
        """Has foreign keys checked at the end of the transaction: every one can wait here."""
        self.connection.execute("pragma defer_foreign_keys = on")

    def settle(self) -> None:
        """Raises Refused where a row points nowhere."""
        broken = self.connection.execute("pragma foreign_key_check").fetchone()
        if broken:
            raise Refused("23503", f"a row of {broken[0]} points at no row of {broken[2]}")

    def row_ids(self, table: Table) -> tuple[str, list[str]]:
        """Gives the rowids; a table WITHOUT ROWID has none."""
        try:
            rows = self.connection.execute(f"select rowid from {name_of(table)} order by rowid")
            return "rowid", [str(number) for (number,) in rows]
        except sqlite3.OperationalError:
            return "rowid", []

    def leaves(self, table: Table) -> list[str | None]:
        """Gives nothing: SQLite has no partitions."""
        return []

    def _insert(self, table: Table, row: Row) -> str:
        filled = {name: text for name, text in row.items() if text != "DEFAULT"}
        if not filled:
            return f"insert into {name_of(table)} default values"
        names = ", ".join(map(quote_name, filled))
        return f"insert into {name_of(table)} ({names}) values ({', '.join(filled.values())})"

    def _in_savepoint(self, statements: Sequence[str], *end: str) -> None:
        self.connection.execute("savepoint dbw")
        try:
            for sql in (*statements, *end):
                self.connection.execute(sql)
        except sqlite3.Error as error:
            self.connection.execute("rollback to dbw")
            raise _refused(error) from error
        finally:
            self.connection.execute("release dbw")


def _refused(error: sqlite3.Error) -> Refused:
    code = sqlstate(getattr(error, "sqlite_errorname", ""))
    text = str(error)
    name = text.rpartition(": ")[2] if ": " in text else None
    column = name.rpartition(".")[2] if name and code == "23502" else None
    plain = name if name and re.fullmatch(r"\w+", name) else None
    return Refused(code, text, plain, column)


def writer(connection: Any) -> Writer:
    """Gives the writer for a connection."""
    if isinstance(connection, sqlite3.Connection):
        return SqliteWriter(connection)
    if isinstance(connection, psycopg.Connection):
        return PostgresqlWriter(connection)
    from dbwright.scratch.rows_write_mysql import MysqlWriter

    return MysqlWriter(connection)
