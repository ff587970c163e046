"""More words for the first row of each group: beside the greatest, by rank, without a join."""

from __future__ import annotations

from sqlglot import exp

from dbwright.recipes.queries import tree
from dbwright.recipes.queries.firsts import PLAIN, distinct_on, is_key, only
from dbwright.recipes.queries.reading import Block, Reading, Reference, Source
from dbwright.recipes.queries.rewrites import qualified, spelling


def greatest(reading: Reading, block: Block) -> exp.Expr | None:
    """`t = (SELECT max(x.t) FROM same x WHERE x.g = g)`, with nothing else asked."""
    source = only(block)
    conditions = block.where()
    condition = conditions[0] if len(conditions) == 1 else None
    if source is None or any(block.node.args.get(each) for each in PLAIN):
        return None
    if not isinstance(condition, exp.EQ):
        return None
    select = condition.expression.unnest()
    mine = reading.reference(condition.this)
    inner = reading.block_of(select) if isinstance(select, exp.Select) else None
    if inner is None or mine is None or mine.source is not source:
        return None
    keys = _tied(reading, inner, source)
    most = _most(reading, inner)
    if keys is None or most is None or most[0].column.name != mine.column.name:
        return None
    return _made(reading, block, source, keys, mine, newest=most[1])


def _most(reading: Reading, inner: Block) -> tuple[Reference, bool] | None:
    """The column whose greatest or least value a block gives, and nothing else."""
    if len(inner.node.expressions) != 1 or any(inner.node.args.get(each) for each in PLAIN):
        return None
    value = inner.node.expressions[0].unalias()
    if not isinstance(value, (exp.Max, exp.Min)):
        return None
    found = reading.reference(value.this)
    return (found, isinstance(value, exp.Max)) if found is not None else None


def _tied(reading: Reading, inner: Block, source: Source) -> list[Reference] | None:
    """The columns of an outer source that an inner block of its table holds equal to its own."""
    other = only(inner)
    if other is None or other.table is not source.table:
        return None
    found: list[Reference] = []
    for each in inner.where():
        if not isinstance(each, exp.EQ):
            return None
        sides = [reading.reference(each.this), reading.reference(each.expression)]
        outer = [side for side in sides if side is not None and side.source is source]
        names = {side.column.name for side in sides if side is not None}
        if None in sides or len(outer) != 1 or len(names) != 1:
            return None
        found.append(outer[0])
    return found or None


def _made(
    reading: Reading,
    block: Block,
    source: Source,
    keys: list[Reference],
    order: Reference,
    *,
    newest: bool,
) -> exp.Expr | None:
    names = {order.column.name, *(each.column.name for each in keys)}
    if not is_key(reading, source, names) or any(each.column.nullable for each in (*keys, order)):
        return None
    made = qualified(reading, block.node)
    assert isinstance(made, exp.Select)
    made.set("where", None)
    ordered = exp.Ordered(this=_column(source, order), desc=newest, nulls_first=newest)
    return distinct_on(made, [_column(source, each) for each in keys], [ordered])


def _column(source: Source, found: Reference) -> exp.Expr:
    return exp.Column(this=tree.identifier(found.column.name), table=spelling(source))


def without_joined_newer(reading: Reading, block: Block) -> exp.Expr | None:
    """`LEFT JOIN same n ON n.g = g AND n.t > t WHERE n.id IS NULL`."""
    sources = list(block.sources.values())
    conditions = block.where()
    if len(sources) != 2 or len(conditions) != 1:
        return None
    first, second = sources
    join, condition = second.join, conditions[0]
    others = [each for each in PLAIN if each != "joins"]
    if join is None or join.side != "LEFT" or any(block.node.args.get(each) for each in others):
        return None
    if first.table is None or first.table is not second.table or join.args.get("on") is None:
        return None
    missing = reading.reference(condition.this) if isinstance(condition, exp.Is) else None
    if missing is None or missing.source is not second or missing.column.nullable:
        return None
    if condition.args.get("negate") or not isinstance(condition.expression, exp.Null):
        return None
    inner = exp.select(exp.Literal.number(1)).from_(second.node.copy())
    inner = inner.where(join.args["on"].copy(), copy=False)
    made = qualified(reading, block.node)
    assert isinstance(made, exp.Select)
    if any(
        each.table == second.alias for one in made.expressions for each in one.find_all(exp.Column)
    ):
        return None
    if any(each.is_star and not isinstance(each, exp.Column) for each in made.expressions):
        return None
    made.set("joins", None)
    made.set("where", exp.Where(this=exp.Not(this=exp.Exists(this=inner))))
    return made


def beside_greatest(reading: Reading, block: Block) -> exp.Expr | None:
    """A join with `SELECT g, max(t) FROM same GROUP BY g` on both, with nothing else asked."""
    sources = list(block.sources.values())
    others = [each for each in PLAIN if each != "joins"]
    if len(sources) != 2 or block.where() or any(block.node.args.get(each) for each in others):
        return None
    table = next((each for each in sources if each.table is not None), None)
    grouped = next((each for each in sources if each.block is not None), None)
    joined = sources[1].join
    if table is None or grouped is None or grouped.block is None or joined is None or joined.side:
        return None
    inner = grouped.block
    base, group = only(inner), inner.node.args.get("group")
    if base is None or base.table is not table.table or group is None or inner.where():
        return None
    if any(inner.node.args.get(each) for each in PLAIN if each != "group"):
        return None
    pairs = _paired(reading, block, table, grouped)
    most = [name for name, each in _given(inner).items() if isinstance(each, (exp.Max, exp.Min))]
    if pairs is None or len(most) != 1 or set(pairs) != set(_given(inner)):
        return None
    extreme = _given(inner)[most[0]]
    found = reading.reference(extreme.this)
    keys = [pairs[name] for name in pairs if name != most[0]]
    same = [reading.reference(_given(inner)[name]) for name in pairs if name != most[0]]
    columns = [(a.column.name, b.column.name if b else "") for a, b in zip(keys, same, strict=True)]
    if found is None or found.column.name != pairs[most[0]].column.name:
        return None
    if any(one != other for one, other in columns) or len(group.expressions) != len(keys):
        return None
    if any(each.table == grouped.alias for e in block.node.expressions for each in _columns(e)):
        return None
    newest = isinstance(extreme, exp.Max)
    made = _made(reading, block, table, keys, pairs[most[0]], newest=newest)
    if isinstance(made, exp.Select):
        made.set("joins", None)
        made.set("from_", exp.From(this=table.node.copy()))
    return made


def _given(inner: Block) -> dict[str, exp.Expr]:
    return {each.alias_or_name: each.unalias() for each in inner.node.expressions}


def _columns(node: exp.Expr) -> list[exp.Column]:
    return list(node.find_all(exp.Column))


def _paired(
    reading: Reading, block: Block, table: Source, grouped: Source
) -> dict[str, Reference] | None:
    """The columns of a table that are held equal to what a grouped sub-query gives, by its name."""
    found: dict[str, Reference] = {}
    for each in block.conditions():
        if not isinstance(each, exp.EQ):
            return None
        for one, other in ((each.this, each.expression), (each.expression, each.this)):
            mine = reading.reference(one)
            theirs = other if isinstance(other, exp.Column) else None
            paired = theirs is not None and theirs.table == grouped.alias
            if mine is not None and mine.source is table and theirs is not None and paired:
                found[theirs.name] = mine
    return found or None


def of_max_key(reading: Reading, block: Block) -> exp.Expr | None:
    """`id IN (SELECT max(id) FROM same GROUP BY g)`, with nothing else asked."""
    source = only(block)
    conditions = block.where()
    condition = conditions[0] if len(conditions) == 1 else None
    if source is None or any(block.node.args.get(each) for each in PLAIN):
        return None
    if not isinstance(condition, exp.In) or condition.args.get("query") is None:
        return None
    select = condition.args["query"].unnest()
    inner = reading.block_of(select) if isinstance(select, exp.Select) else None
    mine, other = reading.reference(condition.this), only(inner) if inner is not None else None
    if inner is None or mine is None or other is None or other.table is not source.table:
        return None
    group, given = inner.node.args.get("group"), inner.node.expressions
    if group is None or inner.where() or len(given) != 1:
        return None
    most = given[0].unalias()
    found = reading.reference(most.this) if isinstance(most, (exp.Max, exp.Min)) else None
    keys = [reading.reference(each) for each in group.expressions]
    named = [each for each in keys if each is not None]
    if found is None or found.column.name != mine.column.name or len(named) != len(keys):
        return None
    return _made(reading, block, source, named, mine, newest=isinstance(most, exp.Max))


def by_rank(reading: Reading, block: Block) -> exp.Expr | None:
    """rank() where no two rows tie, as row_number()."""
    for window in block.node.find_all(exp.Window):
        plain = isinstance(window.this, (exp.Rank, exp.DenseRank)) and not window.args.get("spec")
        order = window.args.get("order")
        if not plain or order is None or reading.block_of(window) is not block:
            continue
        parts = [*(window.args.get("partition_by") or []), *(e.this for e in order.expressions)]
        found = [reading.reference(each) for each in parts]
        if any(each is None for each in found) or len({id(e.source) for e in found if e}) != 1:
            continue
        source = next(each.source for each in found if each is not None)
        names = {each.column.name for each in found if each is not None}
        if len(block.sources) == 1 and is_key(reading, source, names):
            made, twin = tree.twinned(block.node)
            twin(window.this).replace(exp.RowNumber())
            return made
    return None
