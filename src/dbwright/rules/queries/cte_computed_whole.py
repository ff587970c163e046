"""A CTE is computed whole though its readers want a part of it.

## What it does

Looks for a CTE that is named twice or more, or declared MATERIALIZED, and that has neither a
volatile function nor a change of data in it: with NOT MATERIALIZED each reader's own conditions
reach its tables.

## Why is this bad?

PostgreSQL and SQLite compute such a CTE once and in full, and filter the result: the indexes that
would find the wanted rows are never asked.

## When to leave it

When its readers together want most of it: then once is cheaper, and the rule says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import inlined, remedies, tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.reading import Block, Reading

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
TABLES = """
create table orders (
    id integer primary key, customer_id integer not null, cents integer not null
);
create index ix_orders_customer_id on orders (customer_id);
"""
DATA = ("insert into orders select i, i % 3000, i % 700 from generate_series(1, 30000) i",)
TWICE = (
    "with totals as (select customer_id, count(*) as n, sum(cents) as cents from orders"
    " group by customer_id) select a.n, b.cents from totals a cross join totals b"
    " where a.customer_id = 7 and b.customer_id = 9"
)
BAD = QueryExample(schema=TABLES, sql=TWICE, claims=("same_rows", "cheaper_plan"), data=DATA)
BAD_DECLARED = QueryExample(
    schema=TABLES,
    sql="with o as materialized (select * from orders) select id from o where customer_id = 7",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_SQLITE = QueryExample(
    schema=TABLES,
    sql="with o as (select * from orders) select a.id, b.id from o a join o b"
    " on b.customer_id = a.customer_id + 1 where a.customer_id = 7",
    claims=("same_rows", "cheaper_plan"),
    rows=(("orders", 3000),),
    dialect="sqlite",
)
BAD_SQLITE_GROUPED = QueryExample(
    schema=TABLES,
    sql=TWICE,
    claims=("same_rows", "cheaper_plan"),
    rows=(("orders", 3000),),
    dialect="sqlite",
)
GOOD = QueryExample(
    schema=TABLES,
    sql="with totals as (select customer_id, count(*) as n from orders group by customer_id)"
    " select n from totals where customer_id = 7",
    data=DATA,
)
GOOD_VOLATILE = QueryExample(
    schema=TABLES,
    sql="with drawn as (select id, random() as luck from orders) select a.luck from drawn a"
    " join drawn b on b.id = a.id where a.id = 7 and b.id = 7",
    data=DATA,
)
GOOD_ALL_WANTED = QueryExample(
    schema=TABLES,
    sql="with totals as (select customer_id, count(*) as n from orders group by customer_id)"
    " select count(*) from totals a join totals b on b.n = a.n and b.customer_id = a.customer_id",
    data=DATA,
)
# PostgreSQL's own rowtypes.sql
GOOD_READS_NO_TABLE = QueryExample(
    schema=TABLES,
    sql="with drawn as materialized (select row(1, 2) as pair) select * from drawn"
    " where pair is not null",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each statement with a CTE that need not be computed whole."""
    reading = Reading(query)
    for cte in list(reading.root.find_all(exp.CTE)) if reading.root is not None else []:
        with_ = cte.find_ancestor(exp.With)
        if with_ is None or with_.args.get("recursive") or not _is_pure(query, reading, cte):
            continue
        readers = _readers(reading, cte)
        declared = cte.args.get("materialized")
        if declared is False or readers == 0 or (readers == 1 and not declared):
            continue
        other, twin = tree.twinned(cte.root())
        twin(cte).set("materialized", False)
        tables = [each.name for each in cte.this.find_all(exp.Table)]
        remedy = remedies.rewrite(
            query,
            other,
            f"{cte.alias} AS NOT MATERIALIZED",
            sqlalchemy='.cte(…).prefix_with("NOT MATERIALIZED"), or a subquery for each use',
            conditions=(
                f"{cte.alias} only reads, calls no volatile function, and takes all of its rows",
            ),
            table=tables[0] if tables else None,
        )
        yield remedies.finding(
            query,
            f"{cte.alias} is computed whole before it is filtered",
            cte.alias,
            [remedy, *_inlined(query, reading, cte)],
        )


def _inlined(query: Query, reading: Reading, cte: exp.CTE) -> Iterator[Remedy]:
    """Its conditions in each place, which SQLite does not bring into a grouped sub-query."""
    other = inlined.inlined(reading, cte) if query.target.dialect == "sqlite" else None
    if other is not None:
        yield remedies.rewrite(
            query,
            other,
            f"{cte.alias} as a sub-query in each place, with the conditions of the place",
            sqlalchemy="a function that gives select(…).where(key == value).subquery()",
            conditions=("the conditions are on columns that a group shares",),
        )


def _is_pure(query: Query, reading: Reading, cte: exp.CTE) -> bool:
    """Whether each evaluation gives the same rows, and nothing else happens."""
    body = cte.this
    parts = (exp.DML, exp.Limit, exp.Fetch, exp.Offset, exp.Window, exp.Lock, exp.TableSample)
    if not isinstance(body, exp.Query) or body.find(*parts) is not None:
        return False
    if any(each.args.get("on") is not None for each in body.find_all(exp.Distinct)):
        return False
    blocks = [reading.block_of(each) for each in body.find_all(exp.Select)]
    stored = all(each is not None and _reads_stored(each) for each in blocks)
    reads = any(each is not None and each.sources for each in blocks)
    return reads and stored and is_steady(query, body)


def _reads_stored(block: Block) -> bool:
    kinds = ("table", "partitioned", "partition", "materialized view")
    return all(
        each.block is not None or (each.table is not None and each.table.kind in kinds)
        for each in block.sources.values()
    )


def _readers(reading: Reading, cte: exp.CTE) -> int:
    """How often a CTE is named; 0 where a name of a table or another CTE may be meant."""
    assert reading.root is not None
    alike = [each for each in reading.root.find_all(exp.CTE) if each.alias == cte.alias]
    if len(alike) != 1 or reading.query.schema.table(cte.alias) is not None:
        return 0
    named = reading.root.find_all(exp.Table)
    return sum(each.name == cte.alias and not each.db for each in named)


def advise(finding: Finding, query: Query) -> Advice:
    """Gives NOT MATERIALIZED."""
    return remedies.advice(finding, query, "conditions do not reach into what is computed first")
