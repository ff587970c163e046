"""Which locks the migrating session holds and waits for, seen from a session of our own."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from dbwright.core.upgraded import LockRun

_HELD = text(
    """
    select case when n.nspname = current_schema() then c.relname
                else n.nspname || '.' || c.relname end, l.mode, l.granted
    from pg_locks l
    join pg_class c on c.oid = l.relation
    join pg_namespace n on n.oid = c.relnamespace
    where l.pid = :pid and l.locktype = 'relation' and c.relkind in ('r', 'p', 'm', 'f')
      and l.database = (select oid from pg_database where datname = current_database())
      and n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema')"""
)
_WAITS = text(
    """
    select l.locktype, l.mode from pg_locks l
    where l.pid = :pid and not l.granted and l.locktype <> 'relation'"""
)
_BLOCKERS = text(
    """
    select a.pid, coalesce(a.usename, '?'), coalesce(nullif(a.application_name, ''), 'no name'),
           coalesce(a.state, a.backend_type), left(a.query, 200),
           extract(epoch from clock_timestamp() - a.xact_start)
    from unnest(pg_blocking_pids(:pid)) b join pg_stat_activity a on a.pid = b"""
)
_HELD_MYSQL = text(
    """
    select l.object_name, l.lock_type, l.lock_status = 'GRANTED'
    from performance_schema.metadata_locks l
    join performance_schema.threads t on t.thread_id = l.owner_thread_id
    where t.processlist_id = :pid and l.object_type = 'TABLE'
      and l.object_schema = database()"""
)

_MEANT = {
    "virtualxid": "the end of older transactions",
    "transactionid": "the end of a transaction",
    "tuple": "a row",
}


@dataclass(slots=True)
class _Seen:
    since: float
    last: float
    is_granted: bool


@dataclass(slots=True)
class Locks:
    """What was seen of one session's locks: each by the longest time that it was held."""

    connection: Connection
    family: str
    pid: Any = None
    note: str = ""
    _now: dict[tuple[str, str], _Seen] = field(default_factory=dict)
    _held: dict[tuple[str, str], float] = field(default_factory=dict)
    _waited: dict[tuple[str, str], float] = field(default_factory=dict)
    _blockers: list[str] = field(default_factory=list)
    _looked: float = 0.0

    def look(self, since: float | None = None) -> None:
        """Looks once; what is new was taken after `since`, the begin of the statement that runs."""
        if self.pid is None or self.family == "sqlite" or self.note:
            return
        before, now = self._looked or time.monotonic(), time.monotonic()
        query = _HELD if self.family == "postgresql" else _HELD_MYSQL
        try:
            rows = [*self.connection.execute(query, {"pid": self.pid}).all(), *self._others()]
        except Exception as error:
            words = str(getattr(error, "orig", error)).splitlines()[0]
            self.note = f"locks were not measured: {words}"
            return
        found = {(relation, mode): bool(granted) for relation, mode, granted in rows}
        for key, is_granted in found.items():
            seen = self._now.setdefault(key, _Seen(since or before, now, is_granted))
            if not is_granted:
                self._waited[key] = self._waited.get(key, 0.0) + now - max(before, seen.since)
            elif not seen.is_granted:
                seen.since, seen.is_granted = before, True
            seen.last = now
        for key in [key for key in self._now if key not in found]:
            self._end(key, now)
        if not all(found.values()):
            self._look_for_blockers()
        self._looked = now

    def _others(self) -> list[tuple[str, str, bool]]:
        """What else the session waits for: the end of a transaction, mostly."""
        if self.family == "mysql":
            if not self.connection.exec_driver_sql("select @@performance_schema").scalar():
                self.note = "locks were not measured: performance_schema is off"
            return []
        rows = self.connection.execute(_WAITS, {"pid": self.pid}).all()
        return [(_MEANT.get(kind, kind), mode, False) for kind, mode in rows]

    def _look_for_blockers(self) -> None:
        if self.family != "postgresql":
            return
        for pid, user, program, state, query, age in self.connection.execute(
            _BLOCKERS, {"pid": self.pid}
        ):
            words = " ".join((query or "").split())
            text = f"session {pid} of {user} ({program}), {state}: {words}"
            if age is not None:
                text += f", its transaction {age:.1f} s old"
            known = f"session {pid} "
            self._blockers = [b for b in self._blockers if not b.startswith(known)] + [text]

    def _end(self, key: tuple[str, str], now: float) -> None:
        seen = self._now.pop(key)
        if seen.is_granted:
            self._held[key] = max(self._held.get(key, 0.0), now - seen.since)

    def release(self) -> None:
        """Notes the end of a transaction, with which all its locks end."""
        now = time.monotonic()
        for key in [*self._now]:
            self._end(key, now)

    def taken(self) -> tuple[tuple[LockRun, ...], tuple[str, ...]]:
        """Gives the locks seen, the longest first, and who stood in the way; then forgets them."""
        keys = {**self._held, **self._waited}
        found = [
            LockRun(
                relation,
                mode,
                round(self._held.get((relation, mode), 0.0), 3),
                round(self._waited.get((relation, mode), 0.0), 3),
            )
            for relation, mode in keys
        ]
        found.sort(key=lambda lock: (-lock.seconds, -lock.waited, lock.relation, lock.mode))
        blockers = tuple(self._blockers)
        self._held, self._waited, self._blockers = {}, {}, []
        return tuple(found), blockers
