"""What differs between the databases: clocks, locks, types of the state tables, transactions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from dbwright.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Server:
    """How one database writes what a backfill needs.

    `now` is its clock in seconds since 1970, which all workers share; `locked` ends a SELECT that
    keeps its row, `skipping` one that passes by the rows that others keep.
    """

    name: str
    now: str
    text_type: str
    name_type: str
    seconds_type: str
    locked: str
    skipping: str
    workers: int = 64
    table_options: str = ""

    def lasts(self, column: str) -> str:
        """Gives the condition that a lease is in force, its length being `:seconds`.

        One that ends later than any that was given is left from before the clock was set back.
        """
        return f"({column} > {self.now} AND {column} <= {self.now} + 2 * :seconds)"


POSTGRESQL = Server(
    "postgresql",
    "extract(epoch from clock_timestamp())::double precision",
    "text",
    "varchar(190)",
    "double precision",
    " FOR UPDATE",
    " FOR UPDATE SKIP LOCKED",
    # pruning keeps dead rows few, so that it would be long until VACUUM told where there is room
    table_options=" WITH (fillfactor = 50, autovacuum_vacuum_threshold = 50,"
    " autovacuum_vacuum_scale_factor = 0)",
)
MYSQL = Server(
    "mysql",
    # of the universal time: unix_timestamp(now(6)) jumps where the session's zone ends its summer
    "timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) / 1e6",
    "longtext",
    "varchar(190) CHARACTER SET ascii COLLATE ascii_bin",
    "double",
    " FOR UPDATE",
    " FOR UPDATE SKIP LOCKED",
    table_options=" ENGINE = InnoDB",
)
SQLITE = Server(
    "sqlite",
    "((julianday('now') - 2440587.5) * 86400.0)",
    "text",
    "varchar(190)",
    "double",
    "",
    "",
    workers=1,
)
_SERVERS = {"postgresql": POSTGRESQL, "mysql": MYSQL, "mariadb": MYSQL, "sqlite": SQLITE}


def server_of(connection: Connection) -> Server:
    """Gives how the connection's database writes it; UsageError for one that is not known."""
    found = _SERVERS.get(connection.dialect.name)
    if found is None:
        raise UsageError(
            f"a backfill runs on PostgreSQL, MySQL, MariaDB and SQLite, not on "
            f"{connection.dialect.name}",
            way_out="Run the batches of `dbwright migrations change` there.",
        )
    return found


@contextlib.contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Gives a transaction that writes, committed at the end of the block and rolled back on errors.

    Of SQLite it is one that writes from its first statement on, as one that reads first cannot
    wait: https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions
    """
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        # an error may have ended it already: a full disk does
        with contextlib.suppress(Exception):
            connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


@contextlib.contextmanager
def reading(connection: Connection) -> Iterator[None]:
    """Gives a transaction that only reads, so that on SQLite no writer has to wait for it."""
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    connection.exec_driver_sql("BEGIN")
    try:
        yield
    finally:
        with contextlib.suppress(Exception):
            connection.exec_driver_sql("ROLLBACK")


def settle(connection: Connection, lock_seconds: float, batch_seconds: float) -> None:
    """Sets what holds for one transaction: how long it waits, and exact texts of values."""
    if connection.dialect.name == "postgresql":
        wanted = (
            ("lock_timeout", f"{max(1, int(1000 * lock_seconds))}ms"),
            ("statement_timeout", f"{int(1000 * batch_seconds)}ms"),
            ("datestyle", "ISO"),
            ("intervalstyle", "postgres"),
            ("extra_float_digits", "1"),
            ("plan_cache_mode", "force_custom_plan"),
        )
        calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in wanted)
        connection.exec_driver_sql(f"SELECT {calls}")


def prepare(connection: Connection, lock_seconds: float, batch_seconds: float) -> Connection:
    """Gives a fresh connection as batches use it, with what holds for its whole session."""
    level = "AUTOCOMMIT" if connection.dialect.name == "sqlite" else "READ COMMITTED"
    found = connection.execution_options(isolation_level=level)
    limit(found, lock_seconds, batch_seconds)
    return found


def limit(connection: Connection, lock_seconds: float, batch_seconds: float) -> None:
    """Sets how long a session waits for locks; PostgreSQL's are set in each transaction."""
    name = connection.dialect.name
    if name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(1000 * max(lock_seconds, 1.0))}")
    elif name in ("mysql", "mariadb"):
        with connection.begin():
            seconds = max(1, round(lock_seconds))
            connection.exec_driver_sql(f"SET SESSION innodb_lock_wait_timeout = {seconds}")
            if getattr(connection.dialect, "is_mariadb", False):
                connection.exec_driver_sql(f"SET SESSION max_statement_time = {batch_seconds:g}")
