"""Rows that are numbered, or compared with the greatest of their group, to keep the first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from dbwright.recipes.queries import keys, tree
from dbwright.recipes.queries.reading import Block, Reading, Source


@dataclass(frozen=True, slots=True)
class Numbered:
    """A sub-query that numbers rows, and the condition of its outer block that keeps the first."""

    outer: Block
    inner: Block
    source: Source
    number: exp.Alias
    group: exp.Expr
    order: list[exp.Expr]
    condition: exp.Expr
    count: int


def read(reading: Reading, block: Block) -> Numbered | None:
    """Gives what a block keeps of a sub-query that numbers its rows, with one group column."""
    for source in block.sources.values():
        inner = source.block
        if inner is None or source.optional or not _is_alone(reading, inner):
            continue
        windows = list(inner.node.find_all(exp.Window))
        named = [each for each in inner.node.expressions if each.unalias() in windows]
        if len(windows) != 1 or len(named) != 1 or not isinstance(named[0], exp.Alias):
            continue
        group = windows[0].args.get("partition_by") or []
        order = windows[0].args.get("order")
        plain = isinstance(windows[0].this, exp.RowNumber) and not windows[0].args.get("spec")
        kept = _kept(block, source, named[0].alias)
        if plain and len(group) == 1 and order is not None and kept is not None:
            return Numbered(
                block, inner, source, named[0], group[0], order.expressions, kept[0], kept[1]
            )
    return None


def counts_alone(found: Numbered) -> bool:
    """Whether nothing but the number of the rows that are kept is asked for."""
    node = found.outer.node
    parts = ("group", "having", "distinct", "order", "limit", "offset", "joins", "with_")
    if any(node.args.get(part) for part in parts) or len(node.expressions) != 1:
        return False
    count = node.expressions[0].unalias()
    whole = isinstance(count, exp.Count) and isinstance(count.this, (exp.Star, exp.Literal))
    return whole and len(found.outer.where()) == 1 and isinstance(found.source.node, exp.Subquery)


def _is_alone(reading: Reading, inner: Block) -> bool:
    """Whether one place alone reads it, and it gives rows as they are."""
    readers = [
        source
        for each in reading.blocks
        for source in each.sources.values()
        if source.block is inner
    ]
    parts = ("distinct", "group", "having", "order", "qualify", "windows", "with_")
    changed = inner.limited or inner.grouped or any(inner.node.args.get(part) for part in parts)
    return len(readers) == 1 and not changed and not isinstance(inner.node.parent, exp.Union)


def _kept(block: Block, source: Source, name: str) -> tuple[exp.Expr, int] | None:
    for condition in block.where():
        column, bound = condition.this, condition.args.get("expression")
        if not isinstance(column, exp.Column) or column.name != name:
            continue
        if column.table not in ("", source.alias) or not isinstance(bound, exp.Literal):
            continue
        if not bound.is_int:
            return None
        number = int(bound.this)
        counts: dict[type, int] = {
            exp.EQ: number if number == 1 else 0,
            exp.LTE: number,
            exp.LT: number - 1,
        }
        found = counts.get(type(condition), 0)
        return (condition, found) if found >= 1 else None
    return None


def kept(reading: Reading, found: Numbered) -> list[exp.Expr] | None:
    """Gives the columns of the sub-query without the number, which is 1 where it is still asked.

    None where more than one row of a group is kept and the number is asked for.
    """
    name = found.number.alias
    asked = any(
        isinstance(each, exp.Star) or (isinstance(each, exp.Column) and _asks(each, found, name))
        for each in found.outer.node.walk()
        if not _stands_in(each, found.condition)
        and not isinstance(each.parent, (exp.Count, exp.Column))
        and not _stands_in(each, found.inner.node)
    )
    listed = list(found.inner.node.expressions)
    if not asked:
        return [each for each in listed if each is not found.number]
    if found.count != 1:
        return None
    one = exp.Alias(
        this=exp.cast(exp.Literal.number(1), "bigint"), alias=found.number.args["alias"].copy()
    )
    return [one if each is found.number else each for each in listed]


def _asks(column: exp.Column, found: Numbered, name: str) -> bool:
    whole = isinstance(column.this, exp.Star) and column.table == found.source.alias
    return whole or (column.name == name and column.table in ("", found.source.alias))


def _stands_in(node: exp.Expr | None, place: exp.Expr) -> bool:
    while node is not None and node is not place:
        node = node.parent
    return node is place


def without_condition(
    root: exp.Expr, pairs: list[tuple[exp.Expr, exp.Expr | None]], gone: tuple[exp.Expr, ...]
) -> exp.Expr:
    """Gives a copy of a tree with nodes replaced, and without some conditions of a WHERE."""
    copy, twin = tree.twinned(root)
    for condition in gone:
        where = condition.find_ancestor(exp.Where)
        if where is None:
            continue
        left = tree.without(where.this, [condition])
        if left is None:
            twin(where).pop()
        else:
            rest = [each for each in gone if each is not condition]
            assert not rest
            twin(where).set("this", left)
    for old, new in pairs:
        assert new is not None
        if twin(old) is copy:
            return new
        twin(old).replace(new)
    return copy


@dataclass(frozen=True, slots=True)
class Most:
    """A table joined to the greatest value of each of its own groups."""

    rows: Block
    group: exp.Expr
    by: exp.Expr
    order: exp.Expr


def joined_to_most(reading: Reading, block: Block) -> Most | None:
    """Gives a block that keeps of one table the rows with the greatest value of their group.

    Its other source is `SELECT g, max(x) FROM the same table GROUP BY g`, of which it gives
    nothing. The block that is returned has the table alone.
    """
    tables = [each for each in block.sources.values() if each.table is not None]
    most = [each for each in block.sources.values() if each.block is not None]
    plain = not any(
        block.node.args.get(part)
        for part in ("group", "having", "distinct", "order", "limit", "offset", "where", "with_")
    )
    if len(block.sources) != 2 or len(tables) != 1 or len(most) != 1 or not plain or block.grouped:
        return None
    table, other = tables[0], most[0]
    if table.optional or other.optional or not _is_of_groups(reading, table, other):
        return None
    return _rows_alone(reading, block, table, other)


def _is_of_groups(reading: Reading, table: Source, other: Source) -> bool:
    """Whether a source is `SELECT g, max(x) FROM the same table GROUP BY g`, of all of its rows."""
    inner = other.block
    if inner is None or not isinstance(other.node, exp.Subquery) or len(inner.sources) != 1:
        return False
    (own,) = inner.sources.values()
    same = own.table is not None and table.table is not None and own.table.key == table.table.key
    parts = ("where", "having", "limit", "offset", "distinct", "order", "with_")
    return same and not any(inner.node.args.get(part) for part in parts)


def _rows_alone(reading: Reading, block: Block, table: Source, other: Source) -> Most | None:
    inner = other.block
    assert inner is not None
    group = inner.node.args.get("group")
    listed = {each.alias_or_name: each.unalias() for each in inner.node.expressions}
    folds = {name: each for name, each in listed.items() if isinstance(each, (exp.Max, exp.Min))}
    if group is None or len(group.expressions) != 1 or len(folds) != 1 or len(listed) != 2:
        return None
    ties: dict[str, exp.Column] = {}
    for condition in block.conditions():
        pair = _pair(reading, condition, table, other)
        if pair is None:
            return None
        ties[pair[0]] = pair[1]
    if set(ties) != set(listed) or len(block.conditions()) != 2:
        return None
    (most,) = folds
    (key,) = set(listed) - {most}
    sides = [(listed[key], ties[key]), (folds[most].this, ties[most])]
    if group.expressions[0] != listed[key] or not all(_same(reading, *each) for each in sides):
        return None
    if any(
        isinstance(each, exp.Star) or (isinstance(each, exp.Column) and each.table != table.alias)
        for item in block.node.expressions
        for each in item.walk()
    ):
        return None
    down = isinstance(folds[most], exp.Max)
    order = exp.Ordered(this=ties[most].copy(), desc=down, nulls_first=down)
    node = block.node.copy()
    assert isinstance(node, exp.Select)
    node.set("from_", exp.From(this=table.node.copy()))
    node.set("joins", None)
    alone = Block(node, block.scope, {table.alias: table}, block.outer)
    return Most(alone, ties[key], ties[most], order)


def _pair(
    reading: Reading, condition: exp.Expr, table: Source, other: Source
) -> tuple[str, exp.Column] | None:
    if not isinstance(condition, exp.EQ):
        return None
    for one, two in (
        (condition.this, condition.expression),
        (condition.expression, condition.this),
    ):
        mine = reading.reference(one)
        theirs = isinstance(two, exp.Column) and two.table == other.alias
        if mine is not None and mine.source is table and theirs:
            return two.name, one
    return None


def _same(reading: Reading, inner: exp.Expr, outer: exp.Expr) -> bool:
    one, two = reading.reference(inner), reading.reference(outer)
    return (
        one is not None
        and two is not None
        and one.column.name == two.column.name
        and keys.compares_alike(one.column, two.column)
    )
