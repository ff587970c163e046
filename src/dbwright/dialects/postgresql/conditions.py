"""Conditions of a WHERE: whether they name rows, or ask for a kind of which there may be many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dbwright.dialects.postgresql import expressions, grammar, names
from dbwright.dialects.postgresql.grammar import Node, nodes

_ONE_SIDED = ("<", "<=", ">", ">=")
_ALL_BUT = ("<>", "!=")


def open_ended(condition: Node) -> bool:
    """Whether nothing in a condition says how many rows meet it.

    It asks for NULLs, for all on one side of a value, for all but some, or joins another table. A
    value, a list, a pattern, two bounds of one column and a subquery name rows.
    """
    kind = condition.WhichOneof("node")
    if kind == "null_test":
        return not _has_subquery(condition)
    if kind == "a_expr":
        return not _has_subquery(condition) and _compares_openly(condition.a_expr)
    if kind != "bool_expr":
        return False
    parts = list(condition.bool_expr.args)
    if condition.bool_expr.boolop == nodes.OR_EXPR:
        return any(map(open_ended, parts))
    if condition.bool_expr.boolop != nodes.AND_EXPR:
        return False
    asked = [part for part in parts if not expressions.trivially_true(part)]
    return all(map(open_ended, asked)) and not _has_two_bounds(asked)


def compared(condition: Node) -> tuple[str, ...]:
    """The columns that an open-ended condition holds against a value, or wants to be there."""
    return tuple(dict.fromkeys(_compared(condition)))


def _compared(condition: Node) -> Iterator[str]:
    for test in grammar.all_of(condition, "NullTest"):
        if test.nulltesttype == nodes.IS_NOT_NULL:
            yield from expressions.columns(test.arg)
    for found in grammar.all_of(condition, "A_Expr"):
        sides = (expressions.columns(found.lexpr), expressions.columns(found.rexpr))
        if _compares_openly(found) and not all(sides):
            yield from (*sides[0], *sides[1])


def _compares_openly(found: Node) -> bool:
    operator = names.strings(found.name)[-1]
    if found.kind == nodes.AEXPR_OP:
        return operator in (*_ONE_SIDED, *_ALL_BUT) or (operator == "=" and _joins(found))
    return found.kind == nodes.AEXPR_DISTINCT or (
        found.kind == nodes.AEXPR_IN and operator in _ALL_BUT
    )


def _joins(found: Node) -> bool:
    """Whether two columns of two tables are held against each other."""
    sides = [side.column_ref for side in (found.lexpr, found.rexpr) if side.HasField("column_ref")]
    owners = {names.strings(side.fields)[:-1] for side in sides}
    return len(owners) == 2 and () not in owners


def _has_two_bounds(parts: list[Node]) -> bool:
    sides: Counter[tuple[str, ...]] = Counter()
    for part in parts:
        if part.WhichOneof("node") == "a_expr":
            found = part.a_expr
            if names.strings(found.name)[-1] in _ONE_SIDED:
                sides[expressions.columns(part)] += 1
    return any(count > 1 for count in sides.values())


def _has_subquery(condition: Node) -> bool:
    return any(True for _ in grammar.all_of(condition, "SubLink"))
