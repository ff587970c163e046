"""Statements about rows in a syntax tree: SELECT, INSERT, UPDATE, DELETE, MERGE, COPY, …"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from dbwright.core.operation import (
    Data,
    LockTable,
    Maintain,
    Operation,
    Other,
    Select,
    SetParameter,
)
from dbwright.dialects.postgresql import conditions, expressions, grammar, names
from dbwright.dialects.postgresql.functions import HARMLESS
from dbwright.dialects.postgresql.grammar import Node, nodes
from dbwright.dialects.postgresql.lock_modes import MODES


def _select(statement: Node) -> Iterable[Operation]:
    written = tuple(_written_in_with(statement))
    if statement.HasField("into_clause"):
        target = names.key_of(statement.into_clause.rel)
        return (*written, Other("SELECT INTO", unknown=True, table=target))
    parameters = tuple(_set_config(statement))
    if parameters:
        return (*written, *parameters)
    if any(not _harmless(name) for name in expressions.functions(statement)):
        return (*written, Other("SELECT", unknown=True))
    return written or (Select(expressions.tables(statement)),)


def _harmless(name: tuple[str, ...]) -> bool:
    *schema, function = name
    return schema in ([], ["pg_catalog"]) and function in HARMLESS


def _set_config(statement: Node) -> Iterator[Operation]:
    for call in grammar.all_of(statement, "FuncCall"):
        constants = [argument.a_const for argument in call.args]
        if names.strings(call.funcname)[-1] == "set_config" and len(constants) == 3:
            name, value, local = constants
            yield SetParameter(name.sval.sval, value.sval.sval, local.boolval.boolval)


def _written_in_with(statement: Node) -> Iterator[Operation]:
    """Give the writes that stand in a WITH."""
    if not statement.HasField("with_clause"):
        return
    for node in statement.with_clause.ctes:
        query = node.common_table_expr.ctequery
        kind = query.WhichOneof("node")
        if kind in _WRITES:
            for operation in HANDLERS[kind](getattr(query, kind)):
                if isinstance(operation, Data) and operation.from_select:
                    # what it joins may be rows that another part of the WITH has chosen
                    yield replace(operation, open_ended=False, compared=())
                else:
                    yield operation


def _insert(statement: Node) -> Iterable[Operation]:
    select = statement.select_stmt.select_stmt
    from_select = statement.HasField("select_stmt") and not select.values_lists
    return (
        *_written_in_with(statement),
        Data(
            "insert",
            names.key_of(statement.relation),
            not from_select or _narrowed(select),
            from_select,
            tuple(node.res_target.name for node in statement.cols),
        ),
    )


def _narrowed(statement: Node) -> bool:
    """Whether a WHERE that says something, or a LIMIT, narrows the rows."""
    if "limit_count" in statement.DESCRIPTOR.fields_by_name and statement.HasField("limit_count"):
        return True
    where = statement.where_clause if statement.HasField("where_clause") else None
    return where is not None and not expressions.trivially_true(where)


def _update(statement: Node) -> Iterable[Operation]:
    columns = tuple(dict.fromkeys(node.res_target.name for node in statement.target_list))
    table = names.key_of(statement.relation)
    data = Data("update", table, _narrowed(statement), bool(statement.from_clause), columns)
    return (*_written_in_with(statement), _asked(data, statement, statement.from_clause))


def _delete(statement: Node) -> Iterable[Operation]:
    table = names.key_of(statement.relation)
    data = Data("delete", table, _narrowed(statement), bool(statement.using_clause))
    return (*_written_in_with(statement), _asked(data, statement, statement.using_clause))


def _asked(data: Data, statement: Node, joined: Iterable[Node]) -> Data:
    """What the WHERE asks for; one that joins rows which a query has chosen names them."""
    chosen = statement.HasField("with_clause") or any(
        node.WhichOneof("node") != "range_var" for node in joined
    )
    if not data.bounded or (data.from_select and chosen):
        return data
    where = statement.where_clause
    if not conditions.open_ended(where):
        return data
    return replace(data, open_ended=True, compared=conditions.compared(where))


_MERGE_ACTIONS: Mapping[int, str] = {
    nodes.CMD_INSERT: "insert",
    nodes.CMD_UPDATE: "update",
    nodes.CMD_DELETE: "delete",
}


def _merge(statement: Node) -> Iterable[Operation]:
    table = names.key_of(statement.relation)
    clauses = [node.merge_when_clause for node in statement.merge_when_clauses]
    actions = dict.fromkeys(_MERGE_ACTIONS.get(clause.command_type) for clause in clauses)
    written = tuple(
        Data(action, table, from_select=True)  # type: ignore[arg-type]
        for action in actions
        if action
    )
    return (*_written_in_with(statement), *written)


def _truncate(statement: Node) -> Iterable[Operation]:
    cascade = statement.behavior == nodes.DROP_CASCADE
    for node in statement.relations:
        yield Data("truncate", names.key_of(node.range_var), cascade=cascade)


def _copy(statement: Node) -> Iterable[Operation]:
    if not statement.HasField("relation"):
        return (Select(expressions.tables(statement.query)),)
    table = names.key_of(statement.relation)
    if not statement.is_from:
        return (Select((table,)),)
    return (Data("insert", table, bounded=True, columns=names.strings(statement.attlist)),)


def _lock(statement: Node) -> Iterable[Operation]:
    mode = MODES[statement.mode - 1]
    return tuple(LockTable(names.key_of(node.range_var), mode) for node in statement.relations)


def _vacuum(statement: Node) -> Iterable[Operation]:
    full = any(node.def_elem.defname == "full" for node in statement.options)
    action: Literal["vacuum full", "vacuum", "analyze"] = "vacuum full" if full else "vacuum"
    if not statement.is_vacuumcmd:
        action = "analyze"
    tables = [names.key_of(node.vacuum_relation.relation) for node in statement.rels]
    return tuple(Maintain(action, table) for table in tables) or (Maintain(action),)


def _cluster(statement: Node) -> Iterable[Operation]:
    table = names.key_of(statement.relation) if statement.HasField("relation") else None
    return (Maintain("cluster", table),)


def _refresh(statement: Node) -> Iterable[Operation]:
    return (Maintain("refresh", names.key_of(statement.relation), statement.concurrent),)


def _set(statement: Node) -> Iterable[Operation]:
    values = ", ".join(_setting(node) for node in statement.args)
    if statement.kind == nodes.VAR_SET_DEFAULT:
        values = "DEFAULT"
    return (SetParameter(statement.name or "ALL", values or "DEFAULT", statement.is_local),)


def _setting(node: Node) -> str:
    return node.a_const.sval.sval or grammar.text_of(node)


Handler = Callable[[Node], Iterable[Operation]]
_WRITES = ("insert_stmt", "update_stmt", "delete_stmt", "merge_stmt")
HANDLERS: Mapping[str, Handler] = {
    "select_stmt": _select,
    "insert_stmt": _insert,
    "update_stmt": _update,
    "delete_stmt": _delete,
    "merge_stmt": _merge,
    "truncate_stmt": _truncate,
    "copy_stmt": _copy,
    "lock_stmt": _lock,
    "vacuum_stmt": _vacuum,
    "cluster_stmt": _cluster,
    "refresh_mat_view_stmt": _refresh,
    "variable_set_stmt": _set,
}
