"""DISTINCT looks for duplicates among rows that cannot repeat.

## What it does

Looks for a SELECT DISTINCT that gives a key of what it reads, where each join finds at most one
row by a unique key; and for one whose rows are groups, with all of their keys given.

## Why is this bad?

All rows are hashed or sorted, and often written to disk, to throw none of them away. The word
also hides joins that multiply rows when somebody adds one later.

## When to leave it

When the query is to stay right after a key is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import output, remedies, tree
from dbwright.recipes.queries.reading import Block, Reading

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = """
create table customers (id integer primary key, name text not null, city text not null);
create table orders (
    id integer primary key, customer_id integer not null references customers (id),
    note text not null
);
create table tags (order_id integer not null references orders (id), tag text not null);
"""
DATA = (
    "insert into customers select i, 'customer ' || i, 'city ' || i % 50"
    " from generate_series(1, 2000) i",
    "insert into orders select i, 1 + i % 2000, repeat(md5(i::text), 3)"
    " from generate_series(1, 40000) i",
    "insert into tags select 1 + i % 400, 'tag ' || i % 7 from generate_series(1, 2000) i",
)
BAD = QueryExample(
    schema=TABLES,
    sql="select distinct o.id, o.note, c.name from orders o join customers c"
    " on c.id = o.customer_id",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select distinct o.id, o.note from orders o join tags t on t.order_id = o.id"
    " where t.tag <> 'tag 1'",
    data=DATA,
)
GOOD_WITHOUT_KEY = QueryExample(
    schema=TABLES,
    sql="select distinct o.note, c.name from orders o join customers c on c.id = o.customer_id"
    " where o.id < 3000",
    data=DATA,
)
GOOD_HAVING_ON_KEY = QueryExample(
    schema=TABLES,
    sql="select customer_id, count(*) from orders group by customer_id having customer_id > 3",
    data=DATA,
)
GOOD_PLANNER_KNOWS = QueryExample(
    schema=TABLES,
    sql="select distinct id from orders where id = 7",
    data=DATA,
)
GOOD_ROWS_FROM_ONE = QueryExample(
    schema=TABLES,
    sql="select distinct id, regexp_split_to_table(name, '') as letter from customers"
    " where id < 300",
    data=DATA,
)
GOOD_DEFERRABLE = QueryExample(
    schema="create table slots (place integer unique deferrable, name text not null);"
    "alter table slots alter column place set not null;",
    sql="select distinct place, name from slots",
    data=("insert into slots select i, repeat(md5(i::text), 3) from generate_series(1, 20000) i",),
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each DISTINCT over rows that cannot repeat."""
    reading = Reading(query)
    for block in reading.blocks:
        distinct = block.node.args.get("distinct")
        if distinct is None or distinct.args.get("on") is not None:
            continue
        why = output.never_repeats(reading, block.node)
        if why is None:
            continue
        yield _finding(query, block, why)


def _finding(query: Query, block: Block, why: str) -> Finding:
    distinct = block.node.args["distinct"]
    table = next((each.table.key for each in block.sources.values() if each.table), None)
    remedy = remedies.rewrite(
        query,
        tree.replaced(block.node.root(), (distinct, None)),
        "leave DISTINCT out",
        sqlalchemy="the select() without .distinct()",
        conditions=(why,),
        table=table,
    )
    return remedies.finding(
        query, "DISTINCT sorts or hashes rows that cannot repeat", table, [remedy]
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the query without DISTINCT."""
    reason = "the rows hold a key, so that no two of them are alike"
    return remedies.advice(finding, query, reason)
