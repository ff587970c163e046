"""Existing indexes, as far as it matters whether one makes another needless."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExistingKey:
    """A key: its SQL, its operator class, its collation, and whether it runs backwards."""

    sql: str
    opclass: str = ""
    collation: str = ""
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class ExistingIndex:
    """An index that is there.

    `owner` names the constraint that it enforces. `needed` says what else needs it: a foreign key
    that refers to its columns, the replica identity, its part in a partitioned index; a
    `partitioned` one is that of a whole table, which can only be dropped and made at once.
    `supports` names the foreign keys whose columns it begins with: without it, deleting a row that
    they refer to reads the table whole.
    """

    schema: str
    table: str
    name: str
    method: str
    keys: tuple[ExistingKey, ...]
    include: tuple[str, ...] = ()
    where: str | None = None
    unique: bool = False
    owner: str | None = None
    needed: str | None = None
    valid: bool = True
    partitioned: bool = False
    definition: str = ""
    bytes: int = 0
    scans: int | None = None
    supports: tuple[str, ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether it serves reads alone, so that dropping it forbids and permits nothing."""
        return not self.unique and self.owner is None and self.needed is None
