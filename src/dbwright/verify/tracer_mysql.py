"""A traced session on MySQL or MariaDB: what each statement needs is asked of the server.

Every DDL commits, so nothing can be looked at in the middle of a transaction, and how long a
statement takes on twenty rows says nothing. So before it runs, each DDL on a table that stood is
run on a copy of the table, with the demands that `dialects/mysql/online.py` makes.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pymysql

from dbwright.core.errors import ServerError
from dbwright.core.operation import (
    AddColumn,
    AddForeignKey,
    CreateTable,
    Data,
    DropTable,
    Operation,
    Other,
    RenameTable,
    Select,
    SetParameter,
    Statement,
)
from dbwright.core.trace import Blocked, Lock, SqlError, StatementTrace
from dbwright.dialects.mysql import locks, online
from dbwright.dialects.mysql.quoting import quoted
from dbwright.dialects.mysql.statements import demands
from dbwright.scratch.bridge import Call, Result, StatementError
from dbwright.scratch.bridge_mysql import texts
from dbwright.scratch.mysql_copy import copy_database
from dbwright.verify.description import operations_of

if TYPE_CHECKING:
    from dbwright.verify.tracer import Watched

_NO_COMMIT = (Data, Select, SetParameter)


class MysqlTracing:
    """Wraps a bridge session; a second connection asks the server on copies of the tables."""

    def __init__(self, inner: Any, host: Watched, dialect: str) -> None:
        self.inner = inner
        self.host = host
        self.dialect = dialect
        self.connection = inner.connection
        self._standing = set(host.rows)
        self._autocommit = False
        self._transaction = 0
        self._locked = False

    def execute(self, sql: str, parameters: Any, call: Call) -> Result:
        """Runs a statement and traces it."""
        for text in texts(sql, parameters, call):
            result = self._traced(text, call, partial(self.inner.execute, text, parameters, call))
        return result

    def executemany(self, sql: str, parameters: list[Any], call: Call) -> Result:
        """Runs a statement for each set of parameters and traces it as one."""
        return self._traced(sql, call, lambda: self.inner.executemany(sql, parameters, call))

    def commit(self) -> None:
        """Ends the transaction."""
        self._transaction += 1
        self.inner.commit()

    def rollback(self) -> None:
        """Ends the transaction."""
        self._transaction += 1
        self.inner.rollback()

    def set_autocommit(self, on: bool) -> None:
        """Passes the wish on."""
        self._autocommit = on
        self.inner.set_autocommit(on)

    def close(self) -> None:
        """Ends the connection."""
        self.inner.close()

    def _traced(self, sql: str, call: Call, run: Callable[[], Result]) -> Result:
        if not self.host.wants(sql, call):
            return run()
        operations = operations_of(sql, self.dialect)
        commits = not all(isinstance(each, _NO_COMMIT) for each in operations)
        self._transaction += commits
        verdict = self._ask(sql, operations) if commits else None
        started = time.perf_counter()
        error: SqlError | None = None
        changed: int | None = None
        try:
            result = run()
            changed = result.rowcount if any(isinstance(op, Data) for op in operations) else None
            return result
        except StatementError as refused:
            error = refused.sql_error()
            raise
        finally:
            spent = (time.perf_counter() - started) * 1000
            statement = Statement(
                sql,
                operations,
                call.place,
                call.operation,
                autocommit=self._autocommit,
                transaction=None if self._autocommit else self._transaction,
                executed=True,
            )
            relation = self._relation(operations)
            if error is not None and demands(sql):
                verdict = None  # it forbade the server what the verdict says it needs
            self.host.add(_trace(statement, relation, verdict, spent, changed, error))
            self._transaction += commits
            if error is None:
                self._follow(operations)

    def _relation(self, operations: tuple[Operation, ...]) -> str | None:
        """Gives the table that stood before and that the statement changes."""
        tables = (getattr(operation, "table", None) for operation in operations)
        return next((t for t in tables if isinstance(t, str) and t in self._standing), None)

    def _follow(self, operations: tuple[Operation, ...]) -> None:
        """Notes which tables stand: a renamed one still does, one made by the revision does not."""
        for operation in operations:
            if isinstance(operation, Other) and operation.tag in ("LOCK", "UNLOCK"):
                # what LOCK TABLES holds, nobody else may read, not even to make a copy
                self._locked = operation.tag == "LOCK"
            if isinstance(operation, RenameTable) and operation.table in self._standing:
                self._standing.discard(operation.table)
                self._standing.add(operation.to)
            elif isinstance(operation, DropTable):
                self._standing.discard(operation.table)
            elif isinstance(operation, CreateTable) and not operation.if_not_exists:
                self._standing.discard(operation.table.key)

    def _ask(self, sql: str, operations: tuple[Operation, ...]) -> online.Verdict | None:
        relation = self._relation(operations)
        if relation is None or self._locked or not online.can_ask(sql):
            return None
        with (
            contextlib.suppress(ServerError, pymysql.err.Error),
            self._copy({relation, *_referred(operations)}) as copy,
        ):
            return online.ask(copy, sql)
        return None

    @contextlib.contextmanager
    def _copy(self, tables: set[str]) -> Iterator[Any]:
        """Gives a connection to a database that holds copies of these tables, and drops it."""
        database = self.host.database
        name = f"{database.name}_copy"
        modes, checks = self.connection.execute(
            "select @@sql_mode, @@foreign_key_checks"
        ).fetchone()
        connection = database.server.connect()
        try:
            connection.execute(f"create database {quoted(name)} character set utf8mb4")
            connection.execute("set lock_wait_timeout = 2")
            copy_database(connection, database.name, name, only=self._with_parents(tables))
            connection.execute(f"use {quoted(name)}")
            connection.execute("set sql_mode = %s, foreign_key_checks = %s", [modes, checks])
            yield connection
        finally:
            with contextlib.suppress(pymysql.err.Error):
                connection.execute(f"drop database if exists {quoted(name)}")
            connection.close()

    def _with_parents(self, tables: set[str]) -> set[str]:
        """Gives the tables with those that their foreign keys point at."""
        marks = ", ".join(["%s"] * len(tables))
        rows = self.connection.execute(
            f"""
            select distinct referenced_table_name from information_schema.key_column_usage
            where table_schema = database() and table_name in ({marks})
              and referenced_table_name is not null
        """,
            sorted(tables),
        ).fetchall()
        return tables | {name for (name,) in rows}


def _referred(operations: tuple[Operation, ...]) -> Iterator[str]:
    for operation in operations:
        if isinstance(operation, (AddForeignKey, AddColumn)) and operation.foreign_key:
            yield operation.foreign_key.referred_table


def _trace(
    statement: Statement,
    relation: str | None,
    verdict: online.Verdict | None,
    spent: float,
    changed: int | None,
    error: SqlError | None,
) -> StatementTrace:
    if verdict is None or relation is None:
        return StatementTrace(statement, spent, rows_changed=changed, error=error)
    waits = verdict.mode != "EXCLUSIVE" and locks.blocks_writes(verdict.mode)
    return StatementTrace(
        statement,
        spent,
        locks=(Lock(relation, verdict.mode),),
        blocked=(Blocked(relation, "INSERT", verdict.mode, verdict.why),) if waits else (),
        rewritten=(relation,) if verdict.rewrites else (),
        rows_changed=changed,
        error=error,
    )
