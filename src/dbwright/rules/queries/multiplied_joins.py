"""Joins to several rows each multiply each other before they are counted.

## What it does

Looks for a grouped query that joins two or more tables with many rows for each row before them,
and folds them by count(DISTINCT …), min() or max(): folds each table first, and joins the results.

## Why is this bad?

Ten orders and ten reviews make a hundred rows of each customer, which DISTINCT then sorts back to
ten: the work grows with the product.

## When to leave it

When each side has one row or two. A sum over such joins is not slow but wrong: it counts each
value as often as the other side has rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import fans, remedies
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.reading import Reading

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
TABLES = """
create table customers (id integer primary key, name text not null);
create table orders (
    id integer primary key, customer_id integer not null references customers (id),
    cents integer not null
);
create index ix_orders_customer_id on orders (customer_id);
create table reviews (
    id integer primary key, customer_id integer not null references customers (id),
    rating integer not null
);
create index ix_reviews_customer_id on reviews (customer_id);
"""
DATA = (
    "insert into customers select i, 'customer ' || i from generate_series(1, 1000) i",
    "insert into orders select i, 1 + i % 900, i % 700 from generate_series(1, 10000) i",
    "insert into reviews select i, 1 + i % 950, i % 5 from generate_series(1, 9000) i",
)
BAD = QueryExample(
    schema=TABLES,
    sql="select c.id, c.name, count(distinct o.id) as orders, count(distinct r.id) as reviews,"
    " max(o.cents) as most from customers c left join orders o on o.customer_id = c.id"
    " left join reviews r on r.customer_id = c.id and r.rating > 1 group by c.id order by c.id",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_SQLITE = QueryExample(
    schema=TABLES,
    sql="select c.id, count(distinct o.id) as orders, count(distinct r.id) as reviews"
    " from customers c left join orders o on o.customer_id = c.id"
    " left join reviews r on r.customer_id = c.id group by c.id",
    claims=("same_rows", "cheaper_plan"),
    rows=(("customers", 30), ("orders", 600), ("reviews", 600)),
    dialect="sqlite",
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select c.id, count(o.id) as orders from customers c"
    " left join orders o on o.customer_id = c.id group by c.id",
    data=DATA,
)
GOOD_SUM = QueryExample(
    schema=TABLES,
    sql="select c.id, sum(o.cents) as cents, count(distinct r.id) as reviews"
    " from customers c left join orders o on o.customer_id = c.id"
    " left join reviews r on r.customer_id = c.id group by c.id",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each grouped block whose joins multiply each other."""
    reading = Reading(query)
    for block in reading.blocks:
        many = fans.side_by_side(reading, block)
        if many is None or not is_steady(query, block.node):
            continue
        tables = [each.source.table.key for each in many if each.source.table is not None]
        first = next(iter(block.sources.values())).table
        remedy = remedies.rewrite(
            query,
            fans.folded_first(reading, block, many),
            "fold each table before it is joined",
            sqlalchemy="counts = select(Child.parent_id, func.count()).group_by(…).subquery()",
            conditions=(
                f"each group is one row of {first.key if first else ''}, by its key",
                "count(DISTINCT), min and max do not mind how often a row comes",
            ),
            table=tables[0],
        )
        yield remedies.finding(
            query,
            f"{' and '.join(tables)} multiply each other's rows before they are counted",
            first.key if first else None,
            [remedy],
        )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives one grouping for each table."""
    return remedies.advice(finding, query, "each side's rows come once for each row of the other")
