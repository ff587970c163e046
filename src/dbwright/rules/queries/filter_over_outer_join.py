"""A condition on the outer side keeps the planner from the join that is meant.

## What it does

Looks for `IS NOT DISTINCT FROM` a constant, which keeps out NULL as `=` does but serves no index
and leaves an outer join as it is; and for LEFT JOIN … WHERE column IS NULL, where the column can be
NULL only for want of a row: NOT EXISTS says the same.

## Why is this bad?

PostgreSQL turns an outer join into an inner one, or into an anti-join, only where it can tell from
the condition. Else it makes all joined rows, and filters them after.

## When to leave it

Where the value that is compared with may be NULL: then the forms differ.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import remedies, tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.reading import Block, Reading, Source
from dbwright.recipes.queries.uses import uses

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = """
create table customers (id integer primary key, name text not null);
create table orders (
    id integer primary key, customer_id integer references customers (id), reference text
);
create index ix_orders_customer_id on orders (customer_id);
create index ix_orders_reference on orders (reference);
"""
DATA = (
    "insert into customers select i, 'customer ' || i from generate_series(1, 60) i",
    "insert into orders select i, 1 + i % 50, 'R' || i from generate_series(1, 40000) i",
)
BAD = QueryExample(
    schema=TABLES,
    sql="select c.id, o.id as order_id from customers c left join orders o on o.customer_id = c.id"
    " where o.reference is not distinct from 'R77'",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_IS_NULL = QueryExample(
    schema=TABLES,
    sql="select c.name from customers c left join orders o on o.customer_id = c.id"
    " where o.id is null",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select c.id, o.id as order_id from customers c left join orders o on o.customer_id = c.id"
    " where o.reference = 'R77'",
    data=DATA,
)
GOOD_JOIN_COLUMN = QueryExample(
    schema=TABLES,
    sql="select c.name from customers c left join orders o on o.customer_id = c.id"
    " where o.customer_id is null",
    data=DATA,
)
GOOD_NULLABLE = QueryExample(
    schema=TABLES,
    sql="select c.name from customers c left join orders o on o.customer_id = c.id"
    " where o.reference is null",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each condition that hides what the join is to be."""
    reading = Reading(query)
    for block in reading.blocks:
        for condition in block.where():
            found = _null_safe(query, reading, condition) or _missing(
                query, reading, block, condition
            )
            if found is not None:
                yield found


def _null_safe(query: Query, reading: Reading, condition: exp.Expr) -> Finding | None:
    if not isinstance(condition, exp.NullSafeEQ):
        return None
    for one, other in (
        (condition.this, condition.expression),
        (condition.expression, condition.this),
    ):
        found = reading.reference(one)
        bare = other.this if isinstance(other, exp.Cast) else other
        if found is None or not isinstance(bare, (exp.Literal, exp.Boolean)):
            continue
        if not found.source.optional:
            continue  # without an outer join it only hides the column
        equal = exp.EQ(this=one.copy(), expression=other.copy())
        remedy = remedies.rewrite(
            query,
            tree.replaced(condition.root(), (condition, equal)),
            "compare with =",
            sqlalchemy="column == value in place of column.is_not_distinct_from(value)",
            conditions=("the constant is not NULL, so that both forms keep NULL out of WHERE",),
            table=found.table.key,
        )
        return remedies.finding(
            query,
            "IS NOT DISTINCT FROM serves no index and keeps an outer join",
            found.key,
            [remedy],
        )
    return None


def _missing(query: Query, reading: Reading, block: Block, condition: exp.Expr) -> Finding | None:
    is_null = isinstance(condition, exp.Is) and isinstance(condition.expression, exp.Null)
    found = reading.reference(condition.this) if is_null else None
    source = found.source if found is not None else None
    if found is None or source is None or found.column.nullable or not is_steady(query, block.node):
        return None
    if not _is_only_joined(reading, block, source, condition) or source.join is None:
        return None
    inner = exp.select(exp.Literal.number(1)).from_(source.node.copy())
    inner = inner.where(source.join.args["on"].copy(), copy=False)
    other, twin = tree.twinned(block.node.root())
    twin(condition).replace(exp.Not(this=exp.Exists(this=inner)))
    twin(source.join).pop()
    remedy = remedies.rewrite(
        query,
        other,
        "ask with NOT EXISTS",
        sqlalchemy="~exists().where(…) in place of .outerjoin(…).where(column.is_(None))",
        conditions=(
            f"{found.key} is NOT NULL, so that it is NULL only where no row was joined",
            f"nothing else of {found.table.key} is used",
        ),
        table=found.table.key,
    )
    return remedies.finding(
        query, "all joined rows are made to keep those that found none", found.table.key, [remedy]
    )


def _is_only_joined(reading: Reading, block: Block, source: Source, condition: exp.Expr) -> bool:
    join = source.join
    if join is None or join.side != "LEFT" or source.table is None or join.args.get("using"):
        return False
    on, columns = join.args.get("on"), uses(reading, block, source)
    joins = [each.join for each in block.sources.values() if each.join is not None]
    if on is None or columns is None or any(each.side in ("RIGHT", "FULL") for each in joins):
        return False
    return all(_stands_in(each, on) or _stands_in(each, condition) for each in columns)


def _stands_in(node: exp.Expr | None, place: exp.Expr) -> bool:
    while node is not None and node is not place:
        node = node.parent
    return node is place


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the condition in the form that the planner understands."""
    return remedies.advice(finding, query, "the planner must be able to tell that NULL is kept out")
