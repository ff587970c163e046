"""Rows into MySQL and MariaDB: each INSERT in a savepoint, each refusal in the common words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pymysql

from dbwright.core.schema import Column, Table
from dbwright.dialects.mysql.errors import LOST, sqlstate
from dbwright.scratch.rows_make import Row
from dbwright.scratch.rows_write import KEYS_READ, Refused, name_of, quote_name

if TYPE_CHECKING:
    from dbwright.dialects.mysql.server import Connection

_CONSTRAINT = re.compile(
    r"for key '(?:[^']*\.)?([^'.]+)'|CONSTRAINT `([^`]+)`(?: FOREIGN| failed)|constraint '([^']+)'",
    re.IGNORECASE,
)
_COLUMN = re.compile(r"(?:Column|Field|column) '([^']+)'")


class MysqlWriter:
    """Writes through a connection of our own, in the transaction that it is in."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Inserts all the rows or none; raises Refused."""
        self._in_savepoint([self._insert(table, row) for row in rows])

    def insert_returning(self, table: Table, row: Row) -> Row:
        """Inserts a row and gives it back as literals."""
        self.insert(table, [row])
        where = self._where(table, row)
        if where is None:
            return dict(row)
        names = [column.name for column in table.columns]
        back = ", ".join(f"quote({quote_name(name)})" for name in names)
        query = f"select {back} from {name_of(table)} where {where} limit 1"
        found = self.connection.execute(query).fetchone()
        return dict(zip(names, found, strict=True)) if found else {}

    def _where(self, table: Table, row: Row) -> str | None:
        """Gives the condition that finds a row just inserted by its key."""
        parts = []
        for name in table.primary_key.columns if table.primary_key else ():
            column = table.column(name)
            if name in row and row[name] != "DEFAULT":
                parts.append(f"{quote_name(name)} = {row[name]}")
            elif column is not None and column.identity:
                parts.append(f"{quote_name(name)} = last_insert_id()")
            else:
                return None
        return " and ".join(parts) or None

    def run(self, sql: str) -> None:
        """Runs a statement in a savepoint; raises Refused."""
        self._in_savepoint([sql])

    def probe(self, sql: str) -> None:
        """Runs a statement and undoes it; raises Refused."""
        self._in_savepoint([sql], "rollback to savepoint dbw")

    def keys(self, table: Table, columns: Sequence[str]) -> list[tuple[str, ...]]:
        """Gives the values of these columns as literals, rows with a NULL left out."""
        names = [quote_name(column) for column in columns]
        texts = ", ".join(f"quote({name})" for name in names)
        whole = " and ".join(f"{name} is not null" for name in names)
        query = f"select distinct {texts} from {name_of(table)} where {whole} limit {KEYS_READ}"
        return sorted(tuple(map(_text, row)) for row in self.connection.execute(query).fetchall())

    def count(self, table: Table) -> int:
        """Gives the number of rows."""
        return int(self.connection.execute(f"select count(*) from {name_of(table)}").fetchone()[0])

    def planned(self, table: Table, column: Column) -> str | None:
        """Gives a number above the ones in the table, or a default that is evaluated."""
        if column.identity:
            name = quote_name(column.name)
            query = f"select coalesce(max({name}), 0) + 1 from {name_of(table)}"
        elif column.default:
            query = f"select quote(({column.default.partition(' on update ')[0]}))"
        else:
            return None
        return str(self.connection.execute(query).fetchone()[0])

    def defer(self) -> None:
        """Does nothing: no constraint can wait."""

    def settle(self) -> None:
        """Does nothing: every constraint was checked at once."""

    def row_ids(self, table: Table) -> tuple[str, list[str]]:
        """Gives the rows by their key; one of several columns names none."""
        key = table.primary_key.columns if table.primary_key else ()
        if len(key) != 1:
            return "", []
        name = quote_name(key[0])
        found = self.connection.execute(f"select quote({name}) from {name_of(table)} order by 1")
        return name, [_text(value) for (value,) in found.fetchall()]

    def leaves(self, table: Table) -> list[str | None]:
        """Gives nothing: a partition is no table here."""
        return []

    def _insert(self, table: Table, row: Row) -> str:
        names = ", ".join(map(quote_name, row))
        return f"insert into {name_of(table)} ({names}) values ({', '.join(row.values())})"

    def _in_savepoint(self, statements: Sequence[str], *end: str) -> None:
        self.connection.execute("savepoint dbw")
        try:
            for sql in (*statements, *end):
                # everything is read here, so that a row that fails only when it is read does so now
                self.connection.execute(sql).fetchall()
        except pymysql.err.Error as error:
            if not error.args or error.args[0] in LOST:
                raise
            self.connection.execute("rollback to savepoint dbw")
            raise refused(error) from error
        finally:
            if self.connection.open:
                self.connection.execute("release savepoint dbw")


def refused(error: pymysql.err.Error) -> Refused:
    """Gives PyMySQL's error as a refusal."""
    number = error.args[0] if isinstance(error.args[0], int) else 0
    text = str(error.args[1] if len(error.args) > 1 else error)
    code = sqlstate(number)
    name = _CONSTRAINT.search(text)
    constraint = next((part for part in name.groups() if part), None) if name else None
    column = _COLUMN.search(text)
    return Refused(code, text, constraint, column[1] if column else None)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
