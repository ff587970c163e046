"""Statements in a syntax tree that define, rename or drop what is no table's column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from dbwright.core.operation import (
    AddEnumValue,
    AlterDomain,
    CreateEnum,
    CreateView,
    DropIndex,
    DropTable,
    DropType,
    DropView,
    MoveTable,
    Operation,
    Other,
    Reindex,
    RenameColumn,
    RenameConstraint,
    RenameEnumValue,
    RenameIndex,
    RenameTable,
    RenameType,
)
from dbwright.dialects.postgresql import expressions, names
from dbwright.dialects.postgresql.grammar import Node, nodes

_TABLES = (nodes.OBJECT_TABLE, nodes.OBJECT_FOREIGN_TABLE)
_VIEWS = (nodes.OBJECT_VIEW, nodes.OBJECT_MATVIEW)


def _drop(statement: Node) -> Iterable[Operation]:
    cascade = statement.behavior == nodes.DROP_CASCADE
    missing = statement.missing_ok
    kind = statement.remove_type
    for node in statement.objects:
        if kind in _TABLES:
            yield DropTable(_object_key(node), cascade, missing)
        elif kind == nodes.OBJECT_INDEX:
            yield DropIndex(_object_key(node), statement.concurrent, missing)
        elif kind in _VIEWS:
            yield DropView(_object_key(node), kind == nodes.OBJECT_MATVIEW, missing, cascade)
        elif kind == nodes.OBJECT_TYPE:
            yield DropType(names.key_of_names(node.type_name.names), missing, cascade)
        else:
            yield _drop_other(kind, node, cascade)


def _object_key(node: Node) -> str:
    return names.key_of_names(node.list.items)


def _object_words(kind: int) -> str:
    words = str(nodes.ObjectType.Name(kind)).removeprefix("OBJECT_").replace("_", " ")
    return "MATERIALIZED VIEW" if words == "MATVIEW" else words


_OF_TABLES = (nodes.OBJECT_TRIGGER, nodes.OBJECT_POLICY, nodes.OBJECT_RULE)


def _drop_other(kind: int, node: Node, cascade: bool) -> Operation:
    # CASCADE on a schema, function or domain takes tables, columns and triggers along.
    table = names.key_of_names(node.list.items[:-1]) if kind in _OF_TABLES else None
    return Other(f"DROP {_object_words(kind)}", unknown=cascade, table=table)


def _rename(statement: Node) -> Iterable[Operation]:
    kind = statement.rename_type
    new = statement.newname
    table = names.key_of(statement.relation)
    if kind in (*_TABLES, *_VIEWS):
        return (RenameTable(table, new),)
    if kind == nodes.OBJECT_COLUMN:
        return (RenameColumn(table, statement.subname, new),)
    if kind == nodes.OBJECT_INDEX:
        return (RenameIndex(table, new),)
    if kind == nodes.OBJECT_TABCONSTRAINT:
        return (RenameConstraint(table, statement.subname, new),)
    if kind == nodes.OBJECT_TYPE:
        return (RenameType(names.key_of_names(statement.object.list.items), new),)
    about = table if kind in _OF_TABLES else None
    return (Other(f"ALTER {_object_words(kind)} RENAME", kind == nodes.OBJECT_SCHEMA, about),)


def _set_schema(statement: Node) -> Iterable[Operation]:
    kind = statement.object_type
    if kind in (*_TABLES, *_VIEWS):
        table = names.key_of(statement.relation)
        return (MoveTable(table, names.own_schema(statement.newschema)),)
    moves_type = kind == nodes.OBJECT_TYPE
    return (Other(f"ALTER {_object_words(kind)} SET SCHEMA", unknown=moves_type),)


def _alter_domain(statement: Node) -> Iterable[Operation]:
    # The letters are those of the server's grammar: C adds a constraint, O sets NOT NULL.
    added = statement.subtype == "C" and not getattr(statement, "def").constraint.skip_validation
    return (
        AlterDomain(names.key_of_names(statement.type_name), added or statement.subtype == "O"),
    )


def _create_enum(statement: Node) -> Iterable[Operation]:
    values = names.strings(statement.vals)
    return (CreateEnum(names.key_of_names(statement.type_name), values),)


def _alter_enum(statement: Node) -> Iterable[Operation]:
    name = names.key_of_names(statement.type_name)
    if statement.old_val:
        return (RenameEnumValue(name, statement.old_val, statement.new_val),)
    added = AddEnumValue(name, statement.new_val, statement.skip_if_new_val_exists)
    neighbor = statement.new_val_neighbor or None
    if statement.new_val_is_after:
        return (replace(added, after=neighbor),)
    return (replace(added, before=neighbor),)


def _create_view(statement: Node) -> Iterable[Operation]:
    name = names.key_of(statement.view)
    return (CreateView(name, expressions.tables(statement.query), replace=statement.replace),)


def _create_table_as(statement: Node) -> Iterable[Operation]:
    name = names.key_of(statement.into.rel)
    if statement.objtype == nodes.OBJECT_MATVIEW:
        tables = expressions.tables(statement.query)
        return (CreateView(name, tables, materialized=True),)
    return (Other("CREATE TABLE AS", unknown=True, table=name),)


def _reindex(statement: Node) -> Iterable[Operation]:
    target = names.key_of(statement.relation) if statement.HasField("relation") else statement.name
    options = {node.def_elem.defname for node in statement.params}
    return (Reindex(target, "concurrently" in options),)


def _transaction(statement: Node) -> Iterable[Operation]:
    name = nodes.TransactionStmtKind.Name(statement.kind).removeprefix("TRANS_STMT_")
    return (Other(name.replace("_", " ")),)


def _comment(statement: Node) -> Iterable[Operation]:
    parts = names.strings(statement.object.list.items)
    table = None
    if statement.objtype == nodes.OBJECT_TABLE:
        table = names.key_of_names(statement.object.list.items)
    elif statement.objtype == nodes.OBJECT_COLUMN and len(parts) > 1:
        table = names.key_of_names(statement.object.list.items[:-1])
    return (Other("COMMENT", table=table),)


# Statements that can do anything, and those that can add or take tables in bulk.
_UNKNOWN = {
    "do_stmt": "DO",
    "call_stmt": "CALL",
    "execute_stmt": "EXECUTE",
    "import_foreign_schema_stmt": "IMPORT FOREIGN SCHEMA",
    "drop_owned_stmt": "DROP OWNED",
    "alter_table_move_all_stmt": "ALTER TABLE ALL IN TABLESPACE",
}
_SPELLED = {
    "create_trig_stmt": "CREATE TRIGGER",
    "create_seq_stmt": "CREATE SEQUENCE",
    "alter_seq_stmt": "ALTER SEQUENCE",
    "create_function_stmt": "CREATE FUNCTION",
    "view_stmt": "CREATE VIEW",
    "create_policy_stmt": "CREATE POLICY",
    "alter_policy_stmt": "ALTER POLICY",
    "rule_stmt": "CREATE RULE",
    "create_stats_stmt": "CREATE STATISTICS",
    "composite_type_stmt": "CREATE TYPE",
    "create_range_stmt": "CREATE TYPE",
    "define_stmt": "CREATE",
    "grant_stmt": "GRANT",
    "explain_stmt": "EXPLAIN",
}


def other(kind: str, statement: Any) -> Operation:
    """Give the operation of a statement that this package does not take apart."""
    if kind in _UNKNOWN:
        return Other(_UNKNOWN[kind], unknown=True)
    words = kind.removesuffix("_stmt").replace("_", " ").upper()
    tag = _SPELLED.get(kind) or re.sub(r"\bROLE\b.*", "ROLE", words)
    if kind == "grant_stmt" and not statement.is_grant:
        tag = "REVOKE"
    return Other(tag, table=_table_of(kind, statement))


def _table_of(kind: str, statement: Any) -> str | None:
    if kind == "create_stats_stmt":
        return names.key_of(statement.relations[0].range_var)
    for name in ("relation", "table"):
        field = statement.DESCRIPTOR.fields_by_name.get(name)
        if field and not field.is_repeated and statement.HasField(name):
            found = getattr(statement, name)
            return names.key_of(found) if hasattr(found, "relname") else None
    return None


Handler = Callable[[Node], Iterable[Operation]]
HANDLERS: Mapping[str, Handler] = {
    "drop_stmt": _drop,
    "rename_stmt": _rename,
    "alter_object_schema_stmt": _set_schema,
    "alter_domain_stmt": _alter_domain,
    "create_enum_stmt": _create_enum,
    "alter_enum_stmt": _alter_enum,
    "view_stmt": _create_view,
    "create_table_as_stmt": _create_table_as,
    "reindex_stmt": _reindex,
    "transaction_stmt": _transaction,
    "comment_stmt": _comment,
}
