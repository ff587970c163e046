"""What DDL of MySQL and MariaDB keeps others from doing, by InnoDB's tables of online DDL.

https://dev.mysql.com/doc/refman/8.0/en/innodb-online-ddl-operations.html
https://mariadb.com/kb/en/innodb-online-ddl-overview/

The mode is the metadata lock held while the work is done: EXCLUSIVE for a moment (INSTANT and
the like), SHARED_UPGRADABLE while others read and write (INPLACE), SHARED_NO_WRITE while others
may only read (COPY).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from dbwright.core import operation as op
from dbwright.core.schema import Column, Schema
from dbwright.core.target import Target
from dbwright.dialects.effect import Effect
from dbwright.dialects.mysql import types
from dbwright.dialects.mysql.statements import CONVERTED

_BRIEF, _ONLINE, _COPY = "EXCLUSIVE", "SHARED_UPGRADABLE", "SHARED_NO_WRITE"
_INSTANT_ANYWHERE = (8, 0, 29)


def blocks_reads(mode: str) -> bool:
    """Whether a reader waits for a metadata lock of this mode."""
    return mode == _BRIEF


def blocks_writes(mode: str) -> bool:
    """Whether a writer waits for a metadata lock of this mode."""
    return mode in (_BRIEF, _COPY)


def effect(operation: op.Operation, before: Schema | None, target: Target) -> Effect:
    """Give the lock of an operation and whether it is held over work."""
    handler = _HANDLERS.get(type(operation))
    return handler(operation, before, target) if handler else Effect()


def _brief(operation: Any, before: Schema | None, target: Target) -> Effect:
    return Effect(operation.table, _BRIEF, True, True)


def _online(operation: Any, before: Schema | None, target: Target) -> Effect:
    return Effect(operation.table, _ONLINE, brief=False, scans=True)


def _copy(operation: Any, before: Schema | None, target: Target) -> Effect:
    return Effect(operation.table, _COPY, False, True, brief=False, scans=True, rewrites=True)


def _rebuild(operation: Any, before: Schema | None, target: Target) -> Effect:
    return Effect(operation.table, _ONLINE, brief=False, scans=True, rewrites=True)


def _column(operation: Any, before: Schema | None) -> Column | None:
    table = before.table(operation.table) if before else None
    return table.column(operation.column) if table else None


def _add_column(operation: op.AddColumn, before: Schema | None, target: Target) -> Effect:
    column = operation.column
    if column.computed and column.stored:
        return _copy(operation, before, target)
    if column.identity:
        return _copy(operation, before, target)
    if operation.foreign_key or (operation.check and target.dialect == "mysql"):
        return _copy(operation, before, target)
    if operation.unique or operation.primary_key:
        return _rebuild(operation, before, target)
    if target.dialect == "mariadb" and _is_computed(column.default):
        return _copy(operation, before, target)
    return _brief(operation, before, target)


_CALL = re.compile(r"(?!current_|now\b|curdate|curtime)[a-z_]\w*\s*\(", re.IGNORECASE)


def _is_computed(default: str | None) -> bool:
    """Whether a default is a call of which each row gets a value of its own: uuid()."""
    return default is not None and _CALL.match(default.strip().lstrip("(")) is not None


def _drop_column(operation: op.DropColumn, before: Schema | None, target: Target) -> Effect:
    instant = target.has(10, 4) if target.dialect == "mariadb" else target.has(*_INSTANT_ANYWHERE)
    return (_brief if instant else _rebuild)(operation, before, target)


def _alter_type(operation: op.AlterType, before: Schema | None, target: Target) -> Effect:
    column = _column(operation, before)
    copies = column is None or types.rewrites(column.type, operation.type, target) is not False
    return (_copy if copies else _brief)(operation, before, target)


def _nullability(operation: Any, before: Schema | None, target: Target) -> Effect:
    column = _column(operation, before)
    wanted = isinstance(operation, op.DropNotNull)
    same = column is not None and column.nullable == wanted
    return (_brief if same else _rebuild)(operation, before, target)


def _drop_index(operation: op.DropIndex, before: Schema | None, target: Target) -> Effect:
    return Effect(operation.table, _BRIEF, True, True)


def _create_index(operation: op.CreateIndex, before: Schema | None, target: Target) -> Effect:
    # The first FULLTEXT or SPATIAL index of a table keeps writers out.
    special = operation.index.method in ("fulltext", "spatial")
    return (_copy if special else _online)(operation, before, target)


def _drop_constraint(operation: op.DropConstraint, before: Schema | None, target: Target) -> Effect:
    key = operation.name == "PRIMARY"
    return (_copy if key else _brief)(operation, before, target)


def _data(operation: op.Data, before: Schema | None, target: Target) -> Effect:
    if operation.action == "truncate":
        return _brief(operation, before, target)
    scans = operation.action != "insert" and not operation.bounded
    return Effect(operation.table, "SHARED_WRITE", brief=not scans, scans=scans)


def _maintain(operation: op.Maintain, before: Schema | None, target: Target) -> Effect:
    return Effect(operation.target, _ONLINE, brief=False, scans=True)


def _other(operation: op.Other, before: Schema | None, target: Target) -> Effect:
    converted = operation.tag == CONVERTED and operation.table is not None
    return _copy(operation, before, target) if converted else Effect()


Handler = Callable[[Any, Schema | None, Target], Effect]
_HANDLERS: Mapping[type, Handler] = {
    **dict.fromkeys((op.DropTable, op.RenameTable, op.MoveTable, op.RenameColumn), _brief),
    **dict.fromkeys((op.SetDefault, op.DropDefault, op.RenameConstraint), _brief),
    **dict.fromkeys((op.SetNotNull, op.DropNotNull), _nullability),
    # Without foreign_key_checks=0 a foreign key is added by a copy, and so is a check.
    **dict.fromkeys((op.AddForeignKey, op.AddCheck), _copy),
    **dict.fromkeys((op.AddUnique,), _online),
    op.AddPrimaryKey: _rebuild,
    op.AddColumn: _add_column,
    op.DropColumn: _drop_column,
    op.AlterType: _alter_type,
    op.CreateIndex: _create_index,
    op.DropIndex: _drop_index,
    op.DropConstraint: _drop_constraint,
    op.Data: _data,
    op.Maintain: _maintain,
    op.Other: _other,
}
