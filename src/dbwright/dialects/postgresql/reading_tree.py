"""What a statement that reads is made of, by PostgreSQL's grammar; all else is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dbwright.core.errors import ReadRefused
from dbwright.dialects.postgresql import grammar, names
from dbwright.dialects.postgresql.grammar import Node, nodes

# Every kind of node that a query may hold. What a later grammar adds is refused until it is known.
_KNOWN_NAMES = """
SelectStmt ResTarget ColumnRef A_Expr A_Const A_Star A_Indices A_Indirection A_ArrayExpr Alias
BoolExpr BooleanTest BitString Boolean CaseExpr CaseWhen CoalesceExpr CollateClause ColumnDef
CommonTableExpr CTECycleClause CTESearchClause Float FuncCall GroupingFunc GroupingSet Integer
JoinExpr List MinMaxExpr NamedArgExpr Node NullTest ParamRef RangeFunction RangeSubselect
RangeTableFunc RangeTableFuncCol RangeTableSample RangeVar ResTarget RowExpr SortBy
SQLValueFunction String SubLink TypeCast TypeName WindowDef WithClause XmlExpr XmlSerialize
JsonAggConstructor JsonArgument JsonArrayAgg JsonArrayConstructor JsonArrayQueryConstructor
JsonBehavior JsonExpr JsonFormat JsonFuncExpr JsonIsPredicate JsonKeyValue JsonObjectAgg
JsonObjectConstructor JsonOutput JsonParseExpr JsonReturning JsonScalarExpr JsonSerializeExpr
JsonTable JsonTableColumn JsonTablePathSpec JsonValueExpr ReturnStmt
"""
_KNOWN = frozenset(_KNOWN_NAMES.split())
_DOES = {
    "InsertStmt": "it writes rows (INSERT)",
    "UpdateStmt": "it writes rows (UPDATE)",
    "DeleteStmt": "it writes rows (DELETE)",
    "MergeStmt": "it writes rows (MERGE)",
    "IntoClause": "it makes a table (SELECT INTO)",
    "LockingClause": "it locks rows (FOR UPDATE or FOR SHARE)",
    "CopyStmt": "COPY reads and writes files and programs of the server",
    "DoStmt": "DO runs a program",
    "CallStmt": "CALL runs a procedure",
    "TransactionStmt": "it controls the transaction, which is dbwright's",
    "VariableSetStmt": "it changes a setting of the session",
    "ExplainStmt": "EXPLAIN stands inside of it",
}
_OPTIONS_NAMES = """
analyze verbose costs settings buffers timing summary format generic_plan memory wal
serialize
"""
_OPTIONS = frozenset(_OPTIONS_NAMES.split())
_COMPARED = ("=", "<>", "<", "<=", ">", ">=")
"""What DISTINCT, GROUP BY, CASE, BETWEEN, USING and rows call without a sign in the text."""
_NO = ("off", "false", "0", "no")
WAY_OUT = (
    "A read is one SELECT, VALUES, TABLE, SHOW, or EXPLAIN of one. A write goes through a plan "
    "that a human approves:  dbwright apply"
)


WRITES = frozenset(
    (
        *("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "MergeWhenClause", "SetToDefault"),
        *("OnConflictClause", "InferClause", "IndexElem", "MultiAssignRef", "MergeSupportFunc"),
        *("ReturningClause", "ReturningOption"),
    )
)
"""What a statement that writes holds beside what a query does."""


@dataclass(slots=True)
class Mentioned:
    """The names in a tree. A name is its schema, or none, and itself."""

    functions: set[tuple[str | None, str, int]] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    operators: set[tuple[str | None, str]] = field(default_factory=set)
    types: set[tuple[str | None, str]] = field(default_factory=set)
    relations: set[tuple[str | None, str]] = field(default_factory=set)
    calls: list[Node] = field(default_factory=list)


def statement(sql: str, analyze: bool) -> tuple[Node, str]:
    """Gives the query of a text that is one statement, and its kind: rows, plan or list.

    Raises ReadRefused for any other text.
    """
    try:
        trees = grammar.parse(sql)
    except (grammar.Failure, UnicodeError) as error:
        raise ReadRefused(
            f"the statement cannot be read: {str(error).splitlines()[0]}",
            way_out="Mend it; PostgreSQL's own grammar reads it. A parameter is $1, $2, ….",
        ) from error
    if len(trees) != 1:
        many = len(trees) or "no"
        raise ReadRefused(f"the text holds {many} statements, and one is run", way_out=WAY_OUT)
    (tree,) = trees
    kind = tree.WhichOneof("node")
    if kind == "select_stmt":
        return tree, "rows"
    if kind == "variable_show_stmt":
        return tree, "list"
    if kind != "explain_stmt":
        raise refused(type(getattr(tree, kind)).__name__ if kind else "nothing")
    return _explained(tree.explain_stmt, analyze), "plan"


def _explained(tree: Node, analyze: bool) -> Node:
    for node in tree.options:
        option = node.def_elem
        if option.defname not in _OPTIONS:
            raise ReadRefused(f"EXPLAIN has an option {option.defname} that is not known here")
        if option.defname == "analyze" and _is_on(option) and not analyze:
            raise ReadRefused(
                "EXPLAIN ANALYZE runs the statement, and this read may not",
                way_out="Leave ANALYZE out, or ask for it with the limit:  --analyze",
            )
    if tree.query.WhichOneof("node") != "select_stmt":
        kind = tree.query.WhichOneof("node")
        raise refused(type(getattr(tree.query, kind)).__name__)
    return tree.query


def _is_on(option: Node) -> bool:
    if not option.HasField("arg"):
        return True
    given = grammar.definition_argument(option)
    return str(given).lower() not in _NO


def refused(kind: str, place: str = "") -> ReadRefused:
    """Gives the refusal of a kind of node."""
    name = kind.removesuffix("Stmt")
    does = _DOES.get(kind, f"it is or holds {name}, which is not known to only read")
    return ReadRefused(f"the read is refused: {place}{does}", way_out=WAY_OUT)


def mentioned(tree: Node, place: str = "", also: frozenset[str] = frozenset()) -> Mentioned:
    """Gives the names of a whole tree; a node that a query has no use for raises ReadRefused.

    `also` are nodes that may be there beside those of a query.
    """
    found = Mentioned()
    found.operators |= {(None, sign) for sign in _COMPARED}
    for node in _all(tree):
        kind = type(node).__name__
        if kind not in _KNOWN and kind not in also:
            raise refused(kind, place)
        _note(found, kind, node)
    return found


def _all(tree: Node) -> Iterator[Node]:
    """Gives every node of a tree, of any kind, the tree itself included."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.Node):
            name = node.WhichOneof("node")
            if name is None:
                continue
            node = getattr(node, name)
        yield node
        for slot, value in node.ListFields():
            if slot.message_type is not None:
                waiting += list(value) if slot.is_repeated else [value]


def _note(found: Mentioned, kind: str, node: Node) -> None:
    if kind == "FuncCall":
        schema, name = _split(node.funcname)
        many = len(node.args) + (len(node.agg_order) if node.agg_within_group else 0)
        found.functions.add((schema, name, many))
        found.types.add((schema, name))  # a type's name casts as a function does
        found.calls.append(node)
    elif kind == "ColumnRef" and len(node.fields) > 1:
        _attribute(found, node.fields)
    elif kind == "A_Indirection":
        _attribute(found, node.indirection)
    elif kind == "A_Expr":
        found.operators.add(_split(node.name))
    elif kind == "SubLink" and node.oper_name:
        found.operators.add(_split(node.oper_name))
    elif kind == "SortBy" and node.use_op:
        found.operators.add(_split(node.use_op))
    elif kind == "TypeName" and node.names:
        found.types.add(_split(node.names))
    elif kind == "RangeVar":
        found.relations.add((node.schemaname or None, node.relname))
    elif kind == "RangeTableSample":
        found.functions.add((*_split(node.method), 1))


def _attribute(found: Mentioned, fields: Any) -> None:
    """`row.name` and `(expression).name` call a function of that name where there is no column."""
    for name in names.strings(fields):
        if name:
            found.attributes.add(name)
            found.types.add((None, name))


def _split(parts: Any) -> tuple[str | None, str]:
    texts = names.strings(parts)
    return (texts[-2] if len(texts) > 1 else None), texts[-1]
