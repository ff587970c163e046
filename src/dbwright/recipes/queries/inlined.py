"""A CTE as a sub-query in each of its places, with the conditions that are asked there.

SQLite brings no condition into a grouped sub-query before it has grouped all rows.
https://www.sqlite.org/optoverview.html#the_where_clause_push_down_optimization
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.recipes.queries import tree
from dbwright.recipes.queries.reading import Block, Reading, Source


def inlined(reading: Reading, cte: exp.CTE) -> exp.Expr | None:
    """Gives the statement without a CTE, each place that reads it asking for its own rows.

    None where a place asks for all rows, or by something that is made after the grouping.
    """
    body, inner = cte.this, reading.block_of(cte.this)
    keys = _keys(body) if isinstance(body, exp.Select) else {}
    places = [
        (block, source)
        for block in reading.blocks
        for source in block.sources.values()
        if inner is not None and source.block is inner
    ]
    asked = [list(_asked(block, source, keys)) for block, source in places]
    if not places or not all(asked) or any(source.optional for _, source in places):
        return None
    other, twin = tree.twinned(cte.root())
    for (_, source), conditions in zip(places, asked, strict=True):
        made = body.copy()
        for condition, name in conditions:
            for column in list(condition.find_all(exp.Column)):
                column.replace(keys[name].copy())
            made.where(condition, copy=False)
        alias = exp.TableAlias(this=exp.to_identifier(source.alias, quoted=_is_quoted(source)))
        twin(source.node).replace(exp.Subquery(this=made, alias=alias))
    with_ = twin(cte).parent
    twin(cte).pop()
    if isinstance(with_, exp.With) and not with_.expressions:
        with_.pop()
    return other


def _keys(body: exp.Select) -> dict[str, exp.Expr]:
    """The columns by which rows may be left out before they are grouped, by their names."""
    group = body.args.get("group")
    listed = {each.alias_or_name: each.unalias() for each in body.expressions}
    plain: dict[str, exp.Expr] = {
        name: node for name, node in listed.items() if isinstance(node, exp.Column)
    }
    if group is None:
        folds = any(each.find(exp.AggFunc) for each in body.expressions)
        return {} if folds or body.args.get("having") else plain
    if set(group.args) - {"expressions"} and any(
        group.args.get(each) for each in ("grouping_sets", "cube", "rollup", "all", "totals")
    ):
        return {}
    return {name: node for name, node in plain.items() if node in group.expressions}


def _asked(
    block: Block, source: Source, keys: dict[str, exp.Expr]
) -> Iterator[tuple[exp.Expr, str]]:
    """The conditions of a place that hold one such column against constants."""
    for condition in block.where():
        column, values = _compared(condition)
        constant = values and all(tree.is_constant(each) for each in values)
        own = isinstance(column, exp.Column) and column.table == source.alias
        if constant and own and column is not None and column.name in keys:
            yield condition.copy(), column.name


def _compared(condition: exp.Expr) -> tuple[exp.Expr | None, list[exp.Expr]]:
    """The side of a comparison that may be a column, and what it is held against."""
    if isinstance(condition, exp.In):
        return condition.this, list(condition.expressions)
    if isinstance(condition, exp.Between):
        return condition.this, [condition.args["low"], condition.args["high"]]
    if not isinstance(condition, (exp.EQ, *_RANGES)):
        return None, []
    sides = [condition.this, condition.expression]
    column = next((each for each in sides if isinstance(each, exp.Column)), None)
    return column, [each for each in sides if each is not column]


_RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE)


def _is_quoted(source: Source) -> bool:
    alias = source.node.args.get("alias") or source.node
    return bool(alias.this.args.get("quoted")) if isinstance(alias.this, exp.Identifier) else False
