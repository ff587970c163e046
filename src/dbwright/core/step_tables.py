"""Steps of the fold that change tables, columns, partitions and views."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dbwright.core import operation as op
from dbwright.core import table_edits as edits
from dbwright.core.draft import Draft
from dbwright.core.schema import PrimaryKey, Table, TableKind, Unique
from dbwright.core.step import step


@step(op.CreateTable)
def _create_table(draft: Draft, operation: op.CreateTable) -> None:
    if operation.temporary or operation.table.key in draft.tables:
        return
    table = operation.table
    parent = draft.tables.get(str(table.info.get("partition_of")))
    if parent:
        columns = tuple(replace(column, place=None) for column in parent.columns)
        table = replace(table, columns=(*columns, *table.columns), checks=parent.checks)
    draft.put(replace(table, primary_key=None, uniques=(), foreign_keys=(), excludes=(), checks=()))
    for part in _constraints_in_naming_order(table):
        draft.add_constraint(table.key, part)
    if parent:
        draft.clone_indexes(parent, table.key)


def _constraints_in_naming_order(table: Table) -> list[Any]:
    """Give the constraints as the server makes them: checks, key, uniques, foreign keys.

    A UNIQUE over the same columns as the key, or as another one, is the same index to it.
    """
    found: list[Any] = [*table.checks]
    key = table.primary_key
    found += [key] if key else []
    uniques: dict[object, Unique] = {}
    for unique in table.uniques:
        if key and unique.columns == key.columns and not unique.include:
            continue
        shape = replace(unique, name=None)
        earlier = uniques.get(shape)
        uniques[shape] = replace(unique, name=earlier.name or unique.name) if earlier else unique
    return [*found, *uniques.values(), *table.excludes, *table.foreign_keys]


@step(op.DropTable)
def _drop_table(draft: Draft, operation: op.DropTable) -> None:
    for partition in draft.partitions_of(operation.table):
        _drop_table(draft, op.DropTable(partition))
    if operation.cascade:
        for key in draft.referring(operation.table):
            table = draft.tables[key]
            kept = tuple(each for each in table.foreign_keys if each.referred != operation.table)
            draft.put(replace(table, foreign_keys=kept))
        draft.remove_views(operation.table)
    draft.remove(operation.table)


@step(op.DropView)
def _drop_view(draft: Draft, operation: op.DropView) -> None:
    if operation.cascade:
        draft.remove_views(operation.name)
    draft.remove(operation.name)


@step(op.RenameTable)
def _rename_table(draft: Draft, operation: op.RenameTable) -> None:
    table = draft.tables.get(operation.table)
    if table is None:
        # ALTER TABLE renames an index just as well.
        draft.rename_index(operation.table, operation.to)
    else:
        draft.rekey(operation.table, replace(table, name=operation.to))


@step(op.MoveTable)
def _move_table(draft: Draft, operation: op.MoveTable) -> None:
    table = draft.tables.get(operation.table)
    if table:
        draft.rekey(operation.table, replace(table, schema=operation.schema))


@step(op.AddColumn)
def _add_column(draft: Draft, operation: op.AddColumn) -> None:
    table = draft.tables.get(operation.table)
    if table is None or table.column(operation.column.name):
        return
    draft.put(replace(table, columns=(*table.columns, operation.column)))
    for partition in draft.partitions_of(operation.table):
        _add_column(draft, op.AddColumn(partition, operation.column))
    name = operation.column.name
    parts: list[Any] = []
    parts += [PrimaryKey((name,))] if operation.primary_key else []
    parts += [Unique((name,))] if operation.unique and not operation.primary_key else []
    parts += [operation.check] if operation.check else []
    parts += [operation.foreign_key] if operation.foreign_key else []
    for part in parts:
        draft.add_constraint(operation.table, part)


@step(op.DropColumn)
def drop_column(draft: Draft, operation: op.DropColumn) -> None:
    """Take a column out of a table, with what stands on it."""
    table = draft.tables.get(operation.table)
    if table is None or not table.column(operation.column):
        return
    for column in table.columns if operation.cascade else ():
        if column.computed and edits.mentions(column.computed, operation.column):
            table = edits.without_column(table, column.name)
    draft.put(edits.without_column(table, operation.column))
    if operation.cascade:
        draft.remove_views(f"{operation.table}.{operation.column}")
    for key in draft.referring(operation.table) if operation.cascade else ():
        other = draft.tables[key]
        kept = tuple(
            each
            for each in other.foreign_keys
            if each.referred != operation.table or operation.column not in each.referred_columns
        )
        draft.put(replace(other, foreign_keys=kept))
    for partition in draft.partitions_of(operation.table):
        drop_column(draft, replace(operation, table=partition))


@step(op.RenameColumn)
def _rename_column(draft: Draft, operation: op.RenameColumn) -> None:
    old, new = operation.column, operation.to
    table = draft.tables.get(operation.table)
    if table is None or not table.column(old):
        return
    draft.put(edits.with_column_renamed(table, old, new))
    draft.reread(f"{operation.table}.{old}", f"{operation.table}.{new}")
    for key in draft.referring(operation.table):
        other = draft.tables[key]
        draft.put(replace(other, foreign_keys=_referred_renamed(other, operation)))
    for partition in draft.partitions_of(operation.table):
        _rename_column(draft, replace(operation, table=partition))


def _referred_renamed(table: Table, operation: op.RenameColumn) -> tuple[Any, ...]:
    def renamed(name: str) -> str:
        return operation.to if name == operation.column else name

    return tuple(
        replace(each, referred_columns=tuple(map(renamed, each.referred_columns)))
        if each.referred == operation.table
        else each
        for each in table.foreign_keys
    )


def _changes(operation: Any) -> dict[str, Any]:
    match operation:
        case op.AlterType():
            return {"type": operation.type, "collation": operation.collation}
        case op.SetNotNull():
            return {"nullable": False}
        case op.DropNotNull():
            return {"nullable": True}
        case op.SetDefault():
            return {"default": operation.default}
        case op.DropDefault():
            return {"default": None}
        case op.AlterIdentity(action="drop", expression=True):
            return {"computed": None, "stored": True}
        case op.AlterIdentity(expression=True):
            return {"computed": operation.computed}
        case op.AlterIdentity(action="set", identity=None):
            return {}
        case op.AlterIdentity():
            return {"identity": operation.identity}
    return {}


@step(op.AlterType, op.SetNotNull, op.DropNotNull, op.SetDefault, op.DropDefault, op.AlterIdentity)
def _change_column(draft: Draft, operation: Any) -> None:
    table = draft.tables.get(operation.table)
    if table and not _is_of_key(table, operation):
        draft.put(edits.change_column(table, operation.column, **_changes(operation)))
        for partition in draft.partitions_of(operation.table):
            _change_column(draft, replace(operation, table=partition))


def _is_of_key(table: Table, operation: Any) -> bool:
    """Whether a key's column is to take NULL: one server refuses it, another passes over it."""
    key = table.primary_key.columns if table.primary_key else ()
    return isinstance(operation, op.DropNotNull) and operation.column in key


@step(op.AttachPartition)
def _attach(draft: Draft, operation: op.AttachPartition) -> None:
    table, parent = draft.tables.get(operation.partition), draft.tables.get(operation.table)
    if table is None or parent is None:
        return
    own = table.partition if table.partition and table.kind == "partitioned" else None
    words = [f"PARTITION OF {operation.table}", operation.bound, own]
    draft.put(
        replace(
            table,
            kind="partition",
            partition=" ".join(word for word in words if word),
            info={**table.info, "partition_of": operation.table},
        )
    )
    draft.clone_indexes(parent, operation.partition)


@step(op.DetachPartition)
def _detach(draft: Draft, operation: op.DetachPartition) -> None:
    table = draft.tables.get(operation.partition)
    if table is None:
        return
    _, words, key = (table.partition or "").partition("PARTITION BY")
    info = {name: value for name, value in table.info.items() if name != "partition_of"}
    kind: TableKind = "partitioned" if words else "table"
    draft.put(replace(table, kind=kind, partition=words + key or None, info=info))


@step(op.CreateView)
def _create_view(draft: Draft, operation: op.CreateView) -> None:
    schema, _, name = operation.name.rpartition(".")
    if operation.name not in draft.tables:
        kind: TableKind = "materialized view" if operation.materialized else "view"
        info: dict[str, object] = {"reads": operation.tables}
        draft.put(Table(name, schema=schema or None, kind=kind, info=info))


_ROW_SECURITY = {
    "ALTER TABLE ENABLE ROW SECURITY": True,
    "ALTER TABLE DISABLE ROW SECURITY": False,
}


@step(op.Other)
def _other(draft: Draft, operation: op.Other) -> None:
    table = draft.tables.get(operation.table or "")
    if table and operation.tag in _ROW_SECURITY:
        draft.put(replace(table, row_security=_ROW_SECURITY[operation.tag]))
