"""Executors as many tools have them, to show that the attacks are real."""

from __future__ import annotations

import re
import select
import subprocess
import sys
from typing import Any

import psycopg
import pymysql
from psycopg import pq
from sqlalchemy.engine import make_url

from .stands import libpq, mysql_parameters

READS = re.compile(
    r"\s*((--[^\n]*\n|/\*.*?\*/)\s*)*"
    r"(select|with|explain|show|values|table|desc|describe|pragma|handler|analyze|\()",
    re.IGNORECASE | re.DOTALL,
)


class Refused(Exception):
    """A naive executor has one rule: the text must begin as a read does."""


class PostgreSQL:
    """The simple protocol over one kept connection.

    `read-only` wraps the text in BEGIN READ ONLY and ROLLBACK, `select-only` runs what begins as
    a read does, with autocommit.
    """

    def __init__(self, setting: str) -> None:
        self.setting = setting
        self.connection: psycopg.Connection | None = None

    def __call__(self, url: str, sql: str) -> list[Any]:
        if self.setting == "select-only" and not READS.match(sql):
            raise Refused(sql[:50])
        if self.connection is None:
            self.connection = psycopg.connect(**libpq(url), autocommit=True)
        wire = self.connection.pgconn
        if self.setting == "select-only":
            return sent(wire, sql)
        sent(wire, "begin read only")
        try:
            return sent(wire, sql)
        finally:
            sent(wire, "rollback")

    def close(self) -> None:
        """Forget the session."""
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def sent(wire: pq.abc.PGconn, sql: str) -> list[Any]:
    """Send a text of any number of statements and give all their rows."""
    wire.send_query(sql.encode())
    rows: list[Any] = []
    failure = ""
    while (result := awaited(wire)) is not None:
        if result.status in (pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH):
            while (got := wire.get_copy_data(0))[0] > 0:
                rows.append((bytes(got[1]),))
        elif result.status == pq.ExecStatus.COPY_IN:
            wire.put_copy_end(b"nothing to copy")
        elif result.status == pq.ExecStatus.FATAL_ERROR:
            failure = result.error_message.decode("utf-8", "replace")
        else:
            width = range(result.nfields)
            rows += [tuple(result.get_value(n, m) for m in width) for n in range(result.ntuples)]
    if failure:
        raise Refused(failure)
    return rows


def awaited(wire: pq.abc.PGconn) -> pq.abc.PGresult | None:
    """Give the next result; other threads run meanwhile."""
    while wire.is_busy():
        select.select([wire.socket], [], [])
        wire.consume_input()
    return wire.get_result()


class MariaDB:
    """The same two with PyMySQL and its multi statements."""

    def __init__(self, setting: str) -> None:
        self.setting = setting
        self.connection: Any = None

    def __call__(self, url: str, sql: str) -> list[Any]:
        if self.setting == "select-only" and not READS.match(sql):
            raise Refused(sql[:50])
        if self.connection is None:
            flags = pymysql.constants.CLIENT.MULTI_STATEMENTS
            self.connection = pymysql.connect(
                **mysql_parameters(url), client_flag=flags, autocommit=True
            )
        if self.setting == "select-only":
            return self._sent(sql)
        self._sent("start transaction read only")
        try:
            return self._sent(sql)
        finally:
            self._sent("rollback")

    def _sent(self, sql: str) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            rows = list(cursor.fetchall() or ())
            while cursor.nextset():
                rows += list(cursor.fetchall() or ())
        return rows

    def close(self) -> None:
        """Forget the session."""
        if self.connection is not None and self.connection.open:
            self.connection.close()
        self.connection = None


class SQLite:
    """`ro` and `rw` are sqlite3 of Python, a statement or a script; `shell` is the program.

    Each call is a process of its own, for an attack may kill it.
    """

    def __init__(self, setting: str) -> None:
        self.setting = setting
        self.process: subprocess.Popen[bytes] | None = None

    def __call__(self, url: str, sql: str) -> list[Any]:
        path = str(make_url(url).database)
        run = [sys.executable, "-c", SCRIPT, path, self.setting]
        if self.setting == "shell":
            run = ["sqlite3", "-readonly", path]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(run, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT)
        told = self.process.communicate(sql.encode())[0].decode("utf-8", "replace")
        if self.process.returncode:
            raise Refused(told)
        return [told]

    def stop(self) -> None:
        """End what runs."""
        if self.process is not None:
            self.process.kill()


SCRIPT = """
import sqlite3, sys
path, mode = sys.argv[1:]
connection = sqlite3.connect(f"file:{path}?mode={mode}", uri=True)
sql = sys.stdin.buffer.read().decode()
try:
    for row in connection.execute(sql):
        print(row)
    connection.commit()
except (sqlite3.ProgrammingError, sqlite3.Warning):
    connection.executescript(sql)
"""
