"""Joins to several rows each, side by side, aggregated one by one instead."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from dbwright.recipes.queries import keys, tree
from dbwright.recipes.queries.output import is_locking
from dbwright.recipes.queries.reading import Block, Reading, Source
from dbwright.recipes.queries.rewrites import alias_of, qualified, spelling

_STEADY_FOLDS = (exp.Min, exp.Max, exp.LogicalAnd, exp.LogicalOr)
"""Aggregates that do not mind how often a row comes."""


@dataclass(slots=True)
class Many:
    """A source with several rows for each row before it, and what is folded of it."""

    source: Source
    ties: list[tuple[exp.Column, exp.Column]] = field(default_factory=list)
    own: list[exp.Expr] = field(default_factory=list)
    folds: list[exp.AggFunc] = field(default_factory=list)


def side_by_side(reading: Reading, block: Block) -> list[Many] | None:
    """Gives the sources of a grouped block that multiply each other's rows; None for fewer than
    two, or where folding each before the join would give something else."""
    group = block.node.args.get("group")
    parts = ("having", "distinct", "qualify", "windows", "with_")
    if group is None or is_locking(block) or any(block.node.args.get(each) for each in parts):
        return None
    first, *others = block.sources
    base = reading.determined(block, {first})
    many = [_many(reading, block, block.sources[each], base) for each in others if each not in base]
    found = [each for each in many if each is not None]
    if len(found) < 2 or len(found) != len(many) or not _is_of_base(reading, block, base, group):
        return None
    for fold in block.node.find_all(exp.AggFunc):
        if reading.block_of(fold) is not block:
            return None
        owner = _owner(reading, found, fold)
        if owner is None:
            return None
        owner.folds.append(fold)
    return (
        found if all(each.folds for each in found) and _rest_is_base(reading, block, base) else None
    )


def _many(reading: Reading, block: Block, source: Source, base: set[str]) -> Many | None:
    join = source.join
    on = join.args.get("on") if join is not None else None
    if join is None or on is None or source.table is None or join.side not in ("", "LEFT"):
        return None
    found = Many(source)
    for condition in tree.conjuncts(on):
        columns = reading.references(condition)
        if columns and all(each.source is source for each in columns):
            found.own.append(condition)
            continue
        tie = _tie(reading, block, source, base, condition)
        if tie is None:
            return None
        found.ties.append(tie)
    return found if found.ties else None


def _tie(
    reading: Reading, block: Block, source: Source, base: set[str], condition: exp.Expr
) -> tuple[exp.Column, exp.Column] | None:
    if not isinstance(condition, exp.EQ):
        return None
    for one, other in (
        (condition.this, condition.expression),
        (condition.expression, condition.this),
    ):
        mine, theirs = reading.reference(one), reading.reference(other)
        if mine is None or theirs is None or mine.source is not source:
            continue
        of_base = any(block.sources[alias] is theirs.source for alias in base)
        if of_base and keys.compares_alike(mine.column, theirs.column):
            return one, other
    return None


def _is_of_base(reading: Reading, block: Block, base: set[str], group: exp.Expr) -> bool:
    """Whether each group is one row of the sources that are not multiplied."""
    if any(group.args.get(name) for name in ("grouping_sets", "cube", "rollup", "all", "totals")):
        return False
    first = next(iter(block.sources.values()))
    named = set()
    for each in group.expressions:
        found = reading.reference(each)
        if found is None or found.source.alias not in base:
            return False
        if found.source is first:
            named.add(found.column.name)
    table = first.table
    if table is None or first.optional:
        return False
    sets = keys.unique_sets(reading.query.schema, table)
    return any(set(names) <= named and keys.is_never_null(table, names) for names in sets)


def _owner(reading: Reading, many: list[Many], fold: exp.AggFunc) -> Many | None:
    """The source of which alone an aggregate is, if its rows may come more than once there."""
    once = isinstance(fold, exp.Count) and isinstance(fold.this, exp.Distinct)
    if once and len(fold.this.expressions) != 1:
        return None
    if not once and not isinstance(fold, _STEADY_FOLDS):
        return None
    if isinstance(fold.parent, (exp.Window, exp.Filter, exp.WithinGroup)) or fold.find(exp.Query):
        return None
    columns = reading.references(fold)
    for each in many:
        if columns and all(column.source is each.source for column in columns):
            return each
    return None


def _rest_is_base(reading: Reading, block: Block, base: set[str]) -> bool:
    """Whether all that stands outside of aggregates and joins is of what is not multiplied."""
    own = [block.sources[alias] for alias in base]
    for column in block.node.find_all(exp.Column):
        if column.find_ancestor(exp.AggFunc, exp.Join) is not None:
            continue
        found = reading.reference(column)
        named = column.find_ancestor(exp.Order) is not None and not column.table
        if (
            found is None
            and named
            and any(each.alias == column.name for each in block.node.expressions)
        ):
            continue
        if found is None or found.source not in own:
            return False
    return not block.node.is_star


def folded_first(reading: Reading, block: Block, many: list[Many]) -> exp.Expr:
    """Gives the statement with each of these sources folded before its join."""
    root, twin = tree.twinned(block.node.root())
    select = twin(block.node)
    for column in block.node.find_all(exp.Column):
        alias = alias_of(reading, column)
        if not column.table and alias is not None and column.find_ancestor(exp.Join) is None:
            twin(column).set("table", alias)
    for each in many:
        names = _put_in_place(each, twin)
        join = twin(each.source.join)  # type: ignore[arg-type]
        alias = spelling(each.source)
        inner = _inner(reading, each, names)
        table_alias = exp.TableAlias(this=alias)
        join.set("this", exp.Subquery(this=inner, alias=table_alias))
        ties = []
        for mine, theirs in each.ties:
            column = exp.Column(this=mine.this.copy(), table=alias.copy())
            ties.append(exp.EQ(this=column, expression=qualified(reading, theirs)))
        join.set("on", exp.and_(*ties))
    select.set("group", None)
    return root


def _put_in_place(each: Many, twin: tree.Twin) -> list[str]:
    """Puts a column in the place of each aggregate; gives the columns' names."""
    names: list[str] = []
    taken = {mine.name for mine, _ in each.ties}
    for fold in each.folds:
        counts = isinstance(fold, exp.Count)
        name = "n" if counts else fold.sql_name().lower()
        while name in taken:
            name += "_2"
        taken.add(name)
        names.append(name)
        value: exp.Expr = exp.Column(this=tree.identifier(name), table=spelling(each.source))
        if counts and each.source.join is not None and each.source.join.side == "LEFT":
            value = exp.Coalesce(this=value, expressions=[exp.Literal.number(0)])
        if isinstance(fold.parent, exp.Select):
            value = exp.alias_(value, fold.sql_name().lower())
        twin(fold).replace(value)
    return names


def _inner(reading: Reading, each: Many, names: list[str]) -> exp.Select:
    made = exp.select().from_(each.source.node.copy())
    columns: list[exp.Expr] = [qualified(reading, mine) for mine, _ in each.ties]
    for fold, name in zip(each.folds, names, strict=True):
        columns.append(exp.alias_(_once(reading, each, fold), name))
    made.set("expressions", columns)
    for condition in each.own:
        made = made.where(condition.copy(), copy=False)
    return made.group_by(*(qualified(reading, mine) for mine, _ in each.ties), copy=False)


def _once(reading: Reading, each: Many, fold: exp.AggFunc) -> exp.Expr:
    """An aggregate as it is over the source alone: a key needs no DISTINCT there."""
    table = each.source.table
    if not isinstance(fold, exp.Count) or table is None:
        return fold.copy()
    found = reading.reference(fold.this.expressions[0])
    sets = keys.unique_sets(reading.query.schema, table)
    if found is not None and any(names == (found.column.name,) for names in sets):
        return exp.Count(this=fold.this.expressions[0].copy(), big_int=True)
    return fold.copy()
