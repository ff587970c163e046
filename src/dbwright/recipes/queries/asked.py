"""What a statement asks of each table, by its text and the schema alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from dbwright.core.access import Access, Condition, ConditionKind, OrderKey
from dbwright.core.identifiers import spelled
from dbwright.core.query import Query
from dbwright.recipes.queries import tree
from dbwright.recipes.queries.reading import Block, Reading, Reference, Source

SCHEMA = "public"
_SIGNS: dict[Any, str] = {exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
_WILD = "%_"


def accesses(reading: Reading) -> tuple[Access, ...]:
    """Gives what is asked of each table; each arm of an OR is asked as well."""
    found: list[Access] = []
    for block in reading.blocks:
        for source in block.sources.values():
            if source.table is None or source.table.kind != "table":
                continue
            conditions, arms = _conditions(reading, block, source)
            order = _order(reading, block, source)
            found += [
                Access(SCHEMA, source.table.name, source.alias, each, order, limited=block.limited)
                for each in (conditions, *arms)
                if each or order
            ]
    return tuple(dict.fromkeys(found))


def _conditions(
    reading: Reading, block: Block, source: Source
) -> tuple[tuple[Condition, ...], list[tuple[Condition, ...]]]:
    parts = block.conditions()
    on = source.join.args.get("on") if source.join is not None else None
    if source.join is not None and source.join.side and on is not None:
        parts = [*parts, *tree.conjuncts(on)]
    found: list[Condition] = []
    arms: list[tuple[Condition, ...]] = []
    for part in parts:
        if isinstance(part, exp.Or):
            for arm in tree.disjuncts(part):
                each = [c for one in tree.conjuncts(arm) for c in _of(reading, source, one)]
                arms.append(tuple(each))
        else:
            found += _of(reading, source, part)
    return tuple(found), [each for each in arms if each]


def _of(reading: Reading, source: Source, part: exp.Expr) -> Iterator[Condition]:
    """Gives what a part of a condition asks of a column of the source."""
    if isinstance(part, exp.In):
        mine = _mine(reading, source, part.this)
        if mine is not None and part.expressions and all(map(tree.is_constant, part.expressions)):
            yield _condition(mine, "in", "IN")
    elif isinstance(part, exp.Between):
        mine = _mine(reading, source, part.this)
        if mine is not None and tree.is_constant(part.args["low"]):
            yield _condition(mine, "range", ">=")
    elif isinstance(part, exp.Is) and isinstance(part.expression, exp.Null):
        mine = _mine(reading, source, part.this)
        if mine is not None and mine.column.nullable:
            yield _condition(mine, "null")
    elif isinstance(part, exp.Like):
        mine, text = _mine(reading, source, part.this), part.expression
        if mine is not None and isinstance(text, exp.Literal) and text.name[:1] not in _WILD:
            yield _condition(mine, "prefix", "like")
    elif isinstance(part, (exp.EQ, exp.NullSafeEQ, *_SIGNS)):
        for side, other in ((part.this, part.expression), (part.expression, part.this)):
            yield from _compared(reading, source, part, side, other)


def _compared(
    reading: Reading, source: Source, part: exp.Expr, side: exp.Expr, other: exp.Expr
) -> Iterator[Condition]:
    mine = _mine(reading, source, side)
    if mine is None:
        return
    theirs = reading.references(other)
    if theirs is None or any(each.source is source for each in theirs):
        return
    outer = theirs[0].source.alias if theirs else None
    sign = _SIGNS.get(type(part))
    yield _condition(mine, "range" if sign else "equal", sign or "=", outer)


def _mine(reading: Reading, source: Source, node: exp.Expr) -> Reference | None:
    found = reading.reference(node.unnest())
    return found if found is not None and found.source is source else None


def _condition(
    mine: Reference, kind: ConditionKind, operator: str = "=", outer: str | None = None
) -> Condition:
    name = mine.column.name
    return Condition(spelled(name), kind, operator, outer=outer, column=name)


def _order(reading: Reading, block: Block, source: Source) -> tuple[OrderKey, ...]:
    """Gives the keys by which the first of a block's rows are wanted, where all are the source's.

    All rows in order are sorted no slower than they are fetched one by one by an index.
    """
    order = block.node.args.get("order")
    items = (
        [(each.this, bool(each.args.get("desc"))) for each in order.expressions] if order else []
    )
    found = [(_mine(reading, source, node), down) for node, down in items]
    if not found or any(mine is None for mine, _ in found) or block.grouped or not block.limited:
        return ()
    keys = (OrderKey(spelled(m.column.name), down, down) for m, down in found if m is not None)
    return tuple(keys)


def reading_of(query: Query) -> Reading:
    """Gives the reading of a statement, of a write that of the SELECT of its rows."""
    from dbwright.dialects.mysql.trees import as_select

    root = tree.tree(query)
    select = as_select(root) if root is not None else None
    return Reading(query, select) if select is not None else Reading(query)
