"""Changes of a statement's tree that several rules make."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from dbwright.recipes.queries import tree
from dbwright.recipes.queries.reading import Block, Reading, Source
from dbwright.recipes.queries.tree import replaced


def not_in(node: exp.Expr) -> exp.Select | None:
    """Gives the sub-select of `x NOT IN (SELECT …)` or `x <> ALL (SELECT …)`, if it is one."""
    found: exp.Expr | None = None
    if isinstance(node, exp.NEQ) and isinstance(node.expression, exp.All):
        found = node.expression.this
    elif isinstance(node, exp.Not):
        inside = node.this.unnest()
        found = inside.args.get("query") if isinstance(inside, exp.In) else None
    inner = found.unnest() if found is not None else None
    return inner if isinstance(inner, exp.Select) else None


def compared_with(node: exp.Expr) -> exp.Expr:
    """Gives the left side of what `not_in` knows."""
    left = node.this if isinstance(node, exp.NEQ) else node.this.unnest().this
    assert isinstance(left, exp.Expr)
    return left


def each_compared(node: exp.Expr) -> list[exp.Expr]:
    """Gives the columns of the left side of what `not_in` knows, which may be a row."""
    left = compared_with(node).unnest()
    return list(left.expressions) if isinstance(left, exp.Tuple) else [left]


def to_not_exists(reading: Reading, negation: exp.Expr, select: exp.Select) -> exp.Expr | None:
    """Gives the statement with NOT EXISTS in the place of NOT IN, its columns with aliases.

    None where the sub-select gives groups or only some of its rows.
    """
    block = reading.block_of(select)
    if block is None or block.grouped or block.limited or select.args.get("with_"):
        return None
    inner, twin = tree.twinned(select)
    assert isinstance(inner, exp.Select)
    outers = [qualified(reading, each) for each in each_compared(negation)]
    if len(outers) != len(select.expressions):
        return None
    taken = {each.table for outer in outers for each in outer.find_all(exp.Column)}
    for source in block.sources.values():
        if source.alias in taken:
            _rename(reading, block, source, twin)
    columns = [each.unalias() for each in select.expressions]
    for column in columns:
        for each in column.find_all(exp.Column):
            _qualify(reading, each, twin(each))
    pairs = zip([twin(each).copy() for each in columns], outers, strict=True)
    equal = [exp.EQ(this=mine, expression=theirs) for mine, theirs in pairs]
    for name in ("order", "distinct"):
        inner.set(name, None)
    inner.set("expressions", [exp.Literal.number(1)])
    inner = inner.where(*equal, copy=False)
    return replaced(negation.root(), (negation, exp.Not(this=exp.Exists(this=inner))))


def _rename(reading: Reading, block: Block, source: Source, twin: tree.Twin) -> None:
    """Gives a source of the copy another alias, and to all that name it."""
    fresh = free_alias(reading, source.alias)
    node = twin(source.node)
    node.set("alias", exp.TableAlias(this=tree.identifier(fresh)))
    for each in block.node.find_all(exp.Column):
        reference = reading.reference(each)
        mine = reference is not None and reference.source is source
        if mine or (each.table == source.alias and reading.block_of(each) is block):
            twin(each).set("table", tree.identifier(fresh))


def free_alias(reading: Reading, wanted: str, besides: Iterable[str] = ()) -> str:
    """Gives an alias that no source of the statement has, and no table of the schema."""
    taken = set(besides) | {alias for block in reading.blocks for alias in block.sources}
    taken |= {table.name for table in reading.query.schema.tables}
    if reading.root is not None:
        taken |= {each.alias for each in reading.root.find_all(exp.CTE)}
    number, name = 1, wanted
    while name in taken:
        number, name = number + 1, f"{wanted}_{number}"
    return name


def qualified(reading: Reading, node: exp.Expr) -> exp.Expr:
    """Gives a copy of an expression, each column of it with the alias that it comes from."""
    copy, twin = tree.twinned(node)
    for each in node.find_all(exp.Column):
        _qualify(reading, each, twin(each))
    return copy


def _qualify(reading: Reading, column: exp.Column, twin: exp.Expr) -> None:
    alias = alias_of(reading, column)
    if alias is not None and not twin.args.get("table"):
        twin.set("table", alias)


def alias_of(reading: Reading, column: exp.Column) -> exp.Identifier | None:
    """Gives the alias of the source that a column comes from, as the statement spells it."""
    if column.args.get("table") is not None:
        return column.args["table"].copy()  # type: ignore[no-any-return]
    block, found = reading.block_of(column), reading.reference(column)
    while block is not None:
        for source in block.sources.values():
            if found is not None and is_from(source, found.source):
                return spelling(source)
        block = block.outer
    return None


def spelling(source: Source) -> exp.Identifier:
    """Gives a source's alias, or its name where it has none, as the statement spells it."""
    alias = source.node.args.get("alias")
    found = alias.this if alias is not None else source.node.this
    return found.copy()  # type: ignore[no-any-return]


def is_from(source: Source, wanted: Source) -> bool:
    """Whether a source is another one, or a block that hands that one's columns on."""
    if source is wanted:
        return True
    inner = source.block
    return inner is not None and any(is_from(each, wanted) for each in inner.sources.values())
