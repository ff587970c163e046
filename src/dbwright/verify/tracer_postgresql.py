"""A traced session on PostgreSQL: each statement with its locks, scans, rewrites and witnesses."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from dbwright.core.operation import (
    CreateIndex,
    Data,
    DetachPartition,
    DropIndex,
    Maintain,
    Operation,
    Other,
    Reindex,
    Select,
    Statement,
)
from dbwright.core.trace import Blocked, Lock, Scan, SqlError, StatementTrace
from dbwright.dialects.postgresql import statements
from dbwright.scratch.bridge import Call, Result, StatementError
from dbwright.verify.description import operations_of
from dbwright.verify.watch_postgresql import (
    Held,
    Onlooker,
    Prober,
    Relations,
    Watcher,
    fetched,
    flush_statistics,
    impatient,
    rebuilt,
    relations,
    rewritten,
    rows_changed,
    strongest,
)

if TYPE_CHECKING:
    from dbwright.verify.tracer import Watched

# Words that open, end or shape a transaction: no query of ours may come between.
_CONTROL = re.compile(
    r"\s*(begin|start|commit|end|rollback|abort|savepoint|release|prepare\s+transaction|"
    r"set\s+(local\s+|session\s+)?(transaction|characteristics|session\s+characteristics))\b",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(r"create database|drop database|alter system|tablespace|call\b|do\b", re.I)
_IDLE = psycopg.pq.TransactionStatus.IDLE
_OPEN = psycopg.pq.TransactionStatus.INTRANS


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at one moment: the relations, the locks, the WAL, the lock timeout."""

    relations: Relations
    held: Held
    wal: int
    lock_timeout: str = ""


@dataclass(slots=True)
class Seen:
    """What a statement in autocommit was seen doing while it ran."""

    held: Held = field(default_factory=set)
    blocked: list[Blocked] = field(default_factory=list)


class PostgresqlTracing:
    """Wraps a bridge session. A superuser watches its locks, a second user tries to work."""

    def __init__(self, inner: Any, host: Watched) -> None:
        self.inner = inner
        self.host = host
        self.connection: psycopg.Connection = inner.connection
        self._superuser = Onlooker(host.database.superuser)
        self._second = Onlooker(host.database.superuser)
        self._other = Onlooker(partial(impatient, host.database))
        self._prober = Prober(self._other)
        pid = self.connection.info.backend_pid
        self._watcher = Watcher(self._superuser, pid)
        self._poller = Watcher(self._second, pid)
        self._existing: Relations | None = None
        self._counts: dict[int, int] = {}
        self._alien: set[int] = set()
        self._transaction = 0
        self._used = False

    def execute(self, sql: str, parameters: Any, call: Call) -> Result:
        """Runs a statement and traces it; a text of several is run one by one."""
        if not self.host.wants(sql, call):
            self._used = True
            return self.inner.execute(sql, parameters, call)  # type: ignore[no-any-return]
        texts = [sql]
        if not parameters and not call.prepared and ";" in sql:
            texts = statements.split(sql) or [sql]
        if len(texts) > 1 and self.connection.autocommit:
            return self._one_transaction(texts, call)
        for text in texts:
            result = self._traced(text, call, partial(self._run, text, parameters, call))
        return result

    def executemany(self, sql: str, parameters: list[Any], call: Call) -> Result:
        """Runs a statement for each set of parameters and traces it as one."""
        if not self.host.wants(sql, call):
            self._used = True
            return self.inner.executemany(sql, parameters, call)  # type: ignore[no-any-return]
        run = partial(self.inner.executemany, sql, parameters, call)
        return self._traced(sql, call, run, len(parameters))

    def commit(self) -> None:
        """Ends the transaction."""
        self._ended()
        self.inner.commit()

    def rollback(self) -> None:
        """Ends the transaction."""
        self._ended()
        self.inner.rollback()

    def set_autocommit(self, on: bool) -> None:
        """Passes the wish on."""
        self._ended()
        self.inner.set_autocommit(on)

    def close(self) -> None:
        """Ends the connection and those that watched it."""
        self.inner.close()
        for onlooker in (self._superuser, self._second, self._other):
            onlooker.close()

    def _ended(self) -> None:
        self._transaction += self._used
        self._used = False

    def _run(self, sql: str, parameters: Any, call: Call) -> Result:
        return self.inner.execute(sql, parameters, call)  # type: ignore[no-any-return]

    def _one_transaction(self, texts: list[str], call: Call) -> Result:
        """Runs a text of several statements as the server does in autocommit: all or none."""
        self.connection.execute("begin")
        try:
            for text in texts:
                result = self._traced(text, call, partial(self._run, text, None, call))
        except StatementError:
            self.connection.execute("rollback")
            raise
        self.connection.execute("commit")
        return result

    def _traced(self, sql: str, call: Call, run: Callable[[], Result], sets: int = 1) -> Result:
        self.host.enter()
        try:
            return self._watched(sql, call, run, sets)
        finally:
            self.host.leave()

    def _watched(self, sql: str, call: Call, run: Callable[[], Result], sets: int) -> Result:
        statement = Statement(
            sql,
            operations_of(sql, "postgresql"),
            call.place,
            call.operation,
            autocommit=self.connection.autocommit,
            transaction=None if self.connection.autocommit else self._transaction,
            executed=True,
            sets=sets,
        )
        if self._existing is None:
            self._look_around()
        alone = self.connection.autocommit and self.connection.info.transaction_status == _IDLE
        if _CONTROL.match(sql):
            return self._plain(statement, run)
        if alone and _stands_alone(statement):
            return self._polled(statement, run)
        return self._measured(statement, run, alone)

    def _look_around(self) -> None:
        """Notes which tables stand before the revision, and their rows.

        A table that the host does not count is Alembic's own (`alembic_version`).
        """
        self._existing = relations(self._superuser.connection, transaction=False)
        self._counts = {
            oid: self.host.rows.get(found.key, 0)
            for oid, found in self._existing.items()
            if found.is_table
        }
        if self.host.rows:
            self._alien = {
                oid
                for oid, found in self._existing.items()
                if found.kind in ("r", "p") and found.key not in self.host.rows
            }

    def _plain(self, statement: Statement, run: Callable[[], Result]) -> Result:
        started = time.perf_counter()
        error: SqlError | None = None
        try:
            return run()
        except StatementError as refused:
            error = refused.sql_error()
            raise
        finally:
            self._used = True
            spent = (time.perf_counter() - started) * 1000
            self.host.add(StatementTrace(statement, milliseconds=spent, error=error))

    def _measured(self, statement: Statement, run: Callable[[], Result], alone: bool) -> Result:
        """Runs a statement inside a transaction, looked at before and after it."""
        if alone:
            self.connection.execute("begin")
        if self.connection.info.transaction_status not in (_OPEN, _IDLE):
            return self._plain(statement, run)
        before = self._look()
        started = time.perf_counter()
        try:
            result = run()
        except StatementError as refused:
            spent = (time.perf_counter() - started) * 1000
            error = refused.sql_error()
            timeout = before.lock_timeout
            self.host.add(StatementTrace(statement, spent, error=error, lock_timeout=timeout))
            if alone:
                self.connection.execute("rollback")
            raise
        finally:
            self._used = True
        spent = (time.perf_counter() - started) * 1000
        if self.connection.info.transaction_status == _OPEN:
            self._note(statement, before, self._look(), spent, result)
        if alone:
            self.connection.execute("commit")
        return result

    def _look(self) -> Look:
        found = relations(self.connection, transaction=True)
        row = self.connection.execute("select pg_catalog.current_setting('lock_timeout')")
        timeout = str((row.fetchone() or ("",))[0])
        held, wal = self._watcher.held()
        return Look(found, held, wal, timeout)

    def _note(
        self, statement: Statement, before: Look, after: Look, spent: float, result: Result
    ) -> None:
        new = after.held - before.held
        truncates = any(
            isinstance(op, Data) and op.action == "truncate" for op in statement.operations
        )
        scans = self._scans(statement, before, after)
        self._count(before.relations, after.relations, truncates)
        self.host.add(
            StatementTrace(
                statement,
                milliseconds=spent,
                wal_bytes=max(after.wal - before.wal, 0),
                locks=self._locks(new, before.relations, after.relations),
                blocked=tuple(self._try_to_work(new)),
                scans=scans,
                rewritten=() if truncates else rewritten(before.relations, after.relations),
                rebuilt_indexes=() if truncates else rebuilt(before.relations, after.relations),
                rows_changed=rows_changed(
                    statement.operations, before.relations, after.relations, result.rowcount
                ),
                lock_timeout=before.lock_timeout,
                rows_locked=self._prober.rows_locked(statement.operations, before.relations),
            )
        )

    def _polled(self, statement: Statement, run: Callable[[], Result]) -> Result:
        """Runs a statement that must be outside of a transaction, looked at while it runs."""
        before = relations(self._superuser.connection, transaction=False)
        wal = self._watcher.held()[1]
        # begun before it starts: it may be over sooner than a session begins
        _ = self._second.connection, self._other.connection
        seen, stop = Seen(), threading.Event()
        poller = threading.Thread(target=self._poll, args=(seen, stop), daemon=True)
        poller.start()
        started = time.perf_counter()
        error: SqlError | None = None
        try:
            return run()
        except StatementError as refused:
            error = refused.sql_error()
            raise
        finally:
            spent = (time.perf_counter() - started) * 1000
            stop.set()
            poller.join()
            flush_statistics(self.connection)
            after = relations(self._superuser.connection, transaction=False)
            end = self._watcher.held()[1]
            self.host.add(
                StatementTrace(
                    statement,
                    milliseconds=spent,
                    wal_bytes=max(end - wal, 0),
                    locks=self._locks(seen.held, before, after),
                    blocked=tuple(seen.blocked),
                    scans=self._scans(statement, Look(before, set(), 0), Look(after, seen.held, 0)),
                    rewritten=rewritten(before, after),
                    rebuilt_indexes=rebuilt(before, after),
                    error=error,
                )
            )

    def _poll(self, seen: Seen, stop: threading.Event) -> None:
        """Looks until it is told to stop, and tries to work where a new lock stands in the way."""
        with contextlib.suppress(psycopg.Error):
            while not stop.is_set():
                new = self._poller.held()[0] - seen.held
                seen.held |= new
                seen.blocked += self._try_to_work(new)

    def _try_to_work(self, new: Held) -> list[Blocked]:
        """Gives what a second user had to wait for on tables that stood before the revision."""
        found: list[Blocked] = []
        for oid in {oid for oid, _ in new}:
            relation = (self._existing or {}).get(oid)
            mode = strongest(mode for other, mode in new if other == oid)
            if relation and mode and relation.is_table and oid not in self._alien:
                found += self._prober.blocked(relation, mode)
        return found

    def _locks(self, new: Held, before: Relations, after: Relations) -> tuple[Lock, ...]:
        existing = self._existing or {}
        found = set()
        for oid, mode in new:
            relation = existing.get(oid) or after.get(oid) or before.get(oid)
            if relation is None or {oid, relation.index_of} & self._alien:
                continue
            if relation.index_of is not None:
                if oid not in existing:  # nobody else can see an index that is being made
                    continue
                relation = existing.get(relation.index_of) or relation
            found.add(Lock(relation.key, mode, relation.oid in existing))
        return tuple(sorted(found, key=lambda lock: (lock.relation, lock.mode)))

    def _scans(self, statement: Statement, before: Look, after: Look) -> tuple[Scan, ...]:
        by_index = fetched(after.relations, before.relations)
        rows_only = all(isinstance(op, (Data, Select)) for op in statement.operations)
        found = []
        for oid, new in after.relations.items():
            old = before.relations.get(oid)
            if not new.is_table or old is None or oid in self._alien:
                continue
            read = new.read - old.read + (0 if rows_only else by_index.get(oid, 0))
            if read <= 0:
                continue
            modes = [mode for other, mode in after.held if other == oid]
            key = (self._existing or {}).get(oid, new).key
            found.append(Scan(key, read, self._counts.get(oid, 0), strongest(modes)))
        return tuple(found)

    def _count(self, before: Relations, after: Relations, truncates: bool) -> None:
        """Keeps the number of rows of each table up to date."""
        for oid, new in after.items():
            old = before.get(oid)
            if not new.is_table:
                continue
            if truncates and old is not None and old.file != new.file:
                self._counts[oid] = 0
                continue
            added = new.inserted - (old.inserted if old else 0)
            gone = new.deleted - (old.deleted if old else 0)
            self._counts[oid] = max(self._counts.get(oid, 0) + added - gone, 0)


def _stands_alone(statement: Statement) -> bool:
    """Whether a statement cannot run in a transaction, or might end it."""
    return any(_outside(operation, statement.sql) for operation in statement.operations)


def _outside(operation: Operation, sql: str) -> bool:
    if isinstance(operation, (CreateIndex, DropIndex, Reindex, DetachPartition)):
        return operation.concurrently
    if isinstance(operation, Maintain):
        return operation.action.startswith("vacuum") or operation.concurrently
    return isinstance(operation, Other) and bool(_OUTSIDE.search(sql))
