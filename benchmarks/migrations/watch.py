"""Watches a revision's statements: what each one locks, reads and rewrites, and who has to wait.

After each statement, with its transaction still open, the server is asked on the same connection
(locks, file nodes, rows read and written), and a second connection tries a SELECT, an INSERT and
the row locks of an UPDATE. A statement that runs outside of a transaction is polled meanwhile.
"""

from __future__ import annotations

import threading
from typing import Any

import sqlalchemy as sa

LOCKS = """
    select c.relname, l.mode from pg_locks l join pg_class c on c.oid = l.relation
    where l.pid = {pid} and l.granted and l.locktype = 'relation' and c.relkind in ('r', 'p', 'm')
      and c.relnamespace = 'public'::regnamespace
"""
NODES = """
    select c.relname, pg_relation_filenode(c.oid), coalesce(t.relname, '')
    from pg_class c left join pg_index i on i.indexrelid = c.oid
    left join pg_class t on t.oid = i.indrelid
    where c.relkind in ('r', 'm', 'i') and c.relnamespace = 'public'::regnamespace
"""
READ = """
    select relname, seq_tup_read, n_tup_upd + n_tup_del from pg_stat_xact_user_tables
"""
BLOCKS_WRITES = {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}
PATIENCE = 40  # milliseconds that a probe waits


class Injected(Exception):
    """The failure that is put before a statement to see what a half-done revision leaves."""


class Watch:
    """Listens to an engine's statements and keeps what was seen after each of them."""

    def __init__(self, url: str, existing: dict[str, int], fail_at: int | None = None) -> None:
        self.existing, self.fail_at = existing, fail_at
        self.seen: list[dict[str, Any]] = []
        self.count = 0
        self.other = sa.create_engine(url, poolclass=sa.pool.NullPool)
        self.dialect = self.other.dialect.name
        self.before: dict[str, Any] = {}
        self.poll: Poll | None = None
        sa.event.listen(sa.Engine, "before_cursor_execute", self.starts)
        sa.event.listen(sa.Engine, "after_cursor_execute", self.ends)
        sa.event.listen(sa.Engine, "commit", self.commits)

    def close(self) -> None:
        """Stops listening."""
        sa.event.remove(sa.Engine, "before_cursor_execute", self.starts)
        sa.event.remove(sa.Engine, "after_cursor_execute", self.ends)
        sa.event.remove(sa.Engine, "commit", self.commits)
        self.other.dispose()

    def foreign(self, connection: Any, statement: str) -> bool:
        return connection.engine is self.other or "alembic_version" in statement

    def starts(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        """Before a statement: fails if asked to; starts polling outside of a transaction."""
        if self.foreign(connection, statement) or is_question(statement):
            return
        if self.fail_at is not None and self.count == self.fail_at:
            raise Injected(statement)
        self.count += 1
        if self.fail_at is not None:
            return
        raw = connection.connection.dbapi_connection
        if self.dialect == "postgresql":
            self.before = self.state(raw)
            if raw.autocommit:
                pid = raw.info.backend_pid
                self.poll = Poll(self.other, pid)
                self.poll.start()
        elif self.dialect in ("mysql", "mariadb"):
            self.before = {"refused": refuses_lock_none(self.other, raw, statement)}

    def ends(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        """After a statement: what it locked, read, rewrote, and who waits."""
        if (
            self.foreign(connection, statement)
            or is_question(statement)
            or self.fail_at is not None
        ):
            return
        fact: dict[str, Any] = {"sql": " ".join(statement.split())[:110]}
        raw = connection.connection.dbapi_connection
        if self.dialect == "postgresql":
            fact.update(self.postgresql(raw))
        elif self.dialect in ("mysql", "mariadb") and self.before.get("refused"):
            fact["lock_none_refused"] = self.before["refused"]
        self.seen.append(fact)

    def commits(self, connection: Any) -> None:
        if connection.engine is not self.other and self.fail_at is None:
            self.seen.append({"sql": "COMMIT"})

    def state(self, raw: Any) -> dict[str, Any]:
        """File nodes, and what this transaction has read and written so far."""
        with raw.cursor() as cursor:
            nodes = cursor.execute(NODES).fetchall()
            return {"nodes": nodes, "read": cursor.execute(READ).fetchall()}

    def postgresql(self, raw: Any) -> dict[str, Any]:
        """What one statement did, by comparing the state before and after it."""
        now, fact = self.state(raw), {}
        nodes, old = {n: f for n, f, _ in now["nodes"]}, {n: f for n, f, _ in self.before["nodes"]}
        fact["rewritten"] = sorted(
            n for n, f in old.items() if n in self.existing and n in nodes and nodes[n] != f
        )
        fact["indexed"] = sorted(
            {t for n, f, t in now["nodes"] if t in self.existing and old.get(n) != f}
        )
        read = {n: (r, w) for n, r, w in self.before["read"]}
        changes = {
            n: (r - read.get(n, (0, 0))[0], w - read.get(n, (0, 0))[1]) for n, r, w in now["read"]
        }
        big = {n: v for n, v in self.existing.items() if v >= 1000}
        fact["scanned"] = sorted(n for n in big if changes.get(n, (0, 0))[0] >= big[n] * 0.9)
        fact["rows_locked"] = {n: w for n, (_, w) in sorted(changes.items()) if n in big and w > 0}
        fact["locks"], timeout = self.held(raw)
        if self.poll is not None:
            fact["locks"], self.poll = self.poll.stop(), None
            fact["autocommit"] = True
            reads = [n for n, m in fact["locks"].items() if "AccessExclusiveLock" in m]
            writes = [n for n, m in fact["locks"].items() if BLOCKS_WRITES & set(m)]
        else:
            reads, writes = self.waiting(fact["locks"])
        fact["reads_wait"] = sorted(n for n in reads if n in self.existing)
        fact["writes_wait"] = sorted(n for n in writes if n in self.existing)
        fact["locks"] = {n: m for n, m in fact["locks"].items() if n in self.existing and m}
        fact["no_timeout"] = timeout == "0"
        return {k: v for k, v in fact.items() if v}

    def held(self, raw: Any) -> tuple[dict[str, list[str]], str]:
        with raw.cursor() as cursor:
            locks: dict[str, list[str]] = {}
            for name, mode in cursor.execute(LOCKS.format(pid="pg_backend_pid()")).fetchall():
                if mode not in ("AccessShareLock",):
                    locks.setdefault(name, []).append(mode)
            timeout = cursor.execute("select current_setting('lock_timeout')").fetchone()[0]
        return {n: sorted(m) for n, m in locks.items()}, timeout

    def waiting(self, locks: dict[str, list[str]]) -> tuple[list[str], list[str]]:
        """The tables whose readers and whose writers a second session finds waiting."""
        strong = [n for n in locks if n in self.existing and set(locks[n]) & BLOCKS_WRITES]
        reads = [n for n in strong if self.waits(f'select 1 from "{n}" limit 1')]
        writes = [n for n in strong if self.waits(f'insert into "{n}" select * from "{n}" limit 0')]
        return reads, writes

    def waits(self, statement: str) -> bool:
        with self.other.connect() as connection:
            connection.exec_driver_sql(f"set local lock_timeout = '{PATIENCE}ms'")
            try:
                connection.exec_driver_sql(statement)
            except sa.exc.DBAPIError as error:
                return "lock timeout" in str(error.orig)
            finally:
                connection.rollback()
        return False


class Poll(threading.Thread):
    """Looks again and again at the locks of a session while its statement runs."""

    def __init__(self, engine: sa.Engine, pid: int) -> None:
        super().__init__(daemon=True)
        self.engine, self.pid, self.over = engine, pid, threading.Event()
        self.locks: dict[str, set[str]] = {}
        self.ready = threading.Event()

    def run(self) -> None:
        """Polls until stopped."""
        with self.engine.connect() as connection:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            while not self.over.is_set():
                for name, mode in connection.exec_driver_sql(LOCKS.format(pid=self.pid)):
                    if mode != "AccessShareLock":
                        self.locks.setdefault(name, set()).add(mode)
                self.ready.set()

    def start(self) -> None:
        """Starts, and returns when the first look was taken."""
        super().start()
        self.ready.wait(10)

    def stop(self) -> dict[str, list[str]]:
        """Ends the polling and gives every lock that was seen."""
        self.over.set()
        self.join(10)
        return {name: sorted(modes) for name, modes in sorted(self.locks.items())}


def is_question(statement: str) -> bool:
    """Whether the statement is a read that Alembic, SQLAlchemy or the revision makes."""
    words = statement.lstrip("( \n\t").split(None, 1)
    return bool(words) and words[0].upper() in ("SELECT", "SHOW", "SET", "PRAGMA", "DESCRIBE")


def refuses_lock_none(engine: sa.Engine, raw: Any, statement: str) -> str:
    """MariaDB's own answer whether writes can go on: the statement with LOCK=NONE on a copy.

    The copy has the table's definition and no rows, in a schema of its own.
    """
    words = statement.split()
    kind = " ".join(words[:2]).upper()
    if kind == "ALTER TABLE":
        table, asserted = words[2].strip("`"), f"{statement}, LOCK=NONE"
    elif words[0].upper() == "CREATE" and "INDEX" in (words[1].upper(), words[2].upper()):
        after = words[[w.upper() for w in words].index("ON") + 1]
        table, asserted = after.split("(")[0].strip("`"), f"{statement} LOCK=NONE"
    else:
        return ""
    with engine.connect() as connection:
        home = connection.exec_driver_sql("select database()").scalar()
        connection.exec_driver_sql("drop database if exists set_probe")
        connection.exec_driver_sql("create database set_probe")
        connection.exec_driver_sql("use set_probe")
        try:
            connection.exec_driver_sql(f"create table `{table}` like `{home}`.`{table}`")
            connection.exec_driver_sql(asserted)
        except sa.exc.DBAPIError as error:
            code, message = error.orig.args[:2]  # type: ignore[union-attr]
            return f"{table}: {message}" if code in (1845, 1846) else ""
    return ""
