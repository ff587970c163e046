"""Looking at a PostgreSQL backend at work: its locks, what it read, what it wrote anew."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from dbwright.core.operation import Data, Operation, Other, Select
from dbwright.core.schema import qualified
from dbwright.core.trace import Blocked
from dbwright.dialects.postgresql import locks

PATIENCE_MILLISECONDS = 30
_PUBLISHED_SECONDS = 0.6
_STRENGTH = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
_SEEN = """
select c.oid, n.nspname, c.relname, c.relkind::text, pg_catalog.pg_relation_filenode(c.oid),
  i.indrelid,
  {tuples_returned}(c.oid), {tuples_fetched}(c.oid),
  {tuples_inserted}(c.oid), {tuples_updated}(c.oid), {tuples_deleted}(c.oid)
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_index i on i.indexrelid = c.oid
where c.relkind in ('r', 'p', 'm', 'v', 'f', 'i', 'I') and c.oid >= 16384
  and n.nspname !~ '^pg_(toast|temp)'
"""
_COUNTERS = ("returned", "fetched", "inserted", "updated", "deleted")

Held = set[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation as the catalog has it, with the rows that its backend touched so far."""

    oid: int
    schema: str
    name: str
    kind: str
    file: int | None
    index_of: int | None
    read: int = 0
    fetched: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    @property
    def key(self) -> str:
        """The table key."""
        return qualified(self.name, None if self.schema == "public" else self.schema)

    @property
    def sql(self) -> str:
        """The name as SQL."""
        return ".".join('"' + part.replace('"', '""') + '"' for part in (self.schema, self.name))

    @property
    def is_table(self) -> bool:
        """Whether rows live in it."""
        return self.kind in ("r", "p", "m")


Relations = dict[int, Relation]


def relations(connection: psycopg.Connection, *, transaction: bool) -> Relations:
    """Gives the relations of users as the connection sees them.

    The counters are those of the connection's open transaction, or the server's flushed ones.
    """
    prefix = "pg_catalog.pg_stat_get_" + ("xact_" if transaction else "")
    names = {f"tuples_{counter}": f"{prefix}tuples_{counter}" for counter in _COUNTERS}
    rows = connection.execute(_SEEN.format(**names).encode()).fetchall()
    return {row[0]: Relation(*row) for row in rows}


@dataclass(slots=True)
class Onlooker:
    """A session beside the one that is watched, begun when it is first needed."""

    begin: Callable[[], psycopg.Connection]
    _begun: psycopg.Connection | None = field(default=None, init=False)

    @property
    def connection(self) -> psycopg.Connection:
        """The session's connection."""
        if self._begun is None:
            self._begun = self.begin()
        return self._begun

    def close(self) -> None:
        """Ends the session if it was begun."""
        if self._begun is not None:
            self._begun.close()


@dataclass(slots=True)
class Watcher:
    """A superuser's look at one backend, from a session of its own."""

    superuser: Onlooker
    pid: int

    def held(self) -> tuple[Held, int]:
        """Gives the relation locks that the backend holds, and where the WAL stands."""
        rows = self.superuser.connection.execute(
            """
            select relation, mode, pg_current_wal_insert_lsn() - '0/0'::pg_lsn
            from pg_locks where pid = %s and locktype = 'relation' and granted
              and relation >= 16384
            union all select null, null, pg_current_wal_insert_lsn() - '0/0'::pg_lsn
        """,
            [self.pid],
        ).fetchall()
        return {(oid, mode) for oid, mode, _ in rows if oid is not None}, int(rows[-1][2])


@dataclass(slots=True)
class Prober:
    """A second user of the database, who tries what an application does and soon gives up."""

    user: Onlooker

    def blocked(self, relation: Relation, mode: str) -> list[Blocked]:
        """Gives what had to wait for a lock that was just taken on a table."""
        found = []
        if locks.blocks_reads(mode) and self._waits(f"select 1 from {relation.sql} limit 0"):
            found.append(Blocked(relation.key, "SELECT", mode))
        if (
            locks.blocks_writes(mode)
            and relation.kind in ("r", "p")
            and self._waits(f"insert into {relation.sql} select where false")
        ):
            found.append(Blocked(relation.key, "INSERT", mode))
        return found

    def rows_locked(self, operations: Iterable[Operation], before: Relations) -> int | None:
        """Gives how many rows of the table written are locked, None where it cannot be asked."""
        written = {
            operation.table
            for operation in operations
            if isinstance(operation, Data) and operation.action in ("update", "delete")
        }
        relation = next((r for r in before.values() if r.is_table and r.key in written), None)
        if relation is None:
            return None
        free = f"select 1 from {relation.sql} for update skip locked"
        asked = f"with free as ({free}) select (select count(*) from {relation.sql}) - count(*)"
        try:
            row = self.user.connection.execute(f"{asked} from free".encode()).fetchone()
        except psycopg.Error:
            return None
        return int(row[0]) if row else None

    def _waits(self, sql: str) -> bool:
        try:
            self.user.connection.execute(sql.encode())
        except psycopg.errors.LockNotAvailable:
            return True
        except psycopg.Error:
            return False  # it cannot be tried at all: no witness
        return False


def impatient(database: Any) -> psycopg.Connection:
    """Gives a connection of a user who waits for no lock."""
    connection: psycopg.Connection = database.connect(autocommit=True)
    connection.execute(f"set lock_timeout = '{PATIENCE_MILLISECONDS}ms'".encode())
    return connection


def strongest(modes: Iterable[str]) -> str | None:
    """Gives the strongest of some lock modes."""
    return max(modes, key=_STRENGTH.index, default=None)


def flush_statistics(connection: psycopg.Connection) -> bool:
    """Has the backend publish what it counted, for others to read.

    Before PostgreSQL 15 it cannot be forced: a backend tells at most twice a second, at the end of
    a statement, and what another reads may be as old.
    """
    with contextlib.suppress(psycopg.Error):
        if connection.info.server_version >= 150000:
            connection.execute("select pg_stat_force_next_flush()")
        else:
            time.sleep(_PUBLISHED_SECONDS)
            connection.execute("select 1")
        return True
    return False


def rewritten(before: Relations, after: Relations) -> tuple[str, ...]:
    """Gives the tables whose rows are in another file now."""
    return tuple(
        old.key
        for oid, old in before.items()
        if old.is_table and oid in after and after[oid].file != old.file
    )


def rebuilt(before: Relations, after: Relations) -> tuple[str, ...]:
    """Gives indexes that stand under their name with another file: a new one may replace them."""
    now = {found.key: found for found in after.values() if found.index_of is not None}
    return tuple(
        old.key
        for old in before.values()
        if old.index_of is not None and old.key in now and now[old.key].file != old.file
    )


def fetched(after: Relations, before: Relations) -> dict[int, int]:
    """Gives the rows that index scans fetched, by table."""
    found: dict[int, int] = {}
    for oid, new in after.items():
        table = new.index_of or oid
        more = new.fetched - (before[oid].fetched if oid in before else 0)
        found[table] = found.get(table, 0) + max(more, 0)
    return found


def rows_changed(
    operations: Iterable[Operation], before: Relations, after: Relations, told: int
) -> int | None:
    """Gives the rows that a statement wrote: as it told, or in a block or function as counted."""
    found = tuple(operations)
    if any(isinstance(operation, Data) for operation in found):
        return told if told >= 0 else None
    if not all(isinstance(operation, (Other, Select)) for operation in found):
        return None
    changed = sum(
        _writes(new) - (_writes(before[oid]) if oid in before else 0)
        for oid, new in after.items()
        if new.is_table
    )
    return changed if changed > 0 else None


def _writes(relation: Relation) -> int:
    return relation.inserted + relation.updated + relation.deleted
