"""Other words for the first row of each group, as DISTINCT ON, which one rule knows.

They are equal where the group's column and the one that orders are a key together: no ties.
"""

from __future__ import annotations

from sqlglot import exp

from dbwright.recipes.queries import tree
from dbwright.recipes.queries.keys import unique_sets
from dbwright.recipes.queries.reading import Block, Reading, Source
from dbwright.recipes.queries.rewrites import qualified, spelling

PLAIN = ("group", "having", "distinct", "limit", "offset", "order", "with_", "locks", "joins",
          "windows", "qualify", "laterals")  # fmt: skip


def first_of_group(reading: Reading, block: Block) -> exp.Expr | None:
    """`(array_agg(x ORDER BY t))[1] … GROUP BY g`, or `(g, t) IN (SELECT g, max(t) …)`."""
    return _first_of_array(reading, block) or _pair_of_most(reading, block)


def _first_of_array(reading: Reading, block: Block) -> exp.Expr | None:
    group, node = block.node.args.get("group"), block.node
    if group is None or any(
        node.args.get(each) for each in PLAIN if each not in ("group", "joins")
    ):
        return None
    if any(value for name, value in group.args.items() if name != "expressions"):
        return None
    keys, orders, listed = list(group.expressions), [], []
    for each in node.expressions:
        bare = each.unalias()
        if bare in keys:
            listed.append(each.copy())
            continue
        found = _first_element(bare)
        if found is None:
            return None
        value, order = found
        orders.append(order)
        name = each.args["alias"] if isinstance(each, exp.Alias) else None
        if name is None:
            return None
        listed.append(exp.Alias(this=value.copy(), alias=name.copy()))
    if not orders or any(each != orders[0] for each in orders):
        return None
    made = node.copy()
    made.set("group", None)
    made.set("expressions", listed)
    return distinct_on(made, keys, list(orders[0]))


def _first_element(node: exp.Expr) -> tuple[exp.Expr, list[exp.Expr]] | None:
    """What (array_agg(x ORDER BY t))[1] takes, and the order."""
    if not isinstance(node, exp.Bracket) or len(node.expressions) != 1:
        return None
    held = node.this.unnest()
    if node.expressions[0] != exp.Literal.number(0) or not isinstance(held, exp.ArrayAgg):
        return None
    inner = held.this
    if not isinstance(inner, exp.Order) or inner.this is None:
        return None
    return inner.this, list(inner.expressions)


def distinct_on(made: exp.Select, keys: list[exp.Expr], order: list[exp.Expr]) -> exp.Select:
    """Gives a SELECT that keeps the first row of each group, by an order."""
    on = exp.Tuple(expressions=[each.copy() for each in keys])
    made.set("distinct", exp.Distinct(on=on))
    first = [exp.Ordered(this=each.copy(), nulls_first=False) for each in keys]
    made.set("order", exp.Order(expressions=[*first, *(each.copy() for each in order)]))
    return made


def _pair_of_most(reading: Reading, block: Block) -> exp.Expr | None:
    """`(g, t) IN (SELECT g, max(t) FROM same GROUP BY g)`, with nothing else asked."""
    node, source = block.node, only(block)
    if source is None or any(node.args.get(each) for each in PLAIN):
        return None
    conditions = block.where()
    condition = conditions[0] if len(conditions) == 1 else None
    if not isinstance(condition, exp.In) or condition.args.get("query") is None:
        return None
    sought, select = condition.this, condition.args["query"].unnest()
    inner = reading.block_of(select) if isinstance(select, exp.Select) else None
    if inner is None or not isinstance(sought, exp.Tuple):
        return None
    other = only(inner)
    if other is None or other.table is not source.table or inner.where():
        return None
    return _by_most(reading, block, source, list(sought.expressions), inner)


def _by_most(
    reading: Reading, block: Block, source: Source, sought: list[exp.Expr], inner: Block
) -> exp.Expr | None:
    group = inner.node.args.get("group")
    given = [each.unalias() for each in inner.node.expressions]
    if group is None or len(given) != len(sought):
        return None
    keys: list[tuple[exp.Expr, exp.Expr, str]] = []
    most: list[tuple[exp.Expr, exp.Expr, str]] = []
    for mine, theirs in zip(sought, given, strict=True):
        extreme = isinstance(theirs, (exp.Max, exp.Min))
        column = reading.reference(theirs.this if extreme else theirs)
        own = reading.reference(mine)
        if column is None or own is None or column.column.name != own.column.name:
            return None
        (most if extreme else keys).append((mine, theirs, own.column.name))
    grouped = {each.sql() for each in group.expressions}
    if len(most) != 1 or {theirs.sql() for _, theirs, _ in keys} != grouped:
        return None
    names = {name for _, _, name in (*keys, *most)}
    if not is_key(reading, source, names):
        return None
    made = qualified(reading, block.node)
    assert isinstance(made, exp.Select)
    made.set("where", None)
    mine, theirs, _ = most[0]
    order = exp.Ordered(
        this=qualified(reading, mine),
        desc=isinstance(theirs, exp.Max),
        nulls_first=isinstance(theirs, exp.Max),
    )
    return distinct_on(made, [qualified(reading, each) for each, _, _ in keys], [order])


def is_key(reading: Reading, source: Source, names: set[str]) -> bool:
    """Whether no two rows of a source share these columns."""
    table = source.table
    return table is not None and any(
        set(each) <= names for each in unique_sets(reading.query.schema, table)
    )


def only(block: Block) -> Source | None:
    """Gives the only source of a block, where it is a base table."""
    found = list(block.sources.values())
    return found[0] if len(found) == 1 and found[0].table is not None else None


def without_newer(reading: Reading, block: Block) -> exp.Expr | None:
    """`NOT EXISTS (SELECT … same table, same group, t greater)`, with nothing else asked."""
    node, source = block.node, only(block)
    if source is None or any(node.args.get(each) for each in PLAIN):
        return None
    conditions = block.where()
    condition = conditions[0] if len(conditions) == 1 else None
    if not isinstance(condition, exp.Not) or not isinstance(condition.this, exp.Exists):
        return None
    select = condition.this.this
    inner = reading.block_of(select) if isinstance(select, exp.Select) else None
    other = only(inner) if inner is not None else None
    if inner is None or other is None or other.table is not source.table or inner.limited:
        return None
    if any(inner.node.args.get(each) for each in PLAIN):
        return None
    return _by_pairs(reading, block, source, inner)


def _by_pairs(reading: Reading, block: Block, source: Source, inner: Block) -> exp.Expr | None:
    keys: list[str] = []
    order: tuple[str, bool] | None = None
    for each in inner.where():
        if not isinstance(each, (exp.EQ, exp.GT, exp.LT)):
            return None
        one, other = reading.reference(each.this), reading.reference(each.expression)
        if one is None or other is None or one.column.name != other.column.name:
            return None
        if (one.source is source) == (other.source is source):
            return None
        if isinstance(each, exp.EQ):
            keys.append(one.column.name)
        elif order is None:
            newer = isinstance(each, exp.GT) != (one.source is source)
            order = (one.column.name, newer)
        else:
            return None
    if order is None or not keys or not is_key(reading, source, {*keys, order[0]}):
        return None
    named = {each.name: each for each in source.table.columns} if source.table else {}
    if any(named[name].nullable for name in (*keys, order[0])):
        return None
    made = qualified(reading, block.node)
    assert isinstance(made, exp.Select)
    made.set("where", None)
    alias = spelling(source)
    columns = [exp.Column(this=tree.identifier(name), table=alias.copy()) for name in keys]
    last = exp.Column(this=tree.identifier(order[0]), table=alias.copy())
    ordered = exp.Ordered(this=last, desc=order[1], nulls_first=order[1])
    return distinct_on(made, list(columns), [ordered])
