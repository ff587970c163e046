"""Whether a join with a grouped sub-query finds one row at most."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from dbwright.recipes.queries import tree
from dbwright.recipes.queries.keys import compares_alike

if TYPE_CHECKING:
    from dbwright.recipes.queries.reading import Reading, Source


def is_one_group(reading: Reading, source: Source, is_given: Callable[[exp.Expr], bool]) -> bool:
    """Whether a grouped sub-query is joined by all that it groups by, which it gives.

    `is_given` says whether an expression has one value for each row of what stands before it.
    """
    inner, on = source.block, source.join.args.get("on") if source.join is not None else None
    group = inner.node.args.get("group") if inner is not None else None
    if inner is None or group is None or on is None or inner.limited:
        return False
    if any(value for name, value in group.args.items() if name != "expressions"):
        return False
    given = {each.alias_or_name: each.unalias() for each in inner.node.expressions}
    bound = [
        given[one.name]
        for each in tree.conjuncts(on)
        if isinstance(each, exp.EQ)
        for one, other in ((each.this, each.expression), (each.expression, each.this))
        if isinstance(one, exp.Column) and one.table == source.alias and one.name in given
        if is_given(other) and _is_alike(reading, given[one.name], other)
    ]
    return all(any(key == each for each in bound) for key in group.expressions)


def computes_whole(node: exp.Expr) -> bool:
    """Whether an expression of whole numbers is one, exactly."""
    kinds = (exp.Column, exp.Identifier, exp.Literal, exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Paren)
    broken = any(not each.is_int for each in node.find_all(exp.Literal))
    return not broken and all(isinstance(each, kinds) for each in node.walk())


def _is_alike(reading: Reading, inner: exp.Expr, other: exp.Expr) -> bool:
    mine, theirs = reading.reference(inner), reading.reference(other)
    if mine is None or theirs is None:
        return False
    return compares_alike(mine.column, theirs.column)


def own_aggregates(node: exp.Expr) -> bool:
    """Whether an aggregate of this SELECT, no window and no subquery, stands in an expression."""
    return any(
        not isinstance(each.parent, exp.Window)
        and each.find_ancestor(exp.Query, exp.Select) is node.find_ancestor(exp.Query, exp.Select)
        for each in node.find_all(exp.AggFunc)
    )
