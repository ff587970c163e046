"""An index has the column, but behind another one that the query leaves open.

## What it does

Looks for a table that is read whole, or through most of an index, though an index or a key holds
the column that is asked for behind a column that is not held equal.

## Why is this bad?

An index is sorted by its first column: without a value for it, the entries of a later column are
strewn over all of the index. Columns that are held equal belong in front, a range behind them.

## When to leave it

When the query is rare, or the first column has few values (PostgreSQL 18 skips through those).
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import causes, remedies
from dbwright.recipes.queries.reading import Reading

APPLIES = Applies()
SEVERITY = "warning"
TABLE = """
create table order_items (
    order_id integer not null, line_no integer not null, product_id integer not null,
    note text not null, primary key (order_id, product_id)
);
"""
DATA = (
    "insert into order_items select i / 2, i % 2, i % 4000, repeat('x', 60)"
    " from generate_series(1, 20000) i",
)
BAD = QueryExample(
    schema=TABLE,
    sql="select i.order_id, i.note from order_items i where i.product_id = 77",
    claims=("cheaper_plan",),
    data=DATA,
)
BAD_RANGE_FIRST = QueryExample(
    schema=TABLE.replace("primary key", "unique")
    + "create index ix_items_order_id_product_id on order_items (order_id, product_id);",
    sql="select note from order_items where order_id between 100 and 8000 and product_id = 77",
    claims=("cheaper_plan",),
    data=DATA,
)
BAD_SQLITE = QueryExample(
    schema=TABLE,
    sql="select order_id, note from order_items where product_id = 77",
    claims=("cheaper_plan",),
    rows=(("order_items", 3000),),
    dialect="sqlite",
)
MARIADB = TABLE.replace("note text", "note varchar(60)")
ITEMS = (
    "insert into order_items select seq div 2, seq % 2, seq % 4000, repeat('x', 60)"
    " from seq_1_to_9000",
)
BAD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select i.order_id, i.note from order_items i where i.product_id = 77",
    claims=("cheaper_plan",),
    data=ITEMS,
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select note from order_items where order_id = 77 and product_id = 154",
    data=ITEMS,
    dialect="mariadb",
)
GOOD = QueryExample(
    schema=TABLE,
    sql="select note from order_items where order_id = 77 and product_id = 154",
    data=DATA,
)
GOOD_INDEXED = QueryExample(
    schema=TABLE + "create index ix_order_items_product_id on order_items (product_id);",
    sql="select order_id, note from order_items where product_id = 77",
    data=DATA,
)
GOOD_SKIPS = QueryExample(
    schema="create table seats (hall_id integer not null, seat_no integer not null,"
    " label text not null, primary key (hall_id, seat_no));",
    sql="select label from seats where seat_no between 300 and 304",
    applies=Applies(since=(18,)),
    data=("insert into seats select i % 9, i, repeat('x', 60) from generate_series(1, 27000) i",),
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each table whose index has the column, though not in front."""
    for table, several in causes.candidates(query, Reading(query), "column order"):
        name = causes.behind_another(table, several[0])
        listed = ", ".join(each.expression for each in several[0].keys)
        yield remedies.finding(
            query,
            f"{name} has the column behind another one, so it cannot be searched by it",
            f"{table.key}.{listed}",
            [remedies.of_candidate(query, each) for each in several],
            index=name,
            columns=listed,
        )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the index that leads with the column."""
    index, columns = finding.details["index"], finding.details["columns"]
    reason = f"{index} is sorted by another column first; this query has values for {columns}"
    return remedies.advice(finding, query, reason)
