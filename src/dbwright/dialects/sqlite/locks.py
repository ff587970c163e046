"""What a statement keeps others from doing in SQLite, which locks the whole database.

https://www.sqlite.org/lockingv3.html: a writer holds RESERVED, and EXCLUSIVE while its pages
are written; without WAL readers wait for that moment.
"""

from __future__ import annotations

from typing import Any

from dbwright.core import operation as op
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.dialects.effect import Effect

_MODES_BLOCKING_READS = ("PENDING", "EXCLUSIVE")
_READING = (op.Select, op.SetParameter, op.Other)
_SCANNING = (op.CreateIndex, op.Reindex, op.AlterType)


def blocks_reads(mode: str) -> bool:
    """Whether a reader waits for a lock of this mode."""
    return mode in _MODES_BLOCKING_READS


def blocks_writes(mode: str) -> bool:
    """Whether a writer waits for a lock of this mode."""
    return mode in ("RESERVED", *_MODES_BLOCKING_READS)


def effect(operation: op.Operation, before: Schema | None, target: Target) -> Effect:
    """Give the lock of an operation; every write keeps all other writers out."""
    if isinstance(operation, _READING):
        return Effect()
    scans, rewrites = _work(operation)
    table = getattr(operation, "table", None)
    relation = table if isinstance(table, str) else None
    return Effect(relation, "RESERVED", False, True, not scans, scans, rewrites)


def _work(operation: Any) -> tuple[bool, bool]:
    """Give whether rows are read, and whether they are written anew."""
    match operation:
        case op.Data():
            return operation.action != "insert" and not operation.bounded, False
        case op.AddColumn():
            # Rows are tested from 3.37 on; no row is written.
            return operation.check is not None or operation.column.computed is not None, False
        case op.DropColumn():
            return True, True
        case op.Maintain():
            return True, operation.action == "vacuum full"
    return isinstance(operation, _SCANNING), False
