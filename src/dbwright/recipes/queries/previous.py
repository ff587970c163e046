"""Sub-queries and self-joins that find the row before, as a window's lag() or lead()."""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from dbwright.core.identifiers import spelled
from dbwright.recipes.queries import keys, tree
from dbwright.recipes.queries.reading import Block, Reading, Reference, Source
from dbwright.recipes.queries.rewrites import spelling


@dataclass(frozen=True, slots=True)
class Neighbor:
    """The row before, or behind, each row of a source: within which columns, by which order.

    `gives` is the column of that row that is asked for; None where a join has the whole row.
    """

    source: Source
    within: tuple[str, ...]
    by: str
    before: bool
    gives: str | None = None

    def window(self, column: str) -> exp.Expr:
        """Gives a column of the row before as a window function."""
        alias = spelling(self.source).sql(dialect="postgres")
        parts = ", ".join(f"{alias}.{spelled(name)}" for name in self.within)
        partition = f"PARTITION BY {parts} " if parts else ""
        name = "LAG" if self.before else "LEAD"
        text = (
            f"{name}({alias}.{spelled(column)}) OVER "
            f"({partition}ORDER BY {alias}.{spelled(self.by)})"
        )
        return sqlglot.parse_one(text, dialect="postgres")


def neighbor(reading: Reading, block: Block, inner: Block) -> Neighbor | None:
    """Gives the row before that a scalar sub-query of a block finds.

    None unless (within, by) is unique and never NULL, and the window would see all rows.
    """
    parts = ("group", "having", "distinct", "offset", "with_", "joins", "windows")
    if len(inner.sources) != 1 or any(inner.node.args.get(part) for part in parts):
        return None
    (mine,) = inner.sources.values()
    if mine.table is None or len(inner.node.expressions) != 1:
        return None
    within: list[str] = []
    bounds: list[tuple[Reference, bool]] = []
    outer: set[int] = set()
    sources: list[Source] = []
    for condition in inner.where():
        found = _sides(reading, mine, condition)
        if found is None:
            return None
        left, right, kind = found
        outer.add(id(right.source))
        sources.append(right.source)
        if kind is exp.EQ:
            within.append(left.column.name)
        else:
            bounds.append((left, kind is exp.LT))
    if len(outer) != 1 or len(bounds) != 1:
        return None
    bound, before = bounds[0]
    gives = _gives(reading, inner, mine, bound, before)
    source = sources[0]
    if gives is None or source not in block.sources.values():
        return None
    found_neighbor = Neighbor(source, tuple(within), bound.column.name, before, gives)
    return found_neighbor if _is_told(reading, block, found_neighbor) else None


_TURNED: dict[type, type] = {exp.EQ: exp.EQ, exp.LT: exp.GT, exp.GT: exp.LT}


def _sides(
    reading: Reading, mine: Source, condition: exp.Expr
) -> tuple[Reference, Reference, type] | None:
    """A column of the inner table and the same one of the outer, with how they compare."""
    if type(condition) not in _TURNED:
        return None
    left, right = reading.reference(condition.this), reading.reference(condition.expression)
    kind: type = type(condition)
    if left is None or right is None:
        return None
    if left.source is not mine:
        left, right, kind = right, left, _TURNED[kind]
    same = left.table.key == right.table.key and left.column.name == right.column.name
    apart = left.source is mine and right.source is not mine
    return (left, right, kind) if same and apart else None


def _gives(
    reading: Reading, inner: Block, mine: Source, bound: Reference, before: bool
) -> str | None:
    only = inner.node.expressions[0].unalias()
    order, limit = inner.node.args.get("order"), inner.node.args.get("limit")
    wanted = exp.Max if before else exp.Min
    if isinstance(only, wanted) and order is None and limit is None:
        found = reading.reference(only.this)
        same = found is not None and found.source is mine
        return bound.column.name if same and found and found.column == bound.column else None
    found = reading.reference(only)
    if order is None or len(order.expressions) != 1 or not isinstance(limit, exp.Limit):
        return None
    key = order.expressions[0]
    one = isinstance(limit.expression, exp.Literal) and limit.expression.this == "1"
    by = reading.reference(key.this)
    right_way = bool(key.args.get("desc")) == before
    ordered = by is not None and by.source is mine and by.column == bound.column
    if one and right_way and ordered and found is not None and found.source is mine:
        return found.column.name
    return None


def _is_told(reading: Reading, block: Block, found: Neighbor) -> bool:
    table = found.source.table
    if table is None or table.kind not in ("table", "partitioned", "partition"):
        return False
    names = (*found.within, found.by)
    sets = keys.unique_sets(reading.query.schema, table)
    unique = any(set(each) <= set(names) for each in sets)
    if not unique or not keys.is_never_null(table, names):
        return False
    return not block.grouped and not block.limited and _sees_all(reading, block, found)


def _sees_all(reading: Reading, block: Block, found: Neighbor) -> bool:
    """Whether the block throws out no row, or whole partitions of the window alone."""
    for condition in block.where():
        column = reading.reference(condition.this) if isinstance(condition, exp.EQ) else None
        whole = column is not None and column.source is found.source
        if not whole or column is None or column.column.name not in found.within:
            return False
        if not tree.is_constant(condition.expression):
            return False
    return True


def joined(reading: Reading, block: Block) -> tuple[Neighbor, Source] | None:
    """Gives the row before that a block joins to each row, and the join's source.

    `LEFT JOIN t p ON p.k = t.k AND p.ts = (SELECT max(x.ts) … x.k = t.k AND x.ts < t.ts)`.
    """
    if len(block.sources) != 2:
        return None
    first, second = block.sources.values()
    join = second.join
    on = join.args.get("on") if join is not None and join.side == "LEFT" else None
    if on is None or first.table is None or second.table is None:
        return None
    if first.table.key != second.table.key:
        return None
    found: Neighbor | None = None
    within: set[str] = set()
    for condition in tree.conjuncts(on):
        sides = _sides(reading, second, condition)
        if sides is not None and sides[2] is exp.EQ and sides[1].source is first:
            within.add(sides[0].column.name)
            continue
        found = _by_sub_query(reading, block, second, condition)
        if found is None or found.source is not first:
            return None
    if found is None or within != set(found.within):
        return None
    return found, second


def _by_sub_query(
    reading: Reading, block: Block, second: Source, condition: exp.Expr
) -> Neighbor | None:
    if not isinstance(condition, exp.EQ):
        return None
    for one, other in (
        (condition.this, condition.expression),
        (condition.expression, condition.this),
    ):
        column, select = reading.reference(one), other.unnest()
        if column is None or column.source is not second or not isinstance(select, exp.Select):
            continue
        inner = reading.block_of(select)
        found = neighbor(reading, block, inner) if inner is not None else None
        if found is not None and column.column.name == found.by == found.gives:
            return found
    return None
