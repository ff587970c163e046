"""What one operation does to others while it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effect:
    """The lock of an operation and what is done under it, by the database's manual.

    `relation` is the table that is locked in `mode`, both None where nothing that stood before
    is locked; `others` are further tables with their modes. `brief` is false where the lock is
    held over work that grows with the table: a scan, a rewrite, an index build. `rewrites` is
    None where it depends on what is not known.
    """

    relation: str | None = None
    mode: str | None = None
    blocks_reads: bool = False
    blocks_writes: bool = False
    brief: bool = True
    scans: bool = False
    rewrites: bool | None = False
    others: tuple[tuple[str, str], ...] = ()
