"""The commands of ALTER TABLE in a syntax tree, each as operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dbwright.core.operation import (
    AddCheck,
    AddColumn,
    AddExclude,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    AlterIdentity,
    AlterType,
    AttachPartition,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropNotNull,
    Operation,
    Other,
    SetDefault,
    SetNotNull,
    ValidateConstraint,
)
from dbwright.core.schema import Check, Exclude, ForeignKey, PrimaryKey, Unique
from dbwright.dialects.postgresql import create, grammar, names, types
from dbwright.dialects.postgresql.grammar import Node, nodes

# The code of GENERATED ALWAYS in the options of SET GENERATED, as the grammar stores it.
_ALWAYS = ord("a")


def alter_table(statement: Node) -> tuple[Operation, ...]:
    """Give the operations of an ALTER TABLE, of a view, index or sequence only its tag."""
    table = names.key_of(statement.relation)
    if statement.objtype not in (nodes.OBJECT_TABLE, nodes.OBJECT_FOREIGN_TABLE):
        kind = nodes.ObjectType.Name(statement.objtype).removeprefix("OBJECT_").replace("_", " ")
        return (Other(f"ALTER {'MATERIALIZED VIEW' if kind == 'MATVIEW' else kind}", table=table),)
    commands = (node.alter_table_cmd for node in statement.cmds)
    return tuple(operation for command in commands for operation in _command(table, command))


def _command(table: str, command: Node) -> Iterator[Operation]:
    handler = _COMMANDS.get(command.subtype)
    if handler is None:
        yield Other(f"ALTER TABLE {_words(command.subtype)}", table=table)
    else:
        yield from handler(table, command)


def _words(subtype: int) -> str:
    """Give the command in SQL's words: AT_SetStatistics becomes `SET STATISTICS`."""
    name = nodes.AlterTableType.Name(subtype).removeprefix("AT_").replace("UnLogged", "Unlogged")
    return "".join(f" {letter}" if letter.isupper() else letter for letter in name).strip().upper()


def _add_column(table: str, command: Node) -> Iterator[Operation]:
    written = create.column(grammar.definition(command).column_def)
    # What ADD COLUMN's own fields cannot say (a name, a second one) follows as an operation.
    named = [unique for unique in written.uniques if _needs_words(unique)]
    named_key = written.primary_key if written.primary_key and written.primary_key.name else None
    yield AddColumn(
        table,
        written.column,
        next(iter(written.foreign_keys), None),
        unique=len(named) < len(written.uniques),
        primary_key=written.primary_key is not None and named_key is None,
        check=next(iter(written.checks), None),
        if_not_exists=command.missing_ok,
    )
    yield from (AddUnique(table, unique) for unique in named)
    yield from (AddForeignKey(table, each) for each in written.foreign_keys[1:])
    yield from (AddCheck(table, check) for check in written.checks[1:])
    if named_key:
        yield AddPrimaryKey(table, named_key)


def _needs_words(unique: Unique) -> bool:
    return bool(unique.name or unique.nulls_not_distinct or unique.deferrable)


def _add_constraint(table: str, command: Node) -> Iterator[Operation]:
    node = grammar.definition(command).constraint
    if node.contype == nodes.CONSTR_NOTNULL:
        yield from _add_not_null(table, node)
        return
    index = node.indexname or None
    match create.constraint(node):
        case PrimaryKey() as key:
            yield AddPrimaryKey(table, key, index)
        case Unique() as unique:
            yield AddUnique(table, unique, index)
        case ForeignKey() as foreign_key:
            yield AddForeignKey(table, foreign_key)
        case Check() as check:
            yield AddCheck(table, check)
        case Exclude() as exclude:
            yield AddExclude(table, exclude)
        case _:
            yield Other("ALTER TABLE ADD CONSTRAINT", table=table)


def _add_not_null(table: str, node: Node) -> Iterator[Operation]:
    # NOT NULL … NOT VALID [18] lets the NULLs that are there stay.
    if node.skip_validation:
        yield Other("ALTER TABLE ADD NOT NULL NOT VALID", table=table)
    else:
        yield from (SetNotNull(table, column) for column in names.strings(node.keys))


def _drop_column(table: str, command: Node) -> Iterator[Operation]:
    cascade = command.behavior == nodes.DROP_CASCADE
    yield DropColumn(table, command.name, cascade, command.missing_ok)


def _drop_constraint(table: str, command: Node) -> Iterator[Operation]:
    cascade = command.behavior == nodes.DROP_CASCADE
    yield DropConstraint(table, command.name, cascade, command.missing_ok)


def _alter_type(table: str, command: Node) -> Iterator[Operation]:
    column = grammar.definition(command).column_def
    using = grammar.text_of(column.raw_default) if column.HasField("raw_default") else None
    collation = None
    if column.HasField("coll_clause"):
        collation = names.strings(column.coll_clause.collname)[-1]
    yield AlterType(table, command.name, types.spelled(column.type_name), using, collation)


def _default(table: str, command: Node) -> Iterator[Operation]:
    text = grammar.text_of(grammar.definition(command)) if command.HasField("def") else "NULL"
    if text.upper() == "NULL":
        yield DropDefault(table, command.name)
    else:
        yield SetDefault(table, command.name, text)


def _add_identity(table: str, command: Node) -> Iterator[Operation]:
    identity = create.identity(grammar.definition(command).constraint)
    yield AlterIdentity(table, command.name, "add", identity)


def _set_identity(table: str, command: Node) -> Iterator[Operation]:
    options = (item.def_elem for item in grammar.definition(command).list.items)
    kinds = [option.arg.integer.ival for option in options if option.defname == "generated"]
    identity = ("always" if kinds[-1] == _ALWAYS else "by default") if kinds else None
    yield AlterIdentity(table, command.name, "set", identity)  # type: ignore[arg-type]


def _set_expression(table: str, command: Node) -> Iterator[Operation]:
    text = grammar.text_of(grammar.definition(command))
    yield AlterIdentity(table, command.name, "set", computed=text, expression=True)


def _attach(table: str, command: Node) -> Iterator[Operation]:
    partition = grammar.definition(command).partition_cmd
    bound = create.bound(partition.bound) if partition.HasField("bound") else None
    yield AttachPartition(table, names.key_of(partition.name), bound)


def _detach(table: str, command: Node) -> Iterator[Operation]:
    partition = grammar.definition(command).partition_cmd
    yield DetachPartition(table, names.key_of(partition.name), partition.concurrent)


Handler = Callable[[str, Node], Iterator[Operation]]
_COMMANDS: Mapping[int, Handler] = {
    nodes.AT_AddColumn: _add_column,
    nodes.AT_AddConstraint: _add_constraint,
    nodes.AT_DropColumn: _drop_column,
    nodes.AT_DropConstraint: _drop_constraint,
    nodes.AT_AlterColumnType: _alter_type,
    nodes.AT_ColumnDefault: _default,
    nodes.AT_SetNotNull: lambda table, command: iter([SetNotNull(table, command.name)]),
    nodes.AT_DropNotNull: lambda table, command: iter([DropNotNull(table, command.name)]),
    nodes.AT_ValidateConstraint: lambda table, command: iter(
        [ValidateConstraint(table, command.name)]
    ),
    nodes.AT_AddIdentity: _add_identity,
    nodes.AT_SetIdentity: _set_identity,
    nodes.AT_DropIdentity: lambda table, command: iter(
        [AlterIdentity(table, command.name, "drop")]
    ),
    nodes.AT_SetExpression: _set_expression,
    nodes.AT_DropExpression: lambda table, command: iter(
        [AlterIdentity(table, command.name, "drop", expression=True)]
    ),
    nodes.AT_AttachPartition: _attach,
    nodes.AT_DetachPartition: _detach,
}
