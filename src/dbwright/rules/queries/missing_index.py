"""A condition on columns without an index reads the whole table.

## What it does

Asks the planner which index, of those that the statement's conditions, joins and order could use,
it would take if it were there; reports a table that is read whole for want of one, or of which far
more rows are read than are kept. Where a join wants an index on both sides, both are tried as one.

## Why is this bad?

The time of such a query grows with the table: it is fast in development, and slow on the day when
the table is large.

## When to leave it

When the table stays small, or the query runs once a night.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.candidate import Candidate
from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import Table
from dbwright.recipes.queries import causes, correlated, plan_alone, plans, remedies
from dbwright.recipes.queries.reading import Reading

APPLIES = Applies()
SEVERITY = "warning"
TABLE = """
create table orders (
    id integer primary key, customer_id integer not null, total numeric(10, 2) not null
);
"""
PAIR = """
create table customers (id integer primary key, city text not null, note text not null);
create table orders (id integer primary key, customer_id integer not null, note text not null);
"""
PAIRS = (
    "insert into customers select i, 'city ' || i % 9000, repeat('x', 80)"
    " from generate_series(1, 18000) i",
    "insert into orders select i, i % 18000, repeat('x', 80) from generate_series(1, 30000) i",
)
BAD = QueryExample(
    schema=TABLE,
    sql="select id, total from orders where customer_id = 42",
    claims=("cheaper_plan",),
    rows=(("orders", 3000),),
)
BAD_JOIN = QueryExample(
    schema=PAIR,
    sql="SELECT orders_1.id AS orders_1_id FROM (SELECT customers.id AS customers_id FROM customers"
    " WHERE customers.city = 'city 7') AS anon_1 JOIN orders AS orders_1"
    " ON anon_1.customers_id = orders_1.customer_id",
    claims=("cheaper_plan",),
    data=PAIRS,
)
BAD_ORDER = QueryExample(
    schema=PAIR,
    sql="select id, note from orders order by customer_id desc limit 10",
    claims=("cheaper_plan",),
    data=PAIRS,
)
BAD_ORDER_OF_ALL = QueryExample(
    schema=PAIR.replace("note text", "length integer, note text")
    + "create index ix_orders_customer_id on orders (customer_id);",
    sql="select customer_id, length, id from orders order by customer_id, length",
    claims=("cheaper_plan",),
    data=(
        "insert into orders select i, i * 7919 % 400, i * 31 % 1000, repeat('x', 200)"
        " from generate_series(1, 30000) i",
    ),
    after=("vacuum orders",),
)
BAD_SQLITE = QueryExample(
    schema=TABLE,
    sql="select id, total from orders where customer_id = 42",
    claims=("cheaper_plan",),
    rows=(("orders", 3000),),
    dialect="sqlite",
)
BAD_MARIADB = QueryExample(
    schema=TABLE,
    sql="select o.id, o.total from orders as o where o.customer_id = 42",
    claims=("cheaper_plan",),
    rows=(("orders", 3000),),
    dialect="mariadb",
)
BAD_MARIADB_WRITE = QueryExample(
    schema=TABLE,
    sql="delete from orders where customer_id = 42",
    claims=("cheaper_plan",),
    rows=(("orders", 3000),),
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=TABLE + "create index ix_orders_customer_id on orders (customer_id);",
    sql="select id, total from orders where customer_id = 42 order by id limit 5, 10",
    rows=(("orders", 3000),),
    dialect="mariadb",
)
GOOD_MARIADB_SMALL = QueryExample(
    schema=TABLE,
    sql="select id, total from orders where customer_id = 42",
    rows=(("orders", 30),),
    dialect="mariadb",
)
BAD_SQLITE_JOIN = QueryExample(
    schema=PAIR.replace("id integer primary key, customer_id", "id integer, customer_id")
    + "create unique index ux_orders_id on orders (id);",
    sql="SELECT orders_1.id, orders_1.note FROM (SELECT customers.id AS customers_id FROM customers"
    " WHERE customers.id = 7) AS anon_1 JOIN orders AS orders_1"
    " ON anon_1.customers_id = orders_1.customer_id ORDER BY orders_1.id",
    claims=("cheaper_plan",),
    rows=(("customers", 100), ("orders", 3000)),
    dialect="sqlite",
)
GOOD = QueryExample(
    schema=TABLE + "create index ix_orders_customer_id on orders (customer_id);",
    sql="select id, total from orders where customer_id = 42",
    rows=(("orders", 3000),),
)
GOOD_KEEPS_MOST = QueryExample(
    schema=TABLE,
    sql="select id, total from orders where total is not null",
    rows=(("orders", 3000),),
)
GOOD_FEW_ORDERED = QueryExample(
    schema=TABLE + "create index ix_orders_customer_id on orders (customer_id);",
    sql="select id from orders where customer_id = 42 order by total desc limit 5",
    rows=(("orders", 3000),),
)
GOOD_SMALL = QueryExample(
    schema=TABLE,
    sql="select id, total from orders where customer_id = 42",
    rows=(("orders", 30),),
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each table that misses an index, one for those that need each other."""
    yield from plan_alone.missing_indexes(query)
    reading = Reading(query)
    inner = [each for block in reading.blocks for each in correlated.repeated(reading, block)]
    told = correlated.looked_up(query, inner)  # the rule for what runs for each row says that
    missing = causes.candidates(query, reading, "missing")
    found = [(table, several) for table, several in missing if table.key not in told]
    ways = [(table, each, remedies.of_candidate(query, each)) for table, c in found for each in c]
    if len(found) > 1:
        yield _of_several(query, found, [way for _, _, way in ways])
        return
    for table, several in found:
        yield _finding(query, table, several[0], [way for _, _, way in ways])


def _finding(query: Query, table: Table, best: Candidate, ways: list[Remedy]) -> Finding:
    listed = ", ".join(each.expression for each in best.keys)
    message = "this query reads the whole table to find few rows"
    if _asks_nothing(query, table):
        message = "no index has the rows in the order that this query needs"
    return remedies.finding(
        query,
        message,
        f"{table.key}.{listed}",
        ways,
        table=table.key,
        columns=listed,
    )


def _asks_nothing(query: Query, table: Table) -> bool:
    """Whether all rows of a table are wanted: no condition, no join and no limit chooses some."""
    if any(node.filter or node.index_condition for node in plans.reads(query, table)):
        return False
    blocks = list(causes.blocks_of(Reading(query), table))
    return bool(blocks) and not any(
        block.conditions() or block.limited or len(block.sources) > 1 for block in blocks
    )


def _of_several(
    query: Query, found: list[tuple[Table, list[Candidate]]], ways: list[Remedy]
) -> Finding:
    firsts = [remedies.of_candidate(query, several[0]) for _, several in found]
    listed = " and ".join(
        f"{table.key} ({', '.join(key.expression for key in several[0].keys)})"
        for table, several in found
    )
    both = remedies.together(firsts, f"an index each on {listed}")
    table, several = found[0]
    return _finding(query, table, several[0], [*ways, both])


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the index as a model's line, a migration and SQL."""
    table, columns = finding.details["table"], finding.details["columns"]
    return remedies.advice(finding, query, f"no index of {table} leads with {columns}")
