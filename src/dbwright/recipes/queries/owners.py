"""Which source of a block a name belongs to, and USING as the equalities that it stands for."""

from __future__ import annotations

from sqlglot import exp

from dbwright.recipes.queries import tree
from dbwright.recipes.queries.outputs import outputs
from dbwright.recipes.queries.reading import Block, Reading, Source
from dbwright.recipes.queries.rewrites import spelling


def using_as_on(reading: Reading) -> exp.Expr | None:
    """Gives the statement with the first USING (a, b) as the equalities that it stands for."""
    for block in reading.blocks:
        if any(each.is_star for each in block.node.expressions):
            continue
        before: list[Source] = []
        for source in block.sources.values():
            names = source.join.args.get("using") if source.join is not None else None
            if names and source.join is not None and source.join.side in ("", "LEFT"):
                made = _equalities(reading, block, source, before, names)
                if made is not None:
                    return made
            before.append(source)
    return None


def _equalities(
    reading: Reading, block: Block, source: Source, before: list[Source], names: list[exp.Expr]
) -> exp.Expr | None:
    owners: dict[str, Source] = {}
    for name in names:
        column = exp.Column(this=name.copy())
        having = [each for each in before if has_column(reading, each, column)]
        if len(having) != 1 or not has_column(reading, source, column):
            return None
        owners[name.name] = having[0]
    copy, twin = tree.twinned(block.node.root())
    for node in block.node.find_all(exp.Column):
        if not node.table and node.name in owners and reading.block_of(node) is block:
            twin(node).set("table", spelling(owners[node.name]))
    every = [
        exp.EQ(
            this=exp.Column(this=name.copy(), table=spelling(owners[name.name])),
            expression=exp.Column(this=name.copy(), table=spelling(source)),
        )
        for name in names
    ]
    assert source.join is not None
    twin(source.join).set("using", None)
    twin(source.join).set("on", exp.and_(*every, copy=False))
    return copy


def owner(reading: Reading, node: exp.Column) -> Source | None:
    """Gives the source that a column's name belongs to; None where it is not certain."""
    block = reading.block_of(node)
    while block is not None:
        if node.table:
            if node.table in block.sources:
                return block.sources[node.table]
        else:
            several = [each for each in block.sources.values() if has_column(reading, each, node)]
            if several:
                return several[0] if len(several) == 1 else None
        block = block.outer
    return None


def has_column(reading: Reading, source: Source, node: exp.Column) -> bool:
    """Whether a source may have a column of a name."""
    if source.table is not None:
        return any(each.name.lower() == node.name.lower() for each in source.table.columns)
    inner = inner_of(reading, source)
    found = outputs(reading, inner) if inner is not None else None
    return found is None or node.name in found


def names_output(block: Block, node: exp.Column) -> bool:
    """Whether a bare name in ORDER BY is that of a column that the block gives."""
    order = node.find_ancestor(exp.Order)
    if node.table or order is None or order.parent is not block.node:
        return False
    return any(each.alias == node.name for each in block.node.expressions)


def inner_of(reading: Reading, source: Source) -> Block | None:
    """Gives the block that a source reads, that of LATERAL too."""
    if source.block is not None or not isinstance(source.node, exp.Lateral):
        return source.block
    held = source.node.this
    select = held.this if isinstance(held, exp.Subquery) else None
    return reading.block_of(select) if isinstance(select, exp.Select) else None
