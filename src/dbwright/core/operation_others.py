"""Operations on partitions, rows, sessions and views, and those that nothing here describes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dbwright.core.codec import tagged


@tagged
@dataclass(frozen=True, slots=True)
class AttachPartition:
    """ATTACH PARTITION; `bound` as `FOR VALUES FROM (1) TO (2)`."""

    table: str
    partition: str
    bound: str | None = None


@tagged
@dataclass(frozen=True, slots=True)
class DetachPartition:
    table: str
    partition: str
    concurrently: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class Data:
    """Rows written or removed; `bounded` is whether a WHERE, LIMIT or key list narrows it.

    `open_ended` is whether that WHERE says nothing of how many: it asks for NULLs, for all on one
    side of a value, or joins; `compared` are the columns that it holds against a value.
    """

    action: Literal["insert", "update", "delete", "truncate"]
    table: str
    bounded: bool = False
    from_select: bool = False
    columns: tuple[str, ...] = ()
    cascade: bool = False
    open_ended: bool = False
    compared: tuple[str, ...] = ()


@tagged
@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT that the revision runs, and the tables that it reads."""

    tables: tuple[str, ...] = ()


@tagged
@dataclass(frozen=True, slots=True)
class SetParameter:
    """SET or SET LOCAL, `set_config`, or a PRAGMA."""

    name: str
    value: str
    local: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class LockTable:
    table: str
    mode: str


@tagged
@dataclass(frozen=True, slots=True)
class Maintain:
    """VACUUM, CLUSTER, REFRESH MATERIALIZED VIEW, ANALYZE."""

    action: Literal["vacuum", "vacuum full", "cluster", "refresh", "analyze"]
    target: str | None = None
    concurrently: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class AlterDomain:
    """ALTER DOMAIN; `checks` is whether values that are there already are looked at."""

    name: str
    checks: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class CreateView:
    """CREATE [MATERIALIZED] VIEW, and the tables it reads."""

    name: str
    tables: tuple[str, ...] = ()
    materialized: bool = False
    replace: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class DropView:
    name: str
    materialized: bool = False
    if_exists: bool = False
    cascade: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class Other:
    """A statement whose effect on the schema is not described; `tag` as `CREATE FUNCTION`.

    `unknown` says that its effect cannot be foreseen (DO blocks, function calls, text that does
    not parse): the schema after it is known by replay only. `table` is the key of the table
    that it is about, if it is about one.
    """

    tag: str
    unknown: bool = False
    table: str | None = None
