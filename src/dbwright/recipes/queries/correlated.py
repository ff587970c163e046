"""Scalar sub-queries that run for each row, as one join."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from dbwright.core.candidate import Candidate
from dbwright.core.query import Query
from dbwright.recipes.queries import indexes, keys, tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.output import is_locking
from dbwright.recipes.queries.reading import Block, Reading, Reference
from dbwright.recipes.queries.rewrites import alias_of, free_alias, is_from, qualified

_FOLDS = (exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg, exp.LogicalAnd, exp.LogicalOr)
_NAMES = {
    exp.Count: "n",
    exp.Sum: "total",
    exp.Min: "lowest",
    exp.Max: "highest",
    exp.Avg: "average",
}


@dataclass(frozen=True, slots=True)
class Correlated:
    """A scalar sub-query of a block: what ties it to the outer row, and what is its own.

    `ties` are pairs of an inner and an outer column that it holds equal; `folds` are its
    aggregates, empty where it looks one row up by a unique key.
    """

    node: exp.Expr
    inner: Block
    ties: tuple[tuple[exp.Column, exp.Column], ...]
    own: tuple[exp.Expr, ...]
    folds: tuple[exp.Expr, ...]


def correlated(reading: Reading, block: Block) -> Iterator[Block]:
    """Gives the scalar sub-queries of a block that name a column of it."""
    for inner in reading.blocks:
        scalar = isinstance(inner.node.parent, exp.Subquery) and not isinstance(
            inner.node.parent.parent, (exp.In, exp.From, exp.Join, exp.Exists, exp.Lateral)
        )
        if scalar and inner.outer is block and _names_outer(reading, inner, block):
            yield inner


def repeated(reading: Reading, block: Block) -> list[Block]:
    """Gives those that run for each row of a block and are asked for more than whether one is."""
    found = correlated(reading, block)
    return [each for each in found if not _asks(each) and not _is_late(block, each)]


def looked_up(query: Query, inner: Sequence[Block]) -> dict[str, Candidate]:
    """Gives the index that each run of sub-queries misses, by the table that they read."""
    tables = {
        source.table.key for each in inner for source in each.sources.values() if source.table
    }
    found = {}
    for table, candidates in indexes.by_table(query):
        plain = [each for each in candidates if indexes.is_plain(each)]
        missing = plain and indexes.existing_with_first_key(table, plain[0]) is None
        if table.key in tables and missing:
            found[table.key] = plain[0]
    return found


def _is_late(block: Block, inner: Block) -> bool:
    """Whether it runs only for the rows of a page: its value is none of the order's."""
    place = inner.node.parent.parent if inner.node.parent is not None else None
    order = block.node.args.get("order")
    if not block.limited or order is None or inner.node.find_ancestor(exp.Where) is not None:
        return False
    name = place.alias if isinstance(place, exp.Alias) else None
    return name not in {each.name for each in order.find_all(exp.Column)}


def _asks(inner: Block) -> bool:
    """Whether a count is only asked whether it is zero: that is another rule's."""
    comparison = inner.node.parent.parent if inner.node.parent is not None else None
    if not isinstance(comparison, exp.Predicate):
        return False
    sides = (comparison.this, comparison.args.get("expression"))
    literal = any(isinstance(each, exp.Literal) and each.this in ("0", "1") for each in sides)
    return literal and isinstance(inner.node.expressions[0].unalias(), exp.Count)


def _names_outer(reading: Reading, inner: Block, block: Block) -> bool:
    found = (reading.reference(each) for each in inner.node.find_all(exp.Column))
    return any(each is not None and _is_of(block, each) for each in found)


def _is_of(block: Block, reference: Reference) -> bool:
    return any(is_from(each, reference.source) for each in block.sources.values())


def read(reading: Reading, block: Block, inner: Block) -> Correlated | None:
    """Gives a sub-query taken apart; None where one join would not give the same."""
    select = inner.node
    parts = ("group", "having", "distinct", "limit", "offset", "order", "with_", "windows", "fetch")
    if len(select.expressions) != 1 or any(select.args.get(part) for part in parts):
        return None
    if not is_steady(reading.query, select) or not _is_placed(block, select):
        return None
    ties, own = [], []
    for condition in inner.where():
        tie = _tie(reading, block, inner, condition)
        if tie is not None:
            ties.append(tie)
        elif reading.is_local(condition, inner):
            own.append(condition)
        else:
            return None
    inside = [*own, *(each for each in inner.conditions() if each not in inner.where())]
    if not ties or not all(reading.is_local(each, inner) for each in inside):
        return None
    folds = _folds(reading, inner)
    if folds is None or (not folds and not _finds_one(reading, inner, ties)):
        return None
    return Correlated(select.parent, inner, tuple(ties), tuple(own), tuple(folds))  # type: ignore[arg-type]


def _is_placed(block: Block, select: exp.Expr) -> bool:
    """Whether it stands in the SELECT list or in WHERE, in no aggregate and no window."""
    node = select.parent
    while node is not None and node.parent is not block.node:
        if isinstance(node, (exp.AggFunc, exp.Window, exp.Join, exp.Order, exp.Group, exp.Having)):
            return False
        node = node.parent
    listed = node is not None and any(node is each for each in block.node.expressions)
    return listed or isinstance(node, exp.Where)


def _tie(
    reading: Reading, block: Block, inner: Block, condition: exp.Expr
) -> tuple[exp.Column, exp.Column] | None:
    if not isinstance(condition, exp.EQ):
        return None
    for mine, theirs in (
        (condition.this, condition.expression),
        (condition.expression, condition.this),
    ):
        left, right = reading.reference(mine), reading.reference(theirs)
        if left is None or right is None or left.source not in inner.sources.values():
            continue
        outer = _is_of(block, right)
        if outer and keys.compares_alike(left.column, right.column):
            return mine, theirs
    return None


def _folds(reading: Reading, inner: Block) -> list[exp.Expr] | None:
    """The aggregates of the one column; none for a look-up, None where one cannot be moved."""
    found = list(inner.node.expressions[0].find_all(exp.AggFunc))
    if not found:
        return []
    for each in found:
        if not isinstance(each, _FOLDS) or isinstance(each.parent, (exp.Window, exp.Filter)):
            return None
        columns = reading.references(each)
        local = columns is not None and all(c.source in inner.sources.values() for c in columns)
        if not local or each.find(exp.Query) or not _is_exact(columns or []):
            return None
    bare = inner.node.expressions[0].find_all(exp.Column)
    inside = {id(column) for each in found for column in each.find_all(exp.Column)}
    own = list(inner.sources.values())
    for column in bare:
        reference = reading.reference(column)
        if id(column) not in inside and (reference is None or reference.source in own):
            return None
    return found


def _is_exact(columns: list[Reference]) -> bool:
    """Whether no sum depends on the order in which it is made."""
    return not any(each.column.type in ("real", "double precision") for each in columns)


def _finds_one(reading: Reading, inner: Block, ties: list[tuple[exp.Column, exp.Column]]) -> bool:
    (source, *others) = inner.sources.values()
    if others or source.table is None:
        return False
    bound = {each.column.name for mine, _ in ties if (each := reading.reference(mine)) is not None}
    sets = keys.unique_sets(reading.query.schema, source.table)
    return any(set(names) <= bound for names in sets)


def as_joins(reading: Reading, block: Block, found: list[Correlated]) -> exp.Expr | None:
    """Gives the statement with each of these sub-queries as a LEFT JOIN.

    None where `*` would then give more columns, or a name could be of two sources.
    """
    if block.grouped or is_locking(block) or not block.sources or _has_star(block):
        return None
    root, twin = tree.twinned(block.node.root())
    select = twin(block.node)
    assert isinstance(select, exp.Select)
    if not _all_qualified(reading, block, found, twin):
        return None
    taken: set[str] = set()
    for each in found:
        wanted = "found" if not each.folds else "grouped"
        alias = free_alias(reading, wanted, taken)
        taken.add(alias)
        value = _joined(reading, each, alias, select)
        _put(each, twin(each.node), value)
    return root


def _has_star(block: Block) -> bool:
    return any(isinstance(each, exp.Star) for each in block.node.expressions)


def _all_qualified(
    reading: Reading, block: Block, found: list[Correlated], twin: tree.Twin
) -> bool:
    """Gives each column of the block its alias; False where one cannot be told."""
    gone = {id(node) for each in found for node in each.inner.node.walk()}
    for column in block.node.find_all(exp.Column):
        if id(column) in gone or column.table or reading.block_of(column) is not block:
            continue
        alias = alias_of(reading, column)
        if alias is not None:
            twin(column).set("table", alias)
        elif column.find_ancestor(exp.Order) is None:
            return False
    return True


def _joined(reading: Reading, each: Correlated, alias: str, select: exp.Select) -> exp.Expr:
    """Adds the LEFT JOIN to a SELECT, and gives what stands for the sub-query there."""
    inner = each.inner.node.copy()
    assert isinstance(inner, exp.Select)
    if not each.folds:
        return _looked_up(reading, each, alias, select)
    names = [r.column.name for mine, _ in each.ties if (r := reading.reference(mine))]
    made: list[exp.Expr] = [qualified(reading, mine) for mine, _ in each.ties]
    values: dict[int, str] = {}
    for fold in each.folds:
        name = _NAMES.get(type(fold), "folded")  # type: ignore[arg-type]
        while name in [*names, *values.values()]:
            name += "_2"
        values[id(fold)] = name
        made.append(exp.alias_(fold.copy(), name))
    value = _with_values(each.inner.node.expressions[0].unalias(), each.folds, values, alias)
    inner.set("expressions", made)
    inner.set("where", None)
    for condition in each.own:
        inner.where(condition.copy(), copy=False)
    inner = inner.group_by(*(qualified(reading, mine) for mine, _ in each.ties), copy=False)
    on = exp.and_(
        *(
            exp.EQ(this=tree.column(name, alias), expression=qualified(reading, outer))
            for (_, outer), name in zip(each.ties, names, strict=True)
        )
    )
    select.join(inner.subquery(alias), on=on, join_type="left", copy=False)
    return value


def _with_values(
    node: exp.Expr, folds: tuple[exp.Expr, ...], values: dict[int, str], alias: str
) -> exp.Expr:
    """An expression of aggregates with the columns that hold them: 0 for a count of nothing."""
    pairs: list[tuple[exp.Expr, exp.Expr | None]] = []
    for fold in folds:
        column: exp.Expr = tree.column(values[id(fold)], alias)
        if isinstance(fold, exp.Count):
            column = exp.Coalesce(this=column, expressions=[exp.Literal.number(0)])
        pairs.append((fold, column))
    return tree.replaced(node, *pairs)


def _looked_up(reading: Reading, each: Correlated, alias: str, select: exp.Select) -> exp.Expr:
    (source,) = each.inner.sources.values()
    table = source.node.copy()
    table.set("alias", exp.TableAlias(this=tree.identifier(alias)))
    conditions = [
        _aliased(reading, condition, each.inner, alias) for condition in each.inner.where()
    ]
    select.join(table, on=exp.and_(*conditions), join_type="left", copy=False)
    return _aliased(reading, each.inner.node.expressions[0].unalias(), each.inner, alias)


def _aliased(reading: Reading, node: exp.Expr, inner: Block, alias: str) -> exp.Expr:
    copy, twin = tree.twinned(node)
    for column in node.find_all(exp.Column):
        reference = reading.reference(column)
        if reference is not None and reference.source in inner.sources.values():
            twin(column).set("table", tree.identifier(alias))
        else:
            twin(column).set("table", alias_of(reading, column))
    return copy


def _put(each: Correlated, place: exp.Expr, value: exp.Expr) -> None:
    """Puts a value in the place of a sub-query; its column keeps its name."""
    simple = isinstance(value, (exp.Column, exp.Func))
    shown = value if simple else exp.Paren(this=value)
    if isinstance(place.parent, exp.Select):
        shown = exp.Alias(this=shown, alias=output_name(each.inner.node))
    place.replace(shown)


def output_name(select: exp.Expr) -> exp.Identifier | None:
    """Gives the name of the only column of a SELECT, None where the database makes one up."""
    (only,) = select.expressions
    if isinstance(only, exp.Alias):
        return only.args["alias"].copy()  # type: ignore[no-any-return]
    if isinstance(only, exp.Column) and isinstance(only.this, exp.Identifier):
        return only.this.copy()
    return tree.identifier(only.sql_name().lower()) if isinstance(only, exp.Func) else None
