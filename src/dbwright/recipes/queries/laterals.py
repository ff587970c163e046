"""A LATERAL that finds one row, as the scalar sub-queries that it stands for."""

from __future__ import annotations

from sqlglot import exp

from dbwright.recipes.queries import tree
from dbwright.recipes.queries.comparisons import integer
from dbwright.recipes.queries.flattened import columns_of
from dbwright.recipes.queries.outputs import outputs
from dbwright.recipes.queries.owners import inner_of
from dbwright.recipes.queries.reading import Block, Reading, Source

_MOST = 3


def as_scalars(reading: Reading, block: Block) -> exp.Expr | None:
    """Gives a block whose LATERAL of one row is a sub-query in each place of its columns.

    Each of up to three columns may be named once, outside of the FROM.
    """
    for source in block.sources.values():
        inner = inner_of(reading, source)
        if not isinstance(source.node, exp.Lateral) or inner is None or source.join is None:
            continue
        if not _finds_one(source, inner):
            continue
        found, uses = outputs(reading, inner), list(columns_of(reading, block, source))
        names = [each.name for each in uses]
        if found is None or not uses or len(uses) > _MOST or len(set(names)) < len(names):
            continue
        if any(each.find_ancestor(exp.Join, exp.Group) is not None for each in uses):
            continue
        if any(each.is_star for each in block.node.expressions):
            continue
        if block.grouped or any(name not in found for name in names):
            continue
        return _replaced(block, source, inner, uses)
    return None


def _finds_one(source: Source, inner: Block) -> bool:
    """Whether the outer row stays, whatever the LATERAL finds, and is never doubled."""
    join, node = source.join, inner.node
    assert join is not None
    on = join.args.get("on")
    if on is not None and not (isinstance(on, exp.Boolean) and on.this):
        return False
    if node.args.get("group") or node.args.get("having") or node.args.get("distinct"):
        return False
    if any(node.args.get(each) for each in ("offset", "with_", "locks")):
        return False
    if node.args.get("limit") is None:
        return all(_folds(each) for each in node.expressions)
    limit = node.args["limit"]
    one = isinstance(limit, exp.Limit) and integer(limit.expression) == 1
    return one and join.side == "LEFT" and not any(map(_folds, node.expressions))


def _folds(node: exp.Expr) -> bool:
    return node.find(exp.AggFunc) is not None and node.find(exp.Window) is None


def _replaced(block: Block, source: Source, inner: Block, uses: list[exp.Column]) -> exp.Expr:
    made, twin = tree.twinned(block.node)
    for each in uses:
        select = inner.node.copy()
        (only,) = [one for one in inner.node.expressions if one.alias_or_name == each.name]
        select.set("expressions", [only.unalias().copy()])
        place = twin(each)
        listed = isinstance(place.parent, exp.Select) and place.arg_key == "expressions"
        held: exp.Expr = exp.Subquery(this=select)
        place.replace(exp.Alias(this=held, alias=each.this.copy()) if listed else held)
    assert source.join is not None
    twin(source.join).pop()
    return made
