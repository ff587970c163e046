"""A block whose condition is an OR, as one block for each arm, no row in two of them.

Each arm leaves out the rows of those before it: `second AND (first) IS NOT TRUE`, so that UNION ALL
gives every row as often as the OR does, with NULL in the columns as well, and without a key.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from dbwright.recipes.queries import tree
from dbwright.recipes.queries.reading import Block, Reading

_UNSURE = (exp.Anonymous, exp.Rand, exp.Lateral, exp.Unnest, exp.Command)


def split(
    reading: Reading, block: Block, disjunction: exp.Expr, arms: Sequence[exp.Expr]
) -> exp.Expr | None:
    """Gives the statement with a block in parts, one for each arm; None where that is not certain.

    A block that groups, counts or sorts by what it does not give does so over the parts.
    """
    node = block.node
    if node.args.get("locks") or node.args.get("windows") or node.find(*_UNSURE):
        return None
    distinct = node.args.get("distinct")
    if node.args.get("hint") or (distinct is not None and distinct.args.get("on")):
        return None
    made = _plain(block, disjunction, arms) if _is_plain(block) else None
    made = made or _around(reading, block, disjunction, arms)
    if made is None:
        return None
    return tree.replaced(node.root(), (node, made))


def _is_plain(block: Block) -> bool:
    node = block.node
    if block.grouped or node.args.get("distinct") or node.find(exp.Window):
        return False
    if isinstance(node.parent, exp.SetOperation):
        return False
    order = node.args.get("order")
    given = {each.alias_or_name for each in node.expressions}
    keys = [key.this for key in order.expressions] if order is not None else []
    return all(
        isinstance(key, exp.Literal)
        or (isinstance(key, exp.Column) and not key.table and key.name in given)
        for key in keys
    )


def _arms(node: exp.Select, disjunction: exp.Expr, arms: Sequence[exp.Expr]) -> list[exp.Select]:
    parts = []
    for number, arm in enumerate(arms):
        before = [
            exp.Not(this=exp.Is(this=exp.paren(a), expression=exp.true())) for a in arms[:number]
        ]
        condition = exp.and_(arm.copy(), *before) if before else arm.copy()
        part = tree.replaced(node, (disjunction, condition))
        assert isinstance(part, exp.Select)
        parts.append(part)
    return parts


def _plain(block: Block, disjunction: exp.Expr, arms: Sequence[exp.Expr]) -> exp.Expr | None:
    """The parts one below the other; what follows the block's rows follows all of them."""
    node = block.node
    parts = _arms(node, disjunction, arms)
    behind = {name: node.args.get(name) for name in ("order", "limit", "offset", "with_", "with")}
    for part in parts:
        for name in behind:
            part.set(name, None)
    whole = _united(parts)
    for name, value in behind.items():
        if value is not None:
            whole.set(name, value.copy())
    return whole


def _united(parts: Sequence[exp.Select]) -> exp.Expr:
    whole: exp.Expr = parts[0]
    for part in parts[1:]:
        whole = exp.Union(this=whole, expression=part, distinct=False)
    return whole


def _around(
    reading: Reading, block: Block, disjunction: exp.Expr, arms: Sequence[exp.Expr]
) -> exp.Expr | None:
    """The block over a subquery of the parts, which give the columns that it reads."""
    node = block.node
    outer = [*node.expressions]
    outer += [
        node.args[name] for name in ("group", "having", "order", "distinct") if node.args.get(name)
    ]
    columns = [column for each in outer for column in each.find_all(exp.Column)]
    if any(each.find(exp.Query) or _has_star(each) for each in outer):
        return None
    given = {each.alias for each in node.expressions if isinstance(each, exp.Alias)}
    names: dict[tuple[str, str], str] = {}
    pairs: list[tuple[exp.Expr, exp.Expr | None]] = []
    for column in columns:
        if not column.table and column.name in given and column.find_ancestor(exp.Order, exp.Group):
            continue
        found = reading.reference(column)
        alias = next((a for a, s in block.sources.items() if found and s is found.source), None)
        if found is None or alias is None:
            return None
        name = names.setdefault((alias, column.sql()), f"c{len(names) + 1}")
        new: exp.Expr = exp.column(name, table="part")
        if column.parent is node:
            new = exp.alias_(new, column.name, quoted=column.this.quoted)
        pairs.append((column, new))
    if not _groups_all(node):
        return None
    inner = [exp.alias_(exp.maybe_parse(sql), name) for (_, sql), name in names.items()]
    parts = _arms(node, disjunction, arms)
    for part in parts:
        for name in ("group", "having", "order", "limit", "offset", "distinct", "with_", "with"):
            part.set(name, None)
        part.set(
            "expressions",
            [each.copy() for each in inner] or [exp.alias_(exp.Literal.number(1), "c1")],
        )
    whole = tree.replaced(node, *pairs)
    for name in ("joins", "where"):
        whole.set(name, None)
    derived = exp.Subquery(
        this=_united(parts), alias=exp.TableAlias(this=exp.to_identifier("part"))
    )
    whole.set("from_", exp.From(this=derived))
    return whole


def _has_star(node: exp.Expr) -> bool:
    """Whether all columns are given: a star that is not the one of count(*)."""
    return any(not isinstance(star.parent, exp.Count) for star in node.find_all(exp.Star))


def _groups_all(node: exp.Select) -> bool:
    """Whether each column outside of aggregates is one that is grouped by, by its own name."""
    group = node.args.get("group")
    if group is None:
        return True
    plain = all(isinstance(each, exp.Column) for each in group.expressions)
    keys = {each.sql() for each in group.expressions}
    outside = [
        column.sql()
        for each in node.expressions
        for column in each.find_all(exp.Column)
        if column.find_ancestor(exp.AggFunc) is None
    ]
    return plain and set(outside) <= keys
