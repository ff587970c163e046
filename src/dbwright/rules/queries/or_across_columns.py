"""An OR has an arm without an index, so the whole table is read for all of them.

## What it does

Looks for an OR over several columns of one table of which some have an index and some have none.

## Why is this bad?

The rows of an OR can be found by one index for each arm. A single arm without one makes the table
be read whole, and the other arms' indexes serve nothing.

## When to leave it

On a small table. A UNION is no way out: the arm without an index reads the table all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import or_arms, remedies
from dbwright.recipes.queries.reading import Reading

APPLIES = Applies()
SEVERITY = "warning"
TABLE = """
create table orders (
    id integer primary key, reference text not null, coupon text, phone text, note text not null
);
create index ix_orders_reference on orders (reference);
"""
DATA = (
    "insert into orders select i, 'R' || i, 'C' || i % 5000, 'P' || i % 5000, repeat('x', 60)"
    " from generate_series(1, 20000) i",
)
BAD = QueryExample(
    schema=TABLE,
    sql="select id from orders where reference = 'R4711' or coupon = 'C77' and id > 10",
    claims=("cheaper_plan",),
    data=DATA,
)
BAD_TWO = QueryExample(
    schema=TABLE,
    sql="select o.id from orders o where (o.phone in ('P7', 'P8') or o.coupon = 'C77')"
    " and o.note <> ''",
    claims=("cheaper_plan",),
    data=DATA,
)
BAD_SQLITE = QueryExample(
    schema=TABLE,
    sql="select id from orders where reference = 'R4711' or coupon = 'C77'",
    claims=("cheaper_plan",),
    rows=(("orders", 3000),),
    dialect="sqlite",
)
MARIADB = """
create table orders (id int primary key, reference varchar(20) not null, coupon varchar(20));
create index ix_orders_reference on orders (reference);
"""
ORDERS = (
    "insert into orders select seq, concat('R', seq), concat('C', seq % 900) from seq_1_to_9000",
)
BAD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select id from orders where reference = 'R4711' or coupon = 'C77'",
    claims=("cheaper_plan",),
    data=ORDERS,
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=MARIADB + "create index ix_orders_coupon on orders (coupon);",
    sql="select id from orders where reference = 'R4711' or coupon = 'C77'",
    data=ORDERS,
    dialect="mariadb",
)
GOOD = QueryExample(
    schema=TABLE + "create index ix_orders_coupon on orders (coupon);",
    sql="select id from orders where reference = 'R4711' or coupon = 'C77'",
    data=DATA,
)
GOOD_FEW_BEFORE = QueryExample(
    schema=TABLE,
    sql="select id from orders where reference = 'R4711' and (coupon = 'C77' or phone is null)",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each OR with an arm that no index serves."""
    reading = Reading(query)
    for block in reading.blocks:
        for found in or_arms.of_one_table(reading, block):
            missing = found.unindexed()
            if not missing:
                continue
            names = list(dict.fromkeys(_wanted(query, found, each) for each in missing))
            yield remedies.finding(
                query,
                "one arm of the OR has no index, so far more rows are read than are kept",
                f"{found.table.key}.{', '.join(names)}",
                [_indexes(query, found, names)],
                table=found.table.key,
                columns=", ".join(names),
            )


def _wanted(query: Query, found: or_arms.Arms, names: tuple[str, ...]) -> str:
    """The column that the planner took an index of, or else the one that is held equal."""
    taken = [each.keys[0].expression.strip('"') for each in query.candidates]
    return next((name for name in taken if name in names), names[0])


def _indexes(query: Query, found: or_arms.Arms, names: list[str]) -> Remedy:
    made = [remedies.index(query, found.table, [remedies.column(name)]) for name in names]
    if len(made) == 1:
        return made[0]
    return remedies.together(made, f"an index each on {found.table.key} ({', '.join(names)})")


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the index of each arm that has none."""
    columns = finding.details["columns"]
    reason = f"each arm of an OR needs an index of its own, and {columns} has none"
    return remedies.advice(finding, query, reason)
