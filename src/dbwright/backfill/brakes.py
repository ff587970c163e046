"""What makes a backfill wait: replicas that lag, sessions that wait for locks, load, log written.

Asked before a batch, but only twice in the time that a batch shall take. What the role may not see
is told once and not guessed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from dbwright.backfill.definition import Settings
from dbwright.backfill.servers import reading
from dbwright.backfill.trouble import first_line

_LAG = """
SELECT coalesce(nullif(application_name, ''), client_addr::text, 'a replica') AS name,
       extract(epoch FROM coalesce(replay_lag, write_lag))::double precision AS seconds,
       pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::double precision AS bytes
FROM pg_stat_replication ORDER BY seconds DESC NULLS LAST
"""
_HIDDEN_LAG = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn IS NULL AND state IS NULL"
_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
  AND datname = current_database()
"""
_ACTIVE = """
SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND datname = current_database()
  AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::double precision"
_MYSQL_WAITING = "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
_MYSQL_ACTIVE = "SHOW GLOBAL STATUS LIKE 'Threads_running'"
_ON_REPLICA = """
SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0
            WHEN pg_last_wal_receive_lsn() IS NOT NULL
                 AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver) THEN NULL
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE extract(epoch FROM clock_timestamp()
                              - coalesce(pg_last_xact_replay_timestamp(), clock_timestamp()))
       END::double precision
"""


@dataclass(slots=True)
class Brakes:
    """Says why the next batch has to wait, in words, or that it has not."""

    settings: Settings
    unseen: list[str] = field(default_factory=list)
    """What cannot be looked at here, in words."""
    _next: float = 0.0
    _words: str = ""
    _wal: tuple[float, float] | None = None
    _replicas: dict[str, Engine] = field(default_factory=dict)

    def reason(self, connection: Connection) -> str:
        """Gives why to wait: "replica b lags 14 s (limit 10)"; empty for no reason."""
        now = time.monotonic()
        if now < self._next:
            return self._words
        self._next = now + self._every
        self._words = next(self._reasons(connection), "")
        return self._words

    @property
    def _every(self) -> float:
        return min(self.settings.target_seconds / 2, 1.0)

    def close(self) -> None:
        """Closes the connections to replicas."""
        for engine in self._replicas.values():
            engine.dispose()

    def _reasons(self, connection: Connection) -> Iterator[str]:
        name = connection.dialect.name
        if name == "postgresql":
            yield from self._postgresql(connection)
        elif name in ("mysql", "mariadb"):
            yield from self._mysql(connection)
        if self.settings.max_lag_seconds:
            for place, url in enumerate(self.settings.replicas, 1):
                yield from self._replica(place, url)

    def _postgresql(self, connection: Connection) -> Iterator[str]:
        limits = self.settings
        if limits.max_lag_seconds:
            for row in self._asked(connection, _LAG, "the lag of replicas"):
                if row.seconds is None and row.bytes is None:
                    self._tell("the lag of replicas (grant pg_monitor)")
                elif (row.seconds or 0.0) > limits.max_lag_seconds:
                    yield _lags(row.name, row.seconds, limits.max_lag_seconds)
        if limits.max_waiting:
            for row in self._asked(connection, _WAITING, "sessions that wait"):
                if row[0] > limits.max_waiting:
                    yield f"{row[0]} sessions wait for locks (limit {limits.max_waiting})"
        if limits.max_active:
            for row in self._asked(connection, _ACTIVE, "running queries"):
                if row[0] > limits.max_active:
                    yield f"{row[0]} queries are running (limit {limits.max_active})"
        if limits.max_wal_mb:
            for row in self._asked(connection, _WAL, "the write-ahead log"):
                yield from self._log_rate(float(row[0]))

    def _log_rate(self, position: float) -> Iterator[str]:
        """A bucket that fills with what may be written and empties with what was."""
        now, limit = time.monotonic(), self.settings.max_wal_mb
        if self._wal is None:
            self._wal = (now, position)
            return
        since, start = self._wal
        written, allowed = (position - start) / 2**20, (now - since + 1.0) * limit
        if written > allowed:
            yield f"{written / max(now - since, 1e-3):.0f} MB of log a second (limit {limit:g})"
        elif now - since > 10:
            self._wal = (now, position)

    def _mysql(self, connection: Connection) -> Iterator[str]:
        limits = self.settings
        if limits.max_waiting:
            for row in self._asked(connection, _MYSQL_WAITING, "transactions that wait (PROCESS)"):
                if row[0] > limits.max_waiting:
                    yield f"{row[0]} transactions wait for locks (limit {limits.max_waiting})"
        if limits.max_active:
            for row in self._asked(connection, _MYSQL_ACTIVE, "running queries"):
                if int(row[1]) - 1 > limits.max_active:
                    yield f"{int(row[1]) - 1} queries are running (limit {limits.max_active})"

    def _replica(self, place: int, url: str) -> Iterator[str]:
        engine = self._replicas.get(url)
        if engine is None:
            engine = self._replicas[url] = create_engine(url, poolclass=NullPool)
        name = engine.url.host or f"replica {place}"
        try:
            with engine.connect() as connection:
                seconds = _lag_of(connection)
        except SQLAlchemyError as error:
            yield f"{name} does not say how far it is: {first_line(error)}"
            return
        if seconds is None:
            yield f"{name} does not replicate"
        elif seconds > self.settings.max_lag_seconds:
            yield _lags(name, seconds, self.settings.max_lag_seconds)

    def _asked(self, connection: Connection, sql: str, what: str) -> list[Any]:
        try:
            with reading(connection):
                return list(connection.execute(text(sql)))
        except SQLAlchemyError as error:
            if getattr(error, "connection_invalidated", False):
                raise
            self._tell(f"{what}: {first_line(error)}")
            return []

    def _tell(self, words: str) -> None:
        if words not in self.unseen:
            self.unseen.append(words)


def _lags(name: str, seconds: float, limit: float) -> str:
    return f"{name} lags {seconds:.0f} s (limit {limit:g})"


def _lag_of(connection: Connection) -> float | None:
    """Gives the seconds that a replica is behind; None where it says that it does not replicate."""
    if connection.dialect.name == "postgresql":
        seconds = connection.scalar(text(_ON_REPLICA))
        return None if seconds is None else float(seconds)
    for sql in ("SHOW REPLICA STATUS", "SHOW SLAVE STATUS"):
        with contextlib.suppress(SQLAlchemyError):
            row = connection.execute(text(sql)).mappings().first()
            if row is None:
                return None
            found = row.get("Seconds_Behind_Source", row.get("Seconds_Behind_Master"))
            return None if found is None else float(found)
    return None
