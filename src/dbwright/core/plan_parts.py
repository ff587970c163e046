"""What a server measures of one node of a plan, or of a statement as a whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of one kind of memory: found there, read from the system, dirtied, written."""

    hit: int = 0
    read: int = 0
    dirtied: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class Buffers:
    """The blocks that a node and all below it touched, of all loops and workers together.

    https://www.postgresql.org/docs/current/sql-explain.html
    """

    shared: Blocks = Blocks()
    local: Blocks = Blocks()
    temp: Blocks = Blocks()

    @property
    def pages(self) -> int:
        """Pages of tables and indexes that were looked at, found in memory or not."""
        return self.shared.hit + self.shared.read + self.local.hit + self.local.read


@dataclass(frozen=True, slots=True)
class InputOutput:
    """Milliseconds spent in reading and writing blocks, where track_io_timing is on.

    PostgreSQL 13 to 16 tell `shared` and `local` as one, which stands in `shared`.
    """

    shared_read: float = 0.0
    shared_write: float = 0.0
    local_read: float = 0.0
    local_write: float = 0.0
    temp_read: float = 0.0
    temp_write: float = 0.0


@dataclass(frozen=True, slots=True)
class Wal:
    """The write-ahead log that a node and all below it wrote."""

    records: int = 0
    full_pages: int = 0
    bytes: int = 0
    buffers_full: int = 0


@dataclass(frozen=True, slots=True)
class Sort:
    """How a node sorted: `method` and `kilobytes` are known only of one that ran.

    `presorted` are the leading keys that its input was sorted by already; `groups` how many such
    groups an incremental sort took.
    """

    keys: tuple[str, ...] = ()
    presorted: tuple[str, ...] = ()
    method: str | None = None
    kilobytes: int | None = None
    on_disk: bool = False
    groups: int | None = None


@dataclass(frozen=True, slots=True)
class Hash:
    """A hash table as it was built: more than one batch, or a disk size, did not fit in work_mem.

    The `original` numbers are those it began with.
    """

    buckets: int | None = None
    original_buckets: int | None = None
    batches: int | None = None
    original_batches: int | None = None
    planned_partitions: int | None = None
    memory_kilobytes: int | None = None
    disk_kilobytes: int | None = None


@dataclass(frozen=True, slots=True)
class Cache:
    """The cache of a Memoize node: the key, and how often a value was in it."""

    key: str | None = None
    mode: str | None = None
    hits: int | None = None
    misses: int | None = None
    evictions: int | None = None
    overflows: int | None = None
    kilobytes: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a node that writes did: ON CONFLICT and MERGE count their rows apart."""

    inserted: float | None = None
    updated: float | None = None
    deleted: float | None = None
    skipped: float | None = None
    conflicting: float | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker's part in a node; times in milliseconds, for each of its loops."""

    number: int
    startup_time: float | None = None
    time: float | None = None
    rows: float | None = None
    loops: float | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger that fired: milliseconds of all its calls; `constraint` where one made it."""

    name: str | None
    relation: str | None = None
    constraint: str | None = None
    time: float | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Jit:
    """Just-in-time compilation: milliseconds of the leader and all workers together."""

    functions: int = 0
    inlining: bool = False
    optimization: bool = False
    generation_time: float = 0.0
    inlining_time: float = 0.0
    optimization_time: float = 0.0
    emission_time: float = 0.0
    time: float = 0.0
