"""A join gives no column and changes no row.

## What it does

Looks for an inner join over a foreign key that is NOT NULL, validated and not deferrable, from
whose table nothing else is used; and on SQLite for a LEFT JOIN to a unique key likewise.

## Why is this bad?

PostgreSQL leaves out a LEFT JOIN of this kind, but never an inner one: it looks up a row for each
row, to learn what the foreign key guarantees.

## When to leave it

When a policy of row level security is to hide rows by the join; then the rule is silent anyway.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import certain, remedies, tree
from dbwright.recipes.queries.reading import Block, Reading
from dbwright.recipes.queries.unused import Unused, unused
from dbwright.recipes.queries.uses import without_source

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
TABLES = """
create table customers (id integer primary key, name text not null);
create table orders (
    id integer primary key, customer_id integer not null references customers (id),
    referrer_id integer references customers (id), cents integer not null
);
"""
DATA = (
    "insert into customers select i, 'customer ' || i from generate_series(1, 20000) i",
    "insert into orders select i, 1 + i * 7 % 20000, case when i % 3 = 0 then 1 + i % 900 end,"
    " i % 1000 from generate_series(1, 30000) i",
)
BAD = QueryExample(
    schema=TABLES,
    sql="select sum(o.cents) as total from orders o join customers c on c.id = o.customer_id",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_FIRST = QueryExample(
    schema=TABLES,
    sql="select count(*), max(orders.cents) from customers, orders"
    " where orders.cents > 10 and customers.id = orders.customer_id",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_SQLITE = QueryExample(
    schema=TABLES,
    sql="select sum(o.cents) as total from orders o left join customers c on c.id = o.customer_id",
    claims=("same_rows", "cheaper_plan"),
    rows=(("customers", 200), ("orders", 3000)),
    dialect="sqlite",
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select sum(o.cents) as total from orders o join customers c on c.id = o.referrer_id",
    data=DATA,
)
GOOD_FILTERS = QueryExample(
    schema=TABLES,
    sql="select sum(o.cents) from orders o join customers c on c.id = o.customer_id"
    " where c.name <> 'customer 7'",
    data=DATA,
)
GOOD_NOT_VALID = QueryExample(
    schema=TABLES.replace(" references customers (id),\n    referrer", ",\n    referrer")
    + "alter table orders add foreign key (customer_id) references customers (id) not valid;",
    sql="select sum(o.cents) as total from orders o join customers c on c.id = o.customer_id",
    data=DATA,
)
GOOD_DEFERRABLE = QueryExample(
    schema=TABLES.replace("null references customers (id)", "null references customers deferrable"),
    sql="select sum(o.cents) as total from orders o join customers c on c.id = o.customer_id",
    data=DATA,
)
GOOD_PLANNER_LEAVES_OUT = QueryExample(
    schema=TABLES,
    sql="select sum(o.cents) as total from orders o left join customers c on c.id = o.customer_id",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each block with a join that can be left out."""
    reading = Reading(query)
    for block in reading.blocks:
        yield from _always_true(query, reading, block)
        found = unused(reading, block)
        made = without_source(block, found.source, found.gone) if found is not None else None
        if found is not None and made is not None:
            yield _finding(
                query, block, found, tree.replaced(block.node.root(), (block.node, made))
            )


def _always_true(query: Query, reading: Reading, block: Block) -> Iterator[Finding]:
    """EXISTS, or IN, of a parent that a foreign key says is there."""
    for condition in block.where():
        why = certain.parent_exists(reading, block, condition)
        if why is None or query.target.dialect == "sqlite":
            continue
        where = block.node.args["where"]
        rest = tree.without(where.this, [condition])
        made = tree.replaced(
            block.node.root(), (where, exp.Where(this=rest) if rest is not None else None)
        )
        remedy = remedies.rewrite(
            query,
            made,
            f"leave the look-up in {why.table} out",
            sqlalchemy="the select() without the exists()",
            conditions=(why.words,),
            table=why.table,
        )
        message = "this look-up is true for every row"
        yield remedies.finding(query, message, why.table, [remedy])


def _finding(query: Query, block: Block, found: Unused, other: object) -> Finding:
    table = found.source.table
    assert table is not None
    not_held = Risk(
        "SQLite checks foreign keys only on connections that switch it on, so that there may be "
        "rows without a parent: they are then counted too",
        "PRAGMA foreign_key_check lists such rows; switch PRAGMA foreign_keys on everywhere",
    )
    remedy = remedies.rewrite(
        query,
        other,  # type: ignore[arg-type]
        f"leave the join to {table.key} out",
        sqlalchemy="the select() without .join(…) to it",
        conditions=(found.why,) if found.held else (),
        same=found.held,
        tradeoff="the code of the query changes, and nothing in the database"
        if found.held
        else "the same rows only where the foreign key has always been checked",
        risk=None if found.held else not_held,
        table=table.key,
    )
    return remedies.finding(
        query, "this join gives no column and changes no row", table.key, [remedy]
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the query without the join."""
    return remedies.advice(finding, query, "what the join finds is what the schema guarantees")
