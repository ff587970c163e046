"""Where a statement uses what a FROM names, and the statement without it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from dbwright.recipes.queries import tree
from dbwright.recipes.queries.reading import Block, Reading, Source


def uses(
    reading: Reading, block: Block, source: Source, *, but: Sequence[exp.Expr] = ()
) -> list[exp.Column] | None:
    """Gives each column of a source that a block names, its subqueries too.

    What stands in `but` is not looked at. None where it cannot be told: `*`, a whole row, a name
    that two sources may have.
    """
    found: list[exp.Column] = []
    left_out = {id(each) for each in but}
    for node in block.node.walk(prune=lambda each: id(each) in left_out):
        if id(node) in left_out:
            continue
        if _is_all(node) and reading.block_of(node) is block:
            return None
        if not isinstance(node, exp.Column):
            continue
        of_source = _is_of(reading, block, source, node)
        if of_source is None:
            return None
        if of_source:
            found.append(node)
    return found


def _is_all(node: exp.Expr) -> bool:
    """Whether it is the `*` of a SELECT list, not that of count(*) or of one alias."""
    return isinstance(node, exp.Star) and not isinstance(node.parent, (exp.Count, exp.Column))


def _is_of(reading: Reading, block: Block, source: Source, node: exp.Column) -> bool | None:
    reference = reading.reference(node)
    if reference is not None:
        return reference.source is source
    if node.table:
        return None if _owner(reading, node) is source else False
    if node.name == source.alias or source.table is None:
        return None
    own = source.table.column(node.name) is not None
    return None if own and not _names_output(block, node) else False


def _owner(reading: Reading, node: exp.Column) -> Source | None:
    block = reading.block_of(node)
    while block is not None:
        if node.table in block.sources:
            return block.sources[node.table]
        block = block.outer
    return None


def _names_output(block: Block, node: exp.Column) -> bool:
    """Whether a name in ORDER BY is that of a column that the SELECT gives."""
    return node.find_ancestor(exp.Order) is not None and any(
        each.alias == node.name for each in block.node.expressions
    )


def conditions_on(block: Block, nodes: Sequence[exp.Column]) -> list[exp.Expr] | None:
    """Gives the conditions of inner joins and WHERE that hold all of these; None where not all."""
    wanted = {id(each) for each in nodes}
    found = []
    for condition in block.conditions():
        inside = {id(each) for each in condition.find_all(exp.Column)} & wanted
        if inside:
            found.append(condition)
            wanted -= inside
    return None if wanted else found


def without_source(block: Block, source: Source, gone: Sequence[exp.Expr]) -> exp.Select | None:
    """Gives a copy of a block's SELECT without a source and the conditions that tied it.

    What else its ON held goes to WHERE. None where the FROM would fall apart.
    """
    made, twin = tree.twinned(block.node)
    assert isinstance(made, exp.Select)
    kept: list[exp.Expr] = []
    for other in block.sources.values():
        join = other.join
        if join is None or join.side or join.args.get("on") is None:
            continue
        left = tree.without(join.args["on"], gone)
        touched = any(condition.find_ancestor(exp.Join) is join for condition in gone)
        if other is source or touched:
            kept += list(tree.conjuncts(left)) if left is not None else []
            twin(join).set("on", None)
            if other is not source and not _becomes_first(block, source, other):
                return None
    where = block.node.args.get("where")
    if where is not None:
        made.set("where", None)
        rest = tree.without(where.this, gone)
        kept = [*(tree.conjuncts(rest) if rest is not None else ()), *kept]
    if source.join is not None:
        twin(source.join).pop()
    elif not _promoted(made, block, source):
        return None
    for each in kept:
        made = made.where(each.copy(), copy=False)
    return made


def _becomes_first(block: Block, source: Source, other: Source) -> bool:
    """Whether a join takes the place of the FROM when the source is taken out."""
    return source.join is None and _next(block, source) is other


def _next(block: Block, source: Source) -> Source | None:
    rest = [each for each in block.sources.values() if each is not source]
    return rest[0] if rest else None


def _promoted(made: exp.Select, block: Block, source: Source) -> bool:
    second = _next(block, source)
    if second is None or second.join is None or second.join.side:
        return False
    joins = made.args["joins"]
    first = joins[0]
    if first.args.get("on") is not None or first.args.get("using"):
        return False
    made.set("from_", exp.From(this=first.this.copy()))
    first.pop()
    return True
