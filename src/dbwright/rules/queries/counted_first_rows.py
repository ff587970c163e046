"""Rows are numbered within groups only to count the groups.

## What it does

Looks for a count of rows of which each group keeps one: `row_number() … = 1` or DISTINCT ON in a
counted sub-query. The count is that of the groups.

## Why is this bad?

All rows are sorted and numbered for a figure that a grouping, or a look-up for each row of the
table that the groups are the keys of, gives at once.

## When to leave it

When the number of rows is small.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import arms, keys, numbered, remedies, tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.numbered import Numbered
from dbwright.recipes.queries.reading import Reading
from dbwright.recipes.queries.rewrites import free_alias, qualified

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
TABLES = """
create table customers (id integer primary key, name text not null);
create table orders (
    id integer primary key, customer_id integer not null references customers (id),
    placed_at timestamp not null, status text not null
);
create index ix_orders_customer_id on orders (customer_id);
"""
DATA = (
    "insert into customers select i, 'customer ' || i from generate_series(1, 400) i",
    "insert into orders select i, 1 + i * 7 % 390, timestamp '2024-01-01' + i * interval '1 hour',"
    " case when i % 9 = 0 then 'new' else 'done' end from generate_series(1, 30000) i",
)
COUNTED = (
    "select count(*) as n from (select o.*, row_number() over (partition by o.customer_id"
    " order by o.placed_at desc) as place from orders o where o.status = 'done') s"
    " where s.place = 1"
)
BAD = QueryExample(schema=TABLES, sql=COUNTED, claims=("same_rows", "cheaper_plan"), data=DATA)
BAD_SQLITE = QueryExample(
    schema=TABLES,
    sql="select count(*) as n from (select customer_id, row_number() over (partition by"
    " customer_id order by placed_at desc) as place from orders) s where s.place = 1",
    claims=("same_rows", "cheaper_plan"),
    rows=(("customers", 100), ("orders", 3000)),
    dialect="sqlite",
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select count(*) as n from (select row_number() over (partition by o.customer_id"
    " order by o.placed_at desc) as place from orders o where o.id < 900) s where s.place <= 3",
    data=DATA,
)
GOOD_STATUS_OF_FIRST = QueryExample(
    schema=TABLES,
    sql="select count(*) as n from (select status, row_number() over (partition by o.customer_id"
    " order by o.placed_at desc) as place from orders o where o.id < 900) s"
    " where s.place = 1 and s.status = 'new'",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each count of first rows of groups."""
    reading = Reading(query)
    for block in reading.blocks:
        found = numbered.read(reading, block)
        if found is None or found.count != 1 or not is_steady(query, found.inner.node):
            continue
        if numbered.counts_alone(found):
            table = arms.first_table(found.inner)
            yield remedies.finding(
                query,
                "rows are numbered only to count their groups",
                table,
                list(_ways(query, reading, found)),
            )


def _ways(query: Query, reading: Reading, found: Numbered) -> Iterator[Remedy]:
    yield from _by_parent(query, reading, found)
    inner = found.inner.node.copy()
    assert isinstance(inner, exp.Select)
    inner.set("expressions", [found.group.copy()])
    inner.set("distinct", exp.Distinct())
    yield _counted(
        query,
        found,
        inner,
        "count the groups",
        ("row_number() is 1 in one row of each group, that of NULL too",),
    )


def _by_parent(query: Query, reading: Reading, found: Numbered) -> Iterator[Remedy]:
    group = reading.reference(found.group)
    if group is None or group.column.nullable or query.target.dialect != "postgresql":
        return
    if list(found.inner.sources.values()) != [group.source]:
        return
    for key, parent in keys.parents(query.schema, group.table):
        if key.columns != (group.column.name,) or parent.kind not in ("table", "partitioned"):
            continue
        alias = free_alias(reading, "parent")
        inner = found.inner.node.copy()
        assert isinstance(inner, exp.Select)
        inner.set("expressions", [exp.Literal.number(1)])
        mine = tree.column(key.referred_columns[0], alias)
        inner.where(exp.EQ(this=qualified(reading, found.group), expression=mine), copy=False)
        table = exp.to_table(parent.key, alias=alias)
        every = exp.select(exp.Literal.number(1)).from_(table).where(exp.Exists(this=inner))
        condition = (
            f"{group.key} is NOT NULL and a validated foreign key to {parent.key}, not deferrable"
        )
        yield _counted(query, found, every, f"ask once for each row of {parent.key}", (condition,))


def _counted(
    query: Query, found: Numbered, rows: exp.Select, title: str, conditions: tuple[str, ...]
) -> Remedy:
    made = found.outer.node.copy()
    made.set("where", None)
    alias = found.source.node.args["alias"].this.sql(dialect=tree.GLOT[query.target.dialect])
    text = f"SELECT 1 FROM ({tree.text(query, rows)}) AS {alias}"
    shell = sqlglot.parse_one(text, dialect=tree.GLOT[query.target.dialect])
    made.set("from_", shell.args["from_"])
    return remedies.rewrite(
        query,
        tree.replaced(found.outer.node.root(), (found.outer.node, made)),
        title,
        sqlalchemy="select(func.count()).select_from(select(column).distinct().subquery())",
        conditions=conditions,
        table=arms.first_table(found.inner),
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the count of the groups."""
    return remedies.advice(finding, query, "which row is first does not change how many there are")
