"""Steps of the fold that change indexes and constraints."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dbwright.core import operation as op
from dbwright.core import table_edits as edits
from dbwright.core.draft import Draft
from dbwright.core.schema import Table, Unique
from dbwright.core.step import step


@step(op.CreateIndex)
def _create_index(draft: Draft, operation: op.CreateIndex) -> None:
    draft.add_index(operation.table, operation.index, only=operation.only)


@step(op.DropIndex)
def _drop_index(draft: Draft, operation: op.DropIndex) -> None:
    table, name = draft.with_index(operation.index, operation.table)
    if table:
        kept = tuple(index for index in table.indexes if index.name != name)
        if len(kept) == len(table.indexes):
            # Where a UNIQUE is nothing but an index (MySQL) it goes the same way.
            table = edits.without_constraint(table, name)
        draft.put(replace(table, indexes=kept))


@step(op.RenameIndex)
def _rename_index(draft: Draft, operation: op.RenameIndex) -> None:
    draft.rename_index(operation.index, operation.to)


@step(op.Reindex)
def _reindex(draft: Draft, operation: op.Reindex) -> None:
    table, name = draft.with_index(operation.target)
    whole = draft.tables.get(operation.target)
    found = whole or table
    if found:
        indexes = tuple(
            replace(index, valid=True) if whole or index.name == name else index
            for index in found.indexes
        )
        draft.put(replace(found, indexes=indexes))


@step(op.AddForeignKey, op.AddCheck, op.AddExclude)
def _add_constraint(draft: Draft, operation: Any) -> None:
    match operation:
        case op.AddForeignKey():
            draft.add_constraint(operation.table, operation.foreign_key)
        case op.AddCheck():
            draft.add_constraint(operation.table, operation.check)
        case op.AddExclude():
            draft.add_constraint(operation.table, operation.exclude)


@step(op.AddUnique, op.AddPrimaryKey)
def _add_key(draft: Draft, operation: Any) -> None:
    part = operation.unique if isinstance(operation, op.AddUnique) else operation.primary_key
    table = draft.tables.get(operation.table)
    if table is None:
        return
    if operation.using_index:
        taken = [index for index in table.indexes if index.name == operation.using_index]
        kept = tuple(index for index in table.indexes if index.name != operation.using_index)
        draft.put(replace(table, indexes=kept))
        for index in taken:
            columns = tuple(column for column in index.columns if column)
            part = replace(part, columns=columns, name=part.name or index.name)
            part = _like(part, index)
    draft.add_constraint(operation.table, part)


def _like(part: Any, index: Any) -> Any:
    if isinstance(part, Unique):
        nulls = index.nulls_not_distinct
        return replace(part, include=index.include, nulls_not_distinct=nulls)
    return part


@step(op.DropConstraint)
def _drop_constraint(draft: Draft, operation: op.DropConstraint) -> None:
    table = draft.tables.get(operation.table)
    if table is None:
        return
    columns = _columns_of_key(table, operation.name)
    table = edits.without_constraint(table, operation.name)
    draft.put(_not_null_by_name(table, operation.name, nullable=True))
    for key in draft.referring(operation.table) if operation.cascade and columns else ():
        other = draft.tables[key]
        kept = tuple(
            each
            for each in other.foreign_keys
            if each.referred != operation.table or each.referred_columns != columns
        )
        draft.put(replace(other, foreign_keys=kept))
    for partition in draft.partitions_of(operation.table):
        _drop_constraint(draft, replace(operation, table=partition))


def _columns_of_key(table: Table, name: str) -> tuple[str, ...] | None:
    keys = (table.primary_key, *table.uniques)
    return next((key.columns for key in keys if key and key.name == name), None)


def _not_null_by_name(table: Table, name: str, *, nullable: bool) -> Table:
    # From PostgreSQL 18 on NOT NULL is a constraint with a name of its own.
    for column in table.columns:
        if name == f"{table.name}_{column.name}_not_null":
            return edits.change_column(table, column.name, nullable=nullable)
    return table


@step(op.RenameConstraint)
def _rename_constraint(draft: Draft, operation: op.RenameConstraint) -> None:
    table = draft.tables.get(operation.table)
    if table:
        draft.put(edits.with_constraint_renamed(table, operation.name, operation.to))


@step(op.ValidateConstraint)
def _validate(draft: Draft, operation: op.ValidateConstraint) -> None:
    table = draft.tables.get(operation.table)
    if table:
        table = edits.validated(table, operation.name)
        draft.put(_not_null_by_name(table, operation.name, nullable=False))
