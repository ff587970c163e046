"""Rows that are joined to one row of each group, grouped before that join instead."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from dbwright.core.schema import Table
from dbwright.recipes.queries import keys, tree
from dbwright.recipes.queries.output import is_locking
from dbwright.recipes.queries.reading import Block, Reading, Source
from dbwright.recipes.queries.rewrites import free_alias, qualified, spelling

_PARTS = ("distinct", "qualify", "windows", "with_", "laterals", "connect")
_SETS = ("grouping_sets", "cube", "rollup", "all", "totals")


@dataclass(slots=True)
class Grouped:
    """A block whose groups are the rows of one source, `one`, each with many of the others'.

    `ties` are equal columns, of the others and of that source; `inside` are the conditions on the
    others alone, `key` the columns of `one` that tell its rows apart.
    """

    block: Block
    one: Source
    table: Table
    key: tuple[str, ...] = ()
    ties: list[tuple[exp.Column, exp.Column]] = field(default_factory=list)
    inside: list[exp.Expr] = field(default_factory=list)


def grouped_late(reading: Reading, block: Block) -> Grouped | None:
    """Gives what a block groups after a join to one row of each group; None where the grouping
    before that join would give something else, or leaves as much to do."""
    group = block.node.args.get("group")
    if group is None or any(group.args.get(each) for each in _SETS) or is_locking(block):
        return None
    if any(block.node.args.get(each) for each in _PARTS):
        return None
    sources = list(block.sources.values())
    inner = all(each.join is None or not _side(each.join) for each in sources)
    if len(sources) < 2 or not inner or any(each.table is None for each in sources):
        return None
    named = [reading.reference(each) for each in group.expressions]
    first = named[0] if named else None
    if first is None or any(each is None or each.source is not first.source for each in named):
        return None
    found = Grouped(block, first.source, first.table)
    columns = {each.column.name for each in named if each is not None}
    if not _is_one_row(reading, found, columns) or not _sorted(reading, found):
        return None
    tied = {mine.name for _, mine in found.ties}
    sets = keys.unique_sets(reading.query.schema, found.table)
    if not any(set(names) <= tied for names in sets):
        return None
    return found if _folds_are_of_others(reading, found) else None


def _side(join: exp.Join) -> bool:
    return bool(join.side or join.args.get("using")) or join.kind not in ("", "INNER", "CROSS")


def _is_one_row(reading: Reading, found: Grouped, columns: set[str]) -> bool:
    """Whether the columns of a group are a key of its source."""
    for names in keys.unique_sets(reading.query.schema, found.table):
        if set(names) <= columns and keys.is_never_null(found.table, names):
            found.key = tuple(names)
            return True
    return False


def _sorted(reading: Reading, found: Grouped) -> bool:
    """Sorts the conditions into ties and those of the others; False where there is another."""
    for condition in found.block.conditions():
        columns = reading.references(condition)
        if not columns or condition.find(exp.Query):
            return False
        if all(each.source is not found.one for each in columns):
            found.inside.append(condition)
            continue
        tie = _tie(reading, found, condition)
        if tie is None:
            return False
        found.ties.append(tie)
    return bool(found.ties)


def _tie(
    reading: Reading, found: Grouped, condition: exp.Expr
) -> tuple[exp.Column, exp.Column] | None:
    if not isinstance(condition, exp.EQ):
        return None
    for mine, other in (
        (condition.this, condition.expression),
        (condition.expression, condition.this),
    ):
        one, many = reading.reference(mine), reading.reference(other)
        if one is None or many is None or one.source is not found.one:
            continue
        if many.source is not found.one and keys.compares_alike(one.column, many.column):
            return other, mine
    return None


def _folds_are_of_others(reading: Reading, found: Grouped) -> bool:
    """Whether aggregates are of the others' columns, and all else is of the one source."""
    node, folds = found.block.node, folds_of(reading, found.block)
    if node.is_star or not folds or any(each.parent_select is not node for each in folds):
        return False
    having = node.args.get("having")
    names = {each.alias for each in node.expressions if isinstance(each, exp.Alias)}
    for column in node.find_all(exp.Column):
        if column.find_ancestor(exp.Join, exp.Where, exp.From) is not None:
            continue
        reference = reading.reference(column)
        inside = column.find_ancestor(exp.AggFunc) is not None
        ordering = column.find_ancestor(exp.Order) is not None
        if reference is None:
            if not (ordering and not inside and not column.table and column.name in names):
                return False
        elif (reference.source is found.one) == inside:
            return False
    if having is None:
        return True
    bare = [each for each in having.find_all(exp.Column) if not each.find_ancestor(exp.AggFunc)]
    return not bare and not having.find(exp.Query)


def folds_of(reading: Reading, block: Block) -> list[exp.AggFunc]:
    """Gives the aggregates of a block, those that stand in no other."""
    found = [each for each in block.node.find_all(exp.AggFunc) if reading.block_of(each) is block]
    return [each for each in found if each.find_ancestor(exp.AggFunc) is None]


def grouped_first(reading: Reading, found: Grouped) -> exp.Expr:
    """Gives the statement with the others grouped first and the one row joined to each group."""
    root, twin = tree.twinned(found.block.node.root())
    select = twin(found.block.node)
    alias = tree.identifier(free_alias(reading, "totals"))
    having = found.block.node.args.get("having")
    names: dict[str, str] = {}
    kept = []
    for fold in folds_of(reading, found.block):
        if fold.find_ancestor(exp.Having) is not None:
            continue
        whole = _outermost(fold)
        text = qualified(reading, whole).sql()
        names.setdefault(text, f"{fold.sql_name().lower()}_{len(names) + 1}")
        value: exp.Expr = exp.Column(this=tree.identifier(names[text]), table=alias.copy())
        kept.append((whole, names[text]))
        if isinstance(whole.parent, exp.Select):
            value = exp.alias_(value, fold.sql_name().lower())
        twin(whole).replace(value)
    inner = _inner(reading, found, kept)
    if having is not None:
        inner.set("having", exp.Having(this=qualified(reading, having.this)))
    for column in found.block.node.find_all(exp.Column):
        if not column.table and reading.reference(column) is not None and twin(column).parent:
            twin(column).set("table", spelling(found.one))
    pairs = zip(found.ties, _tie_names(found), strict=True)
    on = [
        exp.EQ(
            this=exp.Column(this=tree.identifier(name), table=alias.copy()),
            expression=qualified(reading, mine),
        )
        for (_, mine), name in pairs
    ]
    made = exp.Subquery(this=inner, alias=exp.TableAlias(this=alias))
    select.set("from_", exp.From(this=made))
    join = exp.Join(this=_bare(found.one), on=exp.and_(*on))
    select.set("joins", [join])
    for name in ("where", "group", "having"):
        select.set(name, None)
    return root


def _outermost(node: exp.Expr) -> exp.Expr:
    """An aggregate with its FILTER or WITHIN GROUP."""
    while isinstance(node.parent, (exp.Filter, exp.WithinGroup)):
        node = node.parent
    return node


def _bare(source: Source) -> exp.Expr:
    node = source.node.copy()
    node.set("joins", None)
    return node


def _tie_names(found: Grouped) -> list[str]:
    return [f"{many.name}_{n}" if n else many.name for n, (many, _) in enumerate(found.ties)]


def _inner(reading: Reading, found: Grouped, folds: list[tuple[exp.Expr, str]]) -> exp.Select:
    """The others with their conditions, grouped by what ties them to the one."""
    ties = [qualified(reading, many) for many, _ in found.ties]
    named = [
        exp.alias_(tie.copy(), tree.identifier(name))
        for tie, name in zip(ties, _tie_names(found), strict=True)
    ]
    told: dict[str, exp.Expr] = {}
    for fold, name in folds:
        told.setdefault(name, exp.alias_(qualified(reading, fold), tree.identifier(name)))
    made = exp.select(*named, *told.values())
    others = [each for each in found.block.sources.values() if each is not found.one]
    made = made.from_(_bare(others[0]), copy=False)
    left = list(found.inside)
    seen = {others[0].alias}
    for source in others[1:]:
        seen.add(source.alias)
        on = [each for each in left if _is_within(reading, found.block, each, seen)]
        on = [each for each in on if _names(reading, each, source)]
        left = [each for each in left if not any(each is one for one in on)]
        texts = [qualified(reading, each) for each in on]
        made = made.join(_bare(source), on=exp.and_(*texts) if texts else None, copy=False)
    for condition in left:
        made = made.where(qualified(reading, condition), copy=False)
    return made.group_by(*ties, copy=False)


def _is_within(reading: Reading, block: Block, node: exp.Expr, seen: set[str]) -> bool:
    sources = [block.sources[alias] for alias in seen]
    return all(each.source in sources for each in reading.references(node) or ())


def _names(reading: Reading, node: exp.Expr, source: Source) -> bool:
    return any(each.source is source for each in reading.references(node) or ())
