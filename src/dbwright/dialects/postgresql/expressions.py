"""Expressions and queries of a syntax tree: the columns, functions and tables in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dbwright.dialects.postgresql import grammar, names
from dbwright.dialects.postgresql.grammar import Node


def columns(tree: Node) -> tuple[str, ...]:
    """Give the columns named in an expression, each once, in order."""
    found = (names.strings(ref.fields)[-1] for ref in grammar.all_of(tree, "ColumnRef"))
    return tuple(dict.fromkeys(name for name in found if name))


def renamed(expression: str, names: Mapping[str, str]) -> str:
    """Give an expression over one table with other names for some of its columns.

    >>> renamed("status is not null and lower(name) = 'status'", {"status": "state"})
    "state IS NOT NULL AND lower(name) = 'status'"
    """
    (statement,) = grammar.parse(f"select {expression}")
    value = statement.select_stmt.target_list[0].res_target.val
    for found in grammar.all_of(value, "ColumnRef"):
        last = found.fields[-1].string
        last.sval = names.get(last.sval, last.sval)
    return grammar.text_of(value)


def functions(tree: Node) -> Iterator[tuple[str, ...]]:
    """Give the names of the functions that are called, qualified as written."""
    for call in grammar.all_of(tree, "FuncCall"):
        yield names.strings(call.funcname)


def tables(tree: Node) -> tuple[str, ...]:
    """Give the keys of the tables that a query reads or writes, its own WITH names left out."""
    own = {cte.ctename for cte in grammar.all_of(tree, "CommonTableExpr")}
    found = grammar.all_of(tree, "RangeVar")
    keys = (names.key_of(ref) for ref in found if ref.schemaname or ref.relname not in own)
    return tuple(dict.fromkeys(keys))


def trivially_true(condition: Node) -> bool:
    """Whether a condition keeps every row whatever the rows are: `true`, `1 = 1`."""
    kind = condition.WhichOneof("node")
    if kind == "a_const":
        return bool(condition.a_const.boolval.boolval)
    if kind == "type_cast":
        return _is_true_text(condition.type_cast) or trivially_true(condition.type_cast.arg)
    if kind == "bool_expr":
        return _trivial_parts(condition.bool_expr)
    return kind == "a_expr" and _same_constants(condition.a_expr)


def _trivial_parts(expression: Node) -> bool:
    parts = [trivially_true(part) for part in expression.args]
    if expression.boolop == grammar.nodes.AND_EXPR:
        return all(parts)
    return expression.boolop == grammar.nodes.OR_EXPR and any(parts)


def _is_true_text(cast: Node) -> bool:
    return cast.arg.a_const.sval.sval in ("t", "true")


def _same_constants(expression: Node) -> bool:
    both = (expression.lexpr, expression.rexpr)
    if names.strings(expression.name) != ("=",):
        return False
    return all(side.HasField("a_const") for side in both) and _bare(both[0]) == _bare(both[1])


def _bare(constant: Node) -> str:
    return grammar.text_of(constant)
