"""The lock of each operation and what is done under it, by the manual.

Where a statement can be run the locks are watched instead; the tests hold the two together.
https://www.postgresql.org/docs/current/sql-altertable.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dbwright.core import operation as op
from dbwright.core.draft import reads
from dbwright.core.schema import ForeignKey, Schema, Table
from dbwright.core.target import Target
from dbwright.dialects.effect import Effect
from dbwright.dialects.postgresql import lock_modes as modes
from dbwright.dialects.postgresql import lock_work as spared
from dbwright.dialects.postgresql import partitions
from dbwright.dialects.postgresql.lock_modes import blocks_reads, blocks_writes

__all__ = ["blocks_reads", "blocks_writes", "effect"]

_NOTHING = Effect()


def effect(operation: op.Operation, before: Schema | None, target: Target) -> Effect:
    """Give the lock of an operation and whether it is held over work.

    `before` is the schema before it, which decides whether a scan or a rewrite is spared;
    without it the worse case is given.
    """
    handler = _HANDLERS.get(type(operation))
    return handler(operation, before, target) if handler else _NOTHING


def _locked(relation: str | None, mode: str, **more: Any) -> Effect:
    reads, writes = blocks_reads(mode), blocks_writes(mode)
    return Effect(relation, mode, reads, writes, **more)


def _working(relation: str | None, mode: str, **more: Any) -> Effect:
    return _locked(relation, mode, brief=False, scans=True, **more)


def _table(before: Schema | None, key: str) -> Table | None:
    return before.table(key) if before else None


def _referred(keys: tuple[ForeignKey, ...], own: str, mode: str) -> tuple[tuple[str, str], ...]:
    found = dict.fromkeys(each.referred for each in keys if each.referred != own)
    return tuple((key, mode) for key in found)


def _create_table(operation: op.CreateTable, before: Schema | None, target: Target) -> Effect:
    table = operation.table
    parent = table.info.get("partition_of")
    # Each foreign key puts triggers on the table that it refers to.
    others = _referred(table.foreign_keys, table.key, modes.SHARE_ROW_EXCLUSIVE)
    if parent:
        return _locked(str(parent), modes.ACCESS_EXCLUSIVE, others=others)
    return Effect(
        blocks_writes=bool(others),
        others=others,
    )


def _drop_table(operation: op.DropTable, before: Schema | None, target: Target) -> Effect:
    table = _table(before, operation.table)
    keys = table.foreign_keys if table else ()
    others = _referred(keys, operation.table, modes.ACCESS_EXCLUSIVE)
    if before and operation.cascade:
        others += _holders(operation.table, before)
        readers = (each.key for each in before.tables if operation.table in reads(each))
        others += tuple((key, modes.ACCESS_EXCLUSIVE) for key in readers)
    return _locked(operation.table, modes.ACCESS_EXCLUSIVE, others=others)


def _holders(table: str, before: Schema) -> tuple[tuple[str, str], ...]:
    found = dict.fromkeys(each.key for each, _ in before.referring(table) if each.key != table)
    return tuple((key, modes.ACCESS_EXCLUSIVE) for key in found)


def _exclusive(operation: Any, before: Schema | None, target: Target) -> Effect:
    return _locked(operation.table, modes.ACCESS_EXCLUSIVE)


def _add_column(operation: op.AddColumn, before: Schema | None, target: Target) -> Effect:
    column = operation.column
    rewrites = spared.fills_rows(operation)
    builds = operation.unique or operation.primary_key
    key = operation.foreign_key
    # A new column of NULLs satisfies a foreign key, so the server looks at no row.
    checks = operation.check is not None or (key is not None and column.default is not None)
    scans = bool(rewrites) or builds or checks
    others = _referred((key,), operation.table, modes.SHARE_ROW_EXCLUSIVE) if key else ()
    return _locked(
        operation.table,
        modes.ACCESS_EXCLUSIVE,
        brief=not scans and rewrites is not None,
        scans=scans,
        rewrites=rewrites,
        others=others,
    )


def _alter_type(operation: op.AlterType, before: Schema | None, target: Target) -> Effect:
    table = _table(before, operation.table)
    column = table.column(operation.column) if table else None
    if column is None or table is None:
        return _working(operation.table, modes.ACCESS_EXCLUSIVE, rewrites=None)
    rewrites, scans = spared.retyped(operation, table, column, target)
    others = _referred(
        tuple(each for each in table.foreign_keys if operation.column in each.columns),
        operation.table,
        modes.ACCESS_EXCLUSIVE,
    )
    return _locked(
        operation.table,
        modes.ACCESS_EXCLUSIVE,
        brief=not scans,
        scans=scans,
        rewrites=rewrites,
        others=others,
    )


def _set_not_null(operation: op.SetNotNull, before: Schema | None, target: Target) -> Effect:
    table = _table(before, operation.table)
    column = table.column(operation.column) if table else None
    known = bool(column and not column.nullable)
    proved = table and any(
        spared.proves_not_null(check, operation.column) for check in table.checks
    )
    if known or (proved and target.has(12)):
        return _locked(operation.table, modes.ACCESS_EXCLUSIVE)
    return _working(operation.table, modes.ACCESS_EXCLUSIVE)


def _alter_identity(operation: op.AlterIdentity, before: Schema | None, target: Target) -> Effect:
    if operation.expression and operation.action == "set":
        return _working(operation.table, modes.ACCESS_EXCLUSIVE, rewrites=True)
    return _locked(operation.table, modes.ACCESS_EXCLUSIVE)


def _create_index(operation: op.CreateIndex, before: Schema | None, target: Target) -> Effect:
    # https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    mode = modes.SHARE_UPDATE_EXCLUSIVE if operation.concurrently else modes.SHARE
    table = _table(before, operation.table)
    if operation.only and table and table.is_cut:
        return _locked(operation.table, mode)  # ON ONLY a partitioned table: no row is read
    parts = partitions.parts_of(table, before) if table and before else ()
    return _working(operation.table, mode, others=tuple((part.key, mode) for part in parts))


def _owner_of(index: str, before: Schema | None) -> str | None:
    schema, _, name = index.rpartition(".")
    for table in before.tables if before else ():
        if (table.schema or "") == schema and any(each.name == name for each in table.indexes):
            return table.key
    return None


def _drop_index(operation: op.DropIndex, before: Schema | None, target: Target) -> Effect:
    mode = modes.SHARE_UPDATE_EXCLUSIVE if operation.concurrently else modes.ACCESS_EXCLUSIVE
    return _locked(_owner_of(operation.index, before), mode)


def _rename_index(operation: op.RenameIndex, before: Schema | None, target: Target) -> Effect:
    # The index alone is locked, against nothing that a query does [12].
    return _locked(operation.index, modes.SHARE_UPDATE_EXCLUSIVE)


def _reindex(operation: op.Reindex, before: Schema | None, target: Target) -> Effect:
    table = _owner_of(operation.target, before)
    if operation.concurrently:
        return _working(table or operation.target, modes.SHARE_UPDATE_EXCLUSIVE)
    # The index itself is locked exclusively, and planning any query on the table needs it.
    found = _working(table or operation.target, modes.SHARE)
    others = ((operation.target, modes.ACCESS_EXCLUSIVE),) if table else ()
    return replace(found, blocks_reads=True, others=others)


def _add_foreign_key(operation: op.AddForeignKey, before: Schema | None, target: Target) -> Effect:
    key, mode = operation.foreign_key, modes.SHARE_ROW_EXCLUSIVE
    others = _referred((key,), operation.table, mode)
    work = _working if key.validated else _locked
    return work(operation.table, mode, others=others)


def _add_check(operation: op.AddCheck, before: Schema | None, target: Target) -> Effect:
    work = _working if operation.check.validated else _locked
    return work(operation.table, modes.ACCESS_EXCLUSIVE)


def _add_key(operation: Any, before: Schema | None, target: Target) -> Effect:
    if not operation.using_index:
        return _working(operation.table, modes.ACCESS_EXCLUSIVE)
    table = _table(before, operation.table)
    primary = isinstance(operation, op.AddPrimaryKey)
    nullable = table is None or spared.may_hold_null(table, operation.using_index)
    # A primary key over columns that may be NULL makes them NOT NULL first, by a scan.
    work = _working if primary and nullable else _locked
    return work(operation.table, modes.ACCESS_EXCLUSIVE)


def _add_exclude(operation: op.AddExclude, before: Schema | None, target: Target) -> Effect:
    return _working(operation.table, modes.ACCESS_EXCLUSIVE)


def _named_keys(table: Table | None, name: str) -> tuple[ForeignKey, ...]:
    keys = table.foreign_keys if table else ()
    return tuple(each for each in keys if each.name == name)


def _drop_constraint(operation: op.DropConstraint, before: Schema | None, target: Target) -> Effect:
    keys = _named_keys(_table(before, operation.table), operation.name)
    others = _referred(keys, operation.table, modes.ACCESS_EXCLUSIVE)
    if before and operation.cascade and not keys:
        # Which key the foreign keys lean on is not told apart: all of them may go.
        others = _holders(operation.table, before)
    return _locked(operation.table, modes.ACCESS_EXCLUSIVE, others=others)


def _validate(operation: op.ValidateConstraint, before: Schema | None, target: Target) -> Effect:
    table = _table(before, operation.table)
    keys = _named_keys(table, operation.name)
    if table and _is_validated(table, operation.name):
        return _locked(operation.table, modes.SHARE_UPDATE_EXCLUSIVE)
    others = _referred(keys, operation.table, modes.ROW_SHARE)
    return _working(operation.table, modes.SHARE_UPDATE_EXCLUSIVE, others=others)


def _is_validated(table: Table, name: str) -> bool:
    found = [each.validated for each in table.foreign_keys if each.name == name]
    found += [each.validated for each in table.checks if each.name == name]
    return bool(found) and all(found)


def _attach(operation: op.AttachPartition, before: Schema | None, target: Target) -> Effect:
    # The partition is read whole under its lock unless a check proves the bound.
    others = [(operation.table, modes.SHARE_UPDATE_EXCLUSIVE)]
    parent, part = _table(before, operation.table), _table(before, operation.partition)
    rest = partitions.default_of(parent, before) if parent and before else None
    if rest:
        others.append((rest.key, modes.ACCESS_EXCLUSIVE))
    proved = parent and part and partitions.has_proof(parent, part.checks)
    work = _locked if proved else _working
    return work(operation.partition, modes.ACCESS_EXCLUSIVE, others=tuple(others))


def _detach(operation: op.DetachPartition, before: Schema | None, target: Target) -> Effect:
    mode = modes.SHARE_UPDATE_EXCLUSIVE if operation.concurrently else modes.ACCESS_EXCLUSIVE
    # Version 13 leaves the partition itself open to readers and writers.
    weak = target.version is not None and not target.has(14)
    part = modes.SHARE_UPDATE_EXCLUSIVE if weak else modes.ACCESS_EXCLUSIVE
    return _locked(operation.table, mode, others=((operation.partition, part),))


def _data(operation: op.Data, before: Schema | None, target: Target) -> Effect:
    if operation.action == "truncate":
        emptied = _emptied(operation.table, before) if operation.cascade and before else {}
        others = tuple((key, modes.ACCESS_EXCLUSIVE) for key in emptied if key != operation.table)
        return _locked(operation.table, modes.ACCESS_EXCLUSIVE, others=others)
    scans = operation.action in ("update", "delete") and not operation.bounded
    return _locked(operation.table, modes.ROW_EXCLUSIVE, brief=not scans, scans=scans)


def _emptied(table: str, before: Schema) -> dict[str, None]:
    """The table, and all that TRUNCATE … CASCADE empties with it."""
    found = {table: None}
    for key in iter(waiting := [table]):
        new = [each.key for each, _ in before.referring(key) if each.key not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return found


def _alter_domain(operation: op.AlterDomain, before: Schema | None, target: Target) -> Effect:
    # https://www.postgresql.org/docs/current/sql-alterdomain.html: every column of it is read.
    if not operation.checks or before is None:
        return _NOTHING
    users = [t.key for t in before.tables if any(c.type == operation.name for c in t.columns)]
    others = tuple((key, modes.SHARE) for key in users)
    return Effect(blocks_writes=bool(others), brief=not others, scans=bool(others), others=others)


def _select(operation: op.Select, before: Schema | None, target: Target) -> Effect:
    first, *rest = (*operation.tables, None)
    others = tuple((table, modes.ACCESS_SHARE) for table in rest if table)
    return _locked(first, modes.ACCESS_SHARE, others=others) if first else _NOTHING


def _lock(operation: op.LockTable, before: Schema | None, target: Target) -> Effect:
    return _locked(operation.table, operation.mode, brief=False)


def _maintain(operation: op.Maintain, before: Schema | None, target: Target) -> Effect:
    if operation.action in ("vacuum", "analyze"):
        return _working(operation.target, modes.SHARE_UPDATE_EXCLUSIVE)
    if operation.concurrently:
        return _working(operation.target, modes.EXCLUSIVE)
    return _working(operation.target, modes.ACCESS_EXCLUSIVE, rewrites=True)


def _create_view(operation: op.CreateView, before: Schema | None, target: Target) -> Effect:
    reading = _select(op.Select(operation.tables), before, target)
    if operation.replace and _table(before, operation.name):
        others = tuple((table, modes.ACCESS_SHARE) for table in operation.tables)
        return _locked(operation.name, modes.ACCESS_EXCLUSIVE, others=others)
    return replace(reading, brief=not operation.materialized, scans=operation.materialized)


def _drop_view(operation: op.DropView, before: Schema | None, target: Target) -> Effect:
    return _locked(operation.name, modes.ACCESS_EXCLUSIVE)


def _other(operation: op.Other, before: Schema | None, target: Target) -> Effect:
    tag = operation.tag
    if operation.table is None:
        return _NOTHING
    if tag.startswith(("ALTER TABLE ENABLE", "ALTER TABLE DISABLE")) and "TRIG" in tag:
        return _locked(operation.table, modes.SHARE_ROW_EXCLUSIVE)
    if tag in modes.REWRITING:
        return _working(operation.table, modes.ACCESS_EXCLUSIVE, rewrites=True)
    mode = modes.OF_TAGS.get(tag) or (
        modes.ACCESS_EXCLUSIVE if tag.startswith("ALTER TABLE") else None
    )
    return _locked(operation.table, mode) if mode else _NOTHING


Handler = Callable[[Any, Schema | None, Target], Effect]
_HANDLERS: Mapping[type, Handler] = {
    op.CreateTable: _create_table,
    op.DropTable: _drop_table,
    **dict.fromkeys(
        (
            op.RenameTable,
            op.MoveTable,
            op.DropColumn,
            op.RenameColumn,
            op.RenameConstraint,
            op.DropNotNull,
            op.SetDefault,
            op.DropDefault,
        ),
        _exclusive,
    ),
    op.AddColumn: _add_column,
    op.AlterType: _alter_type,
    op.SetNotNull: _set_not_null,
    op.AlterIdentity: _alter_identity,
    op.CreateIndex: _create_index,
    op.DropIndex: _drop_index,
    op.RenameIndex: _rename_index,
    op.Reindex: _reindex,
    op.AddForeignKey: _add_foreign_key,
    op.AddCheck: _add_check,
    op.AddUnique: _add_key,
    op.AddPrimaryKey: _add_key,
    op.AddExclude: _add_exclude,
    op.DropConstraint: _drop_constraint,
    op.ValidateConstraint: _validate,
    op.AttachPartition: _attach,
    op.DetachPartition: _detach,
    op.AlterDomain: _alter_domain,
    op.Data: _data,
    op.Select: _select,
    op.LockTable: _lock,
    op.Maintain: _maintain,
    op.CreateView: _create_view,
    op.DropView: _drop_view,
    op.Other: _other,
}
