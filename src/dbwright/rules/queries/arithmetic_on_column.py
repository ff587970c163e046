"""Arithmetic on a column hides it from its index.

## What it does

Looks for conditions such as `total_cents / 100 >= 999`, `id + 1 = 42` or
`now() - created_at < interval '1 hour'`, and solves them for the column.

## Why is this bad?

The index holds the values of the column, not those of the expression: every row is read and
computed, though the other side could be computed once.

## When to leave it

On a small table, or behind another condition that leaves few rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import bare_column, remedies, tree, wrapped
from dbwright.recipes.queries.arithmetic import solved
from dbwright.recipes.queries.comparisons import Comparison, comparisons, only_column
from dbwright.recipes.queries.reading import Reading

APPLIES = Applies()
SEVERITY = "warning"
TABLE = """
create table orders (
    id integer primary key, total_cents integer not null, placed_at timestamp not null
);
create index ix_orders_total_cents on orders (total_cents);
create index ix_orders_placed_at on orders (placed_at);
"""
POSTGRESQL = (
    "insert into orders select i, i * 7919 % 100000, timestamp '2026-01-01' + i * interval '1 min'"
    " from generate_series(1, 20000) i",
)
BAD = QueryExample(
    schema=TABLE,
    sql="select id from orders where total_cents / 100 >= 990",
    claims=("same_rows", "cheaper_plan"),
    data=POSTGRESQL,
)
BAD_PLUS = QueryExample(
    schema=TABLE,
    sql="select o.id from orders as o where 42 = o.total_cents - 1",
    claims=("cheaper_plan",),
    data=POSTGRESQL,
)
BAD_DIFFERENCE = QueryExample(
    schema=TABLE,
    sql="select count(*) from orders"
    " where timestamp '2026-01-14 21:00' - placed_at < interval '1 hour'",
    claims=("cheaper_plan",),
    data=POSTGRESQL,
)
BAD_SQLITE = QueryExample(
    schema=TABLE,
    sql="select id from orders where total_cents / 100 = 990",
    claims=("same_rows", "cheaper_plan"),
    rows=(("orders", 3000),),
    dialect="sqlite",
)
MARIADB = """
create table orders (id int primary key, total_cents int not null);
create index ix_orders_total_cents on orders (total_cents);
"""
CENTS = ("insert into orders select seq, seq * 7919 % 100000 from seq_1_to_9000",)
BAD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select o.id from orders as o where o.total_cents + 100 = 8019",
    claims=("same_rows", "cheaper_plan"),
    data=CENTS,
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select id from orders where total_cents = 7919",
    data=CENTS,
    dialect="mariadb",
)
GOOD = QueryExample(
    schema=TABLE,
    sql="select id from orders where total_cents >= 99000",
    data=POSTGRESQL,
)
GOOD_TWO_COLUMNS = QueryExample(
    schema=TABLE,
    sql="select id from orders where total_cents / id >= 7918",
    data=POSTGRESQL,
)
GOOD_FEW_BEFORE = QueryExample(
    schema=TABLE,
    sql="select id from orders where id = 42 and total_cents / 100 >= 990",
    data=POSTGRESQL,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each comparison of arithmetic on a column."""
    reading = Reading(query)
    for block in reading.blocks:
        every = [(each, _change(query, reading, each)) for each in comparisons(block)]
        yield from _unsolved(query, reading, [each for each, change in every if change is None])
        for found in bare_column.by_column(change for _, change in every if change is not None):
            yield remedies.finding(
                query,
                f"{tree.text(query, found.side)} hides the column from its index",
                found.found.key,
                [
                    bare_column.compared(query, found),
                    *bare_column.indexed(query, reading, found.found, found.side),
                ],
            )


def _unsolved(query: Query, reading: Reading, several: list[Comparison]) -> Iterator[Finding]:
    """What cannot be solved for the column: an index of the expression may serve it."""
    for each in several:
        if not isinstance(each.side, (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)):
            continue
        found = only_column(reading, each.side)
        if found is None or found.source.optional or each.side.find(exp.AggFunc, exp.Query):
            continue
        if wrapped.has_expression_index(query, found.table, each.side):
            continue
        ways = list(bare_column.indexed(query, reading, found, each.side))
        if ways:
            word = tree.text(query, each.side)
            message = f"{word} hides the column from its index"
            yield remedies.finding(query, message, found.key, ways)


def _change(query: Query, reading: Reading, comparison: Comparison) -> bare_column.Change | None:
    answer = solved(query, reading, comparison)
    if answer is None:
        return None
    parts = [kind(this=answer.found.node.copy(), expression=value) for kind, value in answer.bounds]
    made = bare_column.change(comparison, answer.found, parts, *answer.conditions)
    return replace(made, changes=answer.changes)


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the condition solved for the column."""
    reason = "an index holds the column's values, not those of the expression"
    return remedies.advice(finding, query, reason)
