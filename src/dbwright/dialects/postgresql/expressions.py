"""Expressions of a syntax tree: as text, and the columns and functions in them."""

from __future__ import annotations

from collections.abc import Iterator

import postgast
from google.protobuf.message import Message
from postgast import pg_query_pb2 as pb

from dbwright.dialects.postgresql import names

_SELECT = "SELECT "


def text(node: pb.Node) -> str:
    """Give an expression as libpg_query prints it."""
    tree = postgast.parse("select 1")
    tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(node)
    return postgast.deparse(tree).removeprefix(_SELECT)


def columns(node: Message) -> tuple[str, ...]:
    """Give the columns named in an expression, each once, in order."""
    found = (names.strings(ref.fields)[-1] for ref in _all(node, pb.ColumnRef))
    return tuple(dict.fromkeys(name for name in found if name))


def functions(node: Message) -> Iterator[tuple[str, ...]]:
    """Give the names of the functions that are called, qualified as written."""
    for call in _all(node, pb.FuncCall):
        yield names.strings(call.funcname)


def tables(node: Message) -> tuple[str, ...]:
    """Give the keys of the tables that a query reads or writes, its own WITH names left out."""
    own = {cte.ctename for cte in _all(node, pb.CommonTableExpr)}
    found = (ref for ref in _all(node, pb.RangeVar) if ref.schemaname or ref.relname not in own)
    return tuple(dict.fromkeys(names.key_of(ref) for ref in found))


def trivially_true(node: pb.Node) -> bool:
    """Whether a condition keeps every row whatever the rows are: `true`, `1 = 1`."""
    kind = node.WhichOneof("node")
    if kind == "a_const":
        return node.a_const.boolval.boolval
    if kind == "type_cast":
        return trivially_true(node.type_cast.arg) or _is_true_text(node.type_cast)
    if kind == "bool_expr" and node.bool_expr.boolop == pb.AND_EXPR:
        return all(trivially_true(part) for part in node.bool_expr.args)
    if kind == "bool_expr" and node.bool_expr.boolop == pb.OR_EXPR:
        return any(trivially_true(part) for part in node.bool_expr.args)
    return kind == "a_expr" and _same_constants(node.a_expr)


def _is_true_text(cast: pb.TypeCast) -> bool:
    return cast.arg.a_const.sval.sval in ("t", "true")


def _same_constants(expression: pb.A_Expr) -> bool:
    both = (expression.lexpr, expression.rexpr)
    if names.strings(expression.name) != ("=",) or any(not side.HasField("a_const") for side in both):
        return False
    return _bare(both[0].a_const) == _bare(both[1].a_const)


def _bare(constant: pb.A_Const) -> bytes:
    copy = pb.A_Const()
    copy.CopyFrom(constant)
    copy.location = 0
    return copy.SerializeToString()


def _all(node: Message, kind: type) -> Iterator[pb.Any]:
    for _, found in postgast.walk(node):
        if isinstance(found, kind):
            yield found
