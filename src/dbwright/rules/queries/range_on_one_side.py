"""A range on one side of a join is not applied to the other.

## What it does

Looks for a join `a.x = b.y` with a range on a.x alone, and gives b.y the same range.

## Why is this bad?

PostgreSQL carries a constant through such an equality, but no range: it reads all of b, to throw
away what cannot match.

## When to leave it

When the range keeps most rows. SQLite gains nothing by it, and the rule is silent there.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import keys, remedies, tree
from dbwright.recipes.queries.reading import Block, Reading, Reference
from dbwright.recipes.queries.rewrites import qualified

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = """
create table orders (id integer primary key, note text not null);
create table items (
    order_id integer not null references orders (id), line integer not null,
    cents integer not null, primary key (order_id, line)
);
"""
DATA = (
    "insert into orders select i, 'note ' || i from generate_series(1, 12000) i",
    "insert into items select o, l, o % 97 from generate_series(1, 12000) o,"
    " generate_series(1, 4) l",
)
BAD = QueryExample(
    schema=TABLES,
    sql="select o.id, sum(i.cents) as cents from orders o join items i on i.order_id = o.id"
    " where o.id > 11000 group by o.id",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_LEFT = QueryExample(
    schema=TABLES,
    sql="select o.id, i.cents from orders o left join items i on i.order_id = o.id"
    " where o.id between 11000 and 11999",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select o.id, sum(i.cents) as cents from orders o join items i on i.order_id = o.id"
    " where o.id = 11000 group by o.id",
    data=DATA,
)
GOOD_BOTH_SIDES = QueryExample(
    schema=TABLES,
    sql="select o.id, sum(i.cents) as cents from orders o join items i on i.order_id = o.id"
    " where o.id > 11000 and i.order_id > 11000 group by o.id",
    data=DATA,
)
GOOD_KEEPS_MOST = QueryExample(
    schema=TABLES,
    sql="select o.id, sum(i.cents) as cents from orders o join items i on i.order_id = o.id"
    " where o.id > 100 group by o.id",
    data=DATA,
)
GOOD_SQLITE = QueryExample(
    schema=TABLES,
    sql="select o.id, i.cents from orders o join items i on i.order_id = o.id where o.id > 900",
    rows=(("orders", 1000), ("items", 3000)),
    dialect="sqlite",
)
RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each join one side of which has a range that the other lacks."""
    reading = Reading(query)
    for block in reading.blocks:
        for mine, theirs, place in _equalities(reading, block):
            ranges = [each for each in block.conditions() if _is_range_of(reading, each, mine)]
            other = [each for each in _all_conditions(block) if _is_of(reading, each, theirs)]
            if ranges and not other:
                yield _finding(query, reading, block, mine, theirs, place, ranges)


Equality = tuple[Reference, Reference, exp.Join | None]


def _equalities(reading: Reading, block: Block) -> Iterator[Equality]:
    """Gives each pair that is equal in all rows, or, behind a LEFT JOIN, wherever both are."""
    joins = [each.join for each in block.sources.values() if each.join is not None]
    if any(join.side in ("RIGHT", "FULL") for join in joins):
        return
    for condition in block.conditions():
        for mine, theirs in _pairs(reading, block, condition):
            if not mine.source.optional and not theirs.source.optional:
                yield mine, theirs, None
    for source in block.sources.values():
        join = source.join
        on = join.args.get("on") if join is not None and join.side == "LEFT" else None
        for condition in tree.conjuncts(on) if on is not None else ():
            for mine, theirs in _pairs(reading, block, condition):
                if theirs.source is source and not mine.source.optional:
                    yield mine, theirs, join


def _pairs(
    reading: Reading, block: Block, condition: exp.Expr
) -> Iterator[tuple[Reference, Reference]]:
    if not isinstance(condition, exp.EQ):
        return
    left, right = reading.reference(condition.this), reading.reference(condition.expression)
    if left is None or right is None or left.source is right.source:
        return
    own = list(block.sources.values())
    if (
        left.source in own
        and right.source in own
        and keys.compares_alike(left.column, right.column)
    ):
        yield left, right
        yield right, left


def _all_conditions(block: Block) -> list[exp.Expr]:
    found = block.where()
    for source in block.sources.values():
        on = source.join.args.get("on") if source.join is not None else None
        found += list(tree.conjuncts(on)) if on is not None else []
    return found


def _is_range_of(reading: Reading, condition: exp.Expr, column: Reference) -> bool:
    if not isinstance(condition, (*RANGES, exp.In)) or not _is_of(reading, condition, column):
        return False
    if isinstance(condition, exp.In):
        return bool(condition.expressions) and all(map(tree.is_constant, condition.expressions))
    bounds = [each for name, each in condition.args.items() if name not in ("this", "symmetric")]
    return all(tree.is_constant(each) for each in bounds if isinstance(each, exp.Expr))


def _is_of(reading: Reading, condition: exp.Expr, column: Reference) -> bool:
    """Whether a condition compares this column with what is no column of another table."""
    if not isinstance(condition, (*RANGES, exp.EQ, exp.In)):
        return False
    found = reading.reference(condition.this)
    same = found is not None and found.source is column.source
    if not same or found is None or found.column.name != column.column.name:
        return False
    return len(list(condition.find_all(exp.Column))) == 1


def _finding(
    query: Query,
    reading: Reading,
    block: Block,
    mine: Reference,
    theirs: Reference,
    place: exp.Join | None,
    ranges: list[exp.Expr],
) -> Finding:
    made, twin = tree.twinned(block.node.root())
    column = qualified(reading, theirs.node)
    added = []
    for each in ranges:
        copy = each.copy()
        copy.set("this", column.copy())
        added.append(copy)
    if place is None:
        select = twin(block.node)
        assert isinstance(select, exp.Select)
        select.where(*added, copy=False)
    else:
        on = place.args["on"].copy()
        twin(place).set("on", exp.and_(on, *added))
    kind = "" if place is None else " where the LEFT JOIN finds a row"
    remedy = remedies.rewrite(
        query,
        made,
        f"give {theirs.key} the range too",
        sqlalchemy=f".where({theirs.column.name} …) with the same bounds on both columns",
        conditions=(f"{mine.key} and {theirs.key} have one type and are equal{kind}",),
        table=theirs.table.key,
    )
    return remedies.finding(
        query,
        f"the range on {mine.key} is not applied to this side of the join",
        theirs.key,
        [remedy],
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the range on both sides."""
    reason = "the planner derives constants through an equality, and no ranges"
    return remedies.advice(finding, query, reason)
