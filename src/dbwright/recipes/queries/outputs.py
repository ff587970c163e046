"""What a block gives: each of its columns by name, with the expression that it is."""

from __future__ import annotations

from sqlglot import exp

from dbwright.recipes.queries import tree
from dbwright.recipes.queries.reading import Block, Reading, Source
from dbwright.recipes.queries.rewrites import qualified, spelling

Outputs = dict[str, exp.Expr]


def outputs(reading: Reading, block: Block) -> Outputs | None:
    """Gives the columns of a block as expressions over its sources; None where a star hides them.

    Columns of two names alike are none that could be named.
    """
    listed = given(reading, block)
    names = [name for name, _ in listed or ()]
    if listed is None or "" in names or len(set(names)) < len(names):
        return None
    return dict(listed)


def given(reading: Reading, block: Block) -> list[tuple[str, exp.Expr]] | None:
    """Gives the columns of a block in their order, each with its name, empty where it has none."""
    found: list[tuple[str, exp.Expr]] = []
    for each in block.node.expressions:
        listed = expanded(block, each)
        if listed is None:
            return None
        found += [
            (name, node if node.parent is None else _of(reading, block, node))
            for name, node in listed
        ]
    return found


def _of(reading: Reading, block: Block, node: exp.Expr) -> exp.Expr:
    """Gives an expression with the source of each of its columns, where there is one alone."""
    made = qualified(reading, node)
    if len(block.sources) == 1:
        (only,) = block.sources.values()
        for each in made.find_all(exp.Column):
            if not each.table and not node.find(exp.Query):
                each.set("table", spelling(only))
    return made


def expanded(block: Block, node: exp.Expr) -> list[tuple[str, exp.Expr]] | None:
    """Gives what an item of a SELECT list gives; None for a star over what is no base table."""
    if isinstance(node, exp.Star):
        sources = list(block.sources.values())
        plain = not any(each.join is not None and each.join.args.get("using") for each in sources)
        lists = [_columns(each) for each in sources] if plain else [None]
        if any(each is None for each in lists):
            return None
        return [pair for each in lists for pair in each or ()]
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
        source = block.sources.get(node.table)
        return _columns(source) if source is not None else None
    return [(node.alias_or_name, node.unalias())]


def _columns(source: Source) -> list[tuple[str, exp.Expr]] | None:
    if source.table is None:
        return None
    return [
        (each.name, exp.Column(this=tree.identifier(each.name), table=spelling(source)))
        for each in source.table.columns
    ]
