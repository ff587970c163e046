"""Blocks in the plain form of them: a page by LIMIT, DISTINCT by its word.

`row_number() … BETWEEN 21 AND 30` is a page, GROUP BY without an aggregate a DISTINCT, and a block
that only renames what another gives is that other one.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.simplify import simplify

from dbwright.recipes.queries import tree
from dbwright.recipes.queries.comparisons import integer
from dbwright.recipes.queries.firsts import first_of_group, without_newer
from dbwright.recipes.queries.firsts_by_most import (
    beside_greatest,
    by_rank,
    greatest,
    of_max_key,
    without_joined_newer,
)
from dbwright.recipes.queries.laterals import as_scalars
from dbwright.recipes.queries.outputs import expanded
from dbwright.recipes.queries.reading import Block, Reading

_OTHER = ("joins", "group", "having", "distinct", "limit", "offset", "order", "with_", "locks",
          "windows", "qualify", "into", "laterals")  # fmt: skip


def shaped(reading: Reading) -> exp.Expr | None:
    """Gives the statement with its first block that has a plainer form in that form."""
    for block in reading.blocks:
        for form in _FORMS:
            made = form(reading, block)
            if made is not None:
                return tree.replaced(block.node.root(), (block.node, made))
    return None


def _starless(reading: Reading, block: Block) -> exp.Expr | None:
    """The columns in place of a star, where a form of the block depends on what it gives."""
    node = block.node
    if not any(each.is_star for each in node.expressions):
        return None
    several = len(block.sources) > 1 or any(node.args.get(each) for each in ("distinct", "limit"))
    asks = node.args.get("where") is not None and node.find(exp.Subquery) is not None
    if not several and not asks and isinstance(node.parent, exp.Subquery) is False:
        return None
    listed: list[exp.Expr] = []
    for each in node.expressions:
        found = expanded(block, each)
        if found is None:
            return None
        plain = not each.is_star
        listed += [each.copy()] if plain else [one.copy() for _, one in found]
    made = node.copy()
    made.set("expressions", listed)
    return made


def _counted_page(reading: Reading, block: Block) -> exp.Expr | None:
    """OFFSET (5000 - 1) * 20 as the number that it is."""
    for name in ("limit", "offset"):
        clause = block.node.args.get(name)
        value = clause.args.get("expression") if clause is not None else None
        if (
            clause is None
            or value is None
            or isinstance(value, exp.Literal)
            or not tree.is_constant(value)
        ):
            continue
        folded = simplify(value.copy())
        if isinstance(folded, exp.Literal) and folded.is_int:
            made, twin = tree.twinned(block.node)
            twin(clause).set("expression", folded)
            return made
    return None


def _distinct_on_all(reading: Reading, block: Block) -> exp.Expr | None:
    """DISTINCT ON of all that is given as DISTINCT."""
    distinct = block.node.args.get("distinct")
    on = distinct.args.get("on") if distinct is not None else None
    if on is None:
        return None
    keys = on.expressions if isinstance(on, exp.Tuple) else [on]
    given = [each.unalias() for each in block.node.expressions]
    if not all(each in keys for each in given) or not all(each in given for each in keys):
        return None
    made = block.node.copy()
    made.set("distinct", exp.Distinct())
    return made


def _fetched(reading: Reading, block: Block) -> exp.Expr | None:
    """FETCH FIRST n ROWS ONLY as LIMIT n."""
    fetch = block.node.args.get("limit")
    if not isinstance(fetch, exp.Fetch):
        return None
    options = fetch.args.get("limit_options")
    if options is not None and (options.args.get("percent") or options.args.get("with_ties")):
        return None
    made = block.node.copy()
    count = fetch.args.get("count") or exp.Literal.number(1)
    made.set("limit", exp.Limit(expression=count.copy()))
    return made


def _grouped_by_all(reading: Reading, block: Block) -> exp.Expr | None:
    """GROUP BY of all that is given, and nothing computed of the groups, as DISTINCT."""
    group, node = block.node.args.get("group"), block.node
    if group is None or node.args.get("having") or node.args.get("distinct"):
        return None
    if any(value for name, value in group.args.items() if name != "expressions"):
        return None
    given = [each.unalias() for each in node.expressions]
    if any(each.find(exp.AggFunc, exp.Window, exp.Star, exp.Query) for each in given):
        return None
    keys = [_key(each, given) for each in group.expressions]
    if any(key is None for key in keys) or not all(each in keys for each in given):
        return None
    made = node.copy()
    made.set("group", None)
    made.set("distinct", exp.Distinct())
    order = made.args.get("order")
    listed = order.expressions if order is not None else ()
    given_all = all(_is_given(each.this, node) for each in listed)
    return made if given_all else None


def _key(key: exp.Expr, given: list[exp.Expr]) -> exp.Expr | None:
    place = integer(key)
    if place is not None:
        return given[place - 1] if 0 < place <= len(given) else None
    return key if key in given else None


def _is_given(node: exp.Expr, select: exp.Select) -> bool:
    named = isinstance(node, exp.Column) and not node.table
    return any(
        each.unalias() == node or (named and each.alias_or_name == node.name)
        for each in select.expressions
    )


def _paged(reading: Reading, block: Block) -> exp.Expr | None:
    """A derived table numbered by row_number() and asked by the number, as LIMIT and OFFSET."""
    if len(block.sources) != 1 or any(
        block.node.args.get(each) for each in _OTHER if each not in ("order",)
    ):
        return None
    (source,) = block.sources.values()
    inner = source.block
    if inner is None or inner.limited or inner.node.args.get("order"):
        return None
    numbered = _number(inner)
    if numbered is None:
        return None
    column, order = numbered
    bounds = _bounds(block, column.alias)
    if bounds is None or not _orders_by(block, column.alias):
        return None
    used = [each for each in block.node.find_all(exp.Column) if each.name == column.alias]
    where, sorted_by = block.node.args.get("where"), block.node.args.get("order")
    for each in used:
        held = each.find_ancestor(exp.Where, exp.Order)
        if held is None or held not in (where, sorted_by):
            return None
    return _page(block, inner, column, order, bounds)


def _number(inner: Block) -> tuple[exp.Alias, exp.Order] | None:
    """The only window of a block, when it numbers all its rows."""
    windows = list(inner.node.find_all(exp.Window))
    if len(windows) != 1 or inner.grouped or inner.node.args.get("distinct"):
        return None
    (window,) = windows
    column = window.parent
    numbers = isinstance(window.this, exp.RowNumber) and not window.args.get("partition_by")
    order = window.args.get("order")
    if not numbers or order is None or not isinstance(column, exp.Alias):
        return None
    return (column, order) if column.parent is inner.node else None


def _bounds(block: Block, name: str) -> tuple[int, int] | None:
    """The first and the last number that a WHERE asks for, and nothing else."""
    first, last = 1, -1
    for each in block.where():
        if isinstance(each, exp.Between) and _named(each.this, name):
            low, high = integer(each.args["low"]), integer(each.args["high"])
            if low is None or high is None:
                return None
            first, last = max(first, low), high if last < 0 else min(last, high)
            continue
        value = integer(each.expression) if isinstance(each, exp.Binary) else None
        if value is None or not _named(each.this, name):
            return None
        if isinstance(each, (exp.GT, exp.GTE)):
            first = max(first, value + isinstance(each, exp.GT))
        elif isinstance(each, (exp.LT, exp.LTE)):
            high = value - isinstance(each, exp.LT)
            last = high if last < 0 else min(last, high)
        elif isinstance(each, exp.EQ):
            first, last = value, value
        else:
            return None
    return (first, last) if last >= first else None


def _named(node: exp.Expr, name: str) -> bool:
    node = node.unnest()
    return isinstance(node, exp.Column) and node.name == name


def _orders_by(block: Block, name: str) -> bool:
    order = block.node.args.get("order")
    if order is None:
        return True
    return all(_named(each.this, name) and not each.args.get("desc") for each in order.expressions)


def _page(
    block: Block, inner: Block, column: exp.Alias, order: exp.Order, bounds: tuple[int, int]
) -> exp.Expr | None:
    kept = [each for each in inner.node.expressions if each is not column]
    listed = _renamed(block, [each.copy() for each in kept])
    if listed is None:
        return None
    made = inner.node.copy()
    made.set("expressions", listed)
    first, last = bounds
    made.set("order", order.copy())
    made.set("limit", exp.Limit(expression=exp.Literal.number(last - first + 1)))
    if first > 1:
        made.set("offset", exp.Offset(expression=exp.Literal.number(first - 1)))
    return made


def _renamed(block: Block, inner: list[exp.Expr]) -> list[exp.Expr] | None:
    """The SELECT list of a block that only names the columns of another, in terms of that one."""
    named = {each.alias_or_name: each.unalias() for each in inner}
    listed: list[exp.Expr] = []
    for each in block.node.expressions:
        bare = each.unalias()
        columns = list(bare.find_all(exp.Column))
        if bare.find(exp.AggFunc, exp.Window, exp.Query, exp.Star):
            return None
        if not columns or any(column.name not in named for column in columns):
            return None
        found = _with_columns(bare, named)
        plain = isinstance(found, exp.Column) and found.name == each.alias_or_name
        if plain or not (isinstance(each, exp.Alias) or isinstance(bare, exp.Column)):
            listed.append(found)
        else:
            alias = each.args["alias"] if isinstance(each, exp.Alias) else bare.this
            listed.append(exp.Alias(this=found, alias=alias.copy()))
    return listed


def _with_columns(node: exp.Expr, named: dict[str, exp.Expr]) -> exp.Expr:
    """An expression with what stands for its columns in place of them."""
    if isinstance(node, exp.Column):
        return named[node.name].copy()
    copy = node.copy()
    for column in list(copy.find_all(exp.Column)):
        new = named[column.name].copy()
        column.replace(exp.Paren(this=new) if isinstance(new, exp.Binary) else new)
    return copy


def _unwrapped(reading: Reading, block: Block) -> exp.Expr | None:
    """A block that only renames the columns of a derived table, as that table."""
    if len(block.sources) != 1 or any(block.node.args.get(each) for each in (*_OTHER, "where")):
        return None
    (source,) = block.sources.values()
    inner = source.block
    if inner is None or isinstance(inner.node.parent, exp.SetOperation):
        return None
    held = source.node
    if not isinstance(held, exp.Subquery) or held.this is not inner.node:
        return None
    if any(each.is_star for each in (*inner.node.expressions, *block.node.expressions)):
        return None
    listed = _renamed(block, [each.copy() for each in inner.node.expressions])
    if listed is None or not _keeps_all(inner, block):
        return None
    made: exp.Expr = inner.node.copy()
    made.set("expressions", listed)
    return made


def _keeps_all(inner: Block, block: Block) -> bool:
    """Whether the rows stay as they are: a DISTINCT may lose no column."""
    if not inner.node.args.get("distinct"):
        return not _sorts_by_name(inner)
    names = [each.alias_or_name for each in inner.node.expressions]
    if not all(isinstance(each.unalias(), exp.Column) for each in block.node.expressions):
        return False
    given = [each.unalias().name for each in block.node.expressions]
    return sorted(names) == sorted(given) and not _sorts_by_name(inner)


def _sorts_by_name(inner: Block) -> bool:
    """Whether an ORDER BY names a column that may be called otherwise now."""
    order = inner.node.args.get("order")
    listed: Iterator[exp.Expr] = iter(order.expressions) if order is not None else iter(())
    return any(
        integer(each.this) is not None
        or (isinstance(each.this, exp.Column) and not each.this.table)
        for each in listed
    )


_FORMS = (
    _starless, _counted_page, _distinct_on_all, _fetched, _grouped_by_all, _paged, _unwrapped,
    first_of_group, without_newer, as_scalars, greatest, beside_greatest, without_joined_newer,
    of_max_key, by_rank,
)  # fmt: skip
