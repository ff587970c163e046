"""Steps of the fold that change enumerated types."""

from __future__ import annotations

from dataclasses import replace

from dbwright.core import operation as op
from dbwright.core.draft import Draft
from dbwright.core.schema import EnumType, qualified
from dbwright.core.step import step
from dbwright.core.step_tables import drop_column


@step(op.CreateEnum)
def _create_enum(draft: Draft, operation: op.CreateEnum) -> None:
    schema, _, name = operation.name.rpartition(".")
    draft.enums.setdefault(operation.name, EnumType(name, operation.values, schema or None))


@step(op.AddEnumValue)
def _add_enum_value(draft: Draft, operation: op.AddEnumValue) -> None:
    enum = draft.enums.get(operation.name)
    if enum is None or operation.value in enum.values:
        return
    values = list(enum.values)
    position = len(values)
    if operation.before in values:
        position = values.index(str(operation.before))
    elif operation.after in values:
        position = values.index(str(operation.after)) + 1
    values.insert(position, operation.value)
    draft.enums[operation.name] = replace(enum, values=tuple(values))


@step(op.RenameEnumValue)
def _rename_enum_value(draft: Draft, operation: op.RenameEnumValue) -> None:
    enum = draft.enums.get(operation.name)
    if enum:
        values = (operation.to if each == operation.value else each for each in enum.values)
        draft.enums[operation.name] = replace(enum, values=tuple(values))


@step(op.RenameType)
def _rename_type(draft: Draft, operation: op.RenameType) -> None:
    enum = draft.enums.pop(operation.name, None)
    schema = operation.name.rpartition(".")[0]
    if enum:
        draft.enums[qualified(operation.to, enum.schema)] = replace(enum, name=operation.to)
    draft.retype(operation.name, qualified(operation.to, schema or None))


@step(op.DropType)
def _drop_type(draft: Draft, operation: op.DropType) -> None:
    draft.enums.pop(operation.name, None)
    for table, column in draft.columns_of_type(operation.name) if operation.cascade else ():
        drop_column(draft, op.DropColumn(table, column, cascade=True))
