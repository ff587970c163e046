"""A sub-query runs once for each row.

## What it does

Looks for a scalar sub-query in the SELECT list or in WHERE that names a column of the outer row:
gives the index that each of its runs needs, and the one join that answers all rows at once.

## Why is this bad?

PostgreSQL and SQLite run it row by row: without an index each run reads the inner table, and with
one there are still as many look-ups as rows.

## When to leave it

When the outer query gives few rows, as a page does, and the index is there: then look-ups are the
best that can be, and the rule says nothing. SQLite gains by the index alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import arms, correlated, remedies
from dbwright.recipes.queries.correlated import Correlated
from dbwright.recipes.queries.reading import Block, Reading

APPLIES = Applies()
SEVERITY = "warning"
TABLES = """
create table customers (id integer primary key, name text not null);
create table orders (
    id integer primary key, customer_id integer not null references customers (id),
    cents integer not null
);
"""
INDEXED = TABLES + "create index ix_orders_customer_id on orders (customer_id);"
DATA = (
    "insert into customers select i, 'customer ' || i from generate_series(1, 4000) i",
    "insert into orders select i, 1 + i * 7 % 3900, i % 1000 from generate_series(1, 40000) i",
)
BAD = QueryExample(
    schema=INDEXED,
    sql="select c.id, (select count(*) from orders o where o.customer_id = c.id) as orders,"
    " (select coalesce(sum(o.cents), 0) from orders o where c.id = o.customer_id"
    " and o.cents > 100) as spent from customers c",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_IN_WHERE = QueryExample(
    schema=INDEXED,
    sql="select o.id from orders o where o.cents > 5 + (select avg(x.cents) from orders x"
    " where x.customer_id = o.customer_id)",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_WITHOUT_INDEX = QueryExample(
    schema=TABLES,
    sql="select name, (select max(cents) from orders where customer_id = customers.id)"
    " from customers where id < 6",
    claims=("cheaper_plan",),
    data=DATA,
)
BAD_SQLITE = QueryExample(
    schema=TABLES,
    sql="select c.id, (select count(*) from orders o where o.customer_id = c.id) as orders"
    " from customers c where c.id < 20",
    claims=("cheaper_plan",),
    rows=(("customers", 100), ("orders", 2000)),
    dialect="sqlite",
)
MARIADB = """
create table customers (id int primary key, name varchar(40) not null);
create table visits (id int primary key, customer_id int not null, seconds int not null);
"""
VISITS = (
    "insert into customers select seq, concat('customer ', seq) from seq_1_to_400",
    "insert into visits select seq, 1 + seq % 390, seq % 900 from seq_1_to_6000",
)
BAD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select c.id, (select count(*) from visits v where v.customer_id = c.id) as visits"
    " from customers c where c.id < 20",
    claims=("cheaper_plan",),
    data=VISITS,
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=MARIADB + "create index ix_visits_customer_id on visits (customer_id);",
    sql="select c.id, (select count(*) from visits v where v.customer_id = c.id) as visits"
    " from customers c where c.id < 20",
    data=VISITS,
    dialect="mariadb",
)
GOOD = QueryExample(
    schema=INDEXED,
    sql="select c.id, (select count(*) from orders o where o.customer_id = c.id) as orders"
    " from customers c where c.id < 6",
    data=DATA,
)
GOOD_PAGE = QueryExample(
    schema=INDEXED,
    sql="select c.id, (select sum(o.cents) from orders o where o.customer_id = c.id) as spent"
    " from customers c order by c.id limit 20",
    data=DATA,
)
GOOD_IN = QueryExample(
    schema=INDEXED,
    sql="select count(*) from customers where id in (select customer_id from orders)",
    data=DATA,
)
GOOD_SQLITE_ALL_ROWS = QueryExample(
    schema=INDEXED,
    sql="select c.id, (select count(*) from orders o where o.customer_id = c.id) as orders"
    " from customers c",
    rows=(("customers", 100), ("orders", 2000)),
    dialect="sqlite",
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each block with sub-queries that run for each of its rows."""
    reading = Reading(query)
    for block in reading.blocks:
        inner = correlated.repeated(reading, block)
        if not inner:
            continue
        ways = [*_joined(query, reading, block, inner), *_indexed(query, inner)]
        if ways:
            many = "sub-queries run" if len(inner) > 1 else "a sub-query runs"
            table = arms.first_table(inner[0])
            yield remedies.finding(query, f"{many} once for each row", table, ways)


def _joined(query: Query, reading: Reading, block: Block, inner: list[Block]) -> Iterator[Remedy]:
    if query.target.dialect != "postgresql":
        return
    read = [correlated.read(reading, block, each) for each in inner]
    found = [each for each in read if each is not None]
    named = all(_has_name(each) for each in found)
    other = correlated.as_joins(reading, block, found) if found and named else None
    if other is None:
        return
    yield remedies.rewrite(
        query,
        other,
        "answer all rows by one join",
        sqlalchemy="totals = select(…).group_by(…).subquery(); .outerjoin(totals, …)",
        conditions=tuple(_words(reading, found)),
        table=arms.first_table(found[0].inner),
    )


def _has_name(each: Correlated) -> bool:
    listed = isinstance(each.node.parent, exp.Select)
    return not listed or correlated.output_name(each.inner.node) is not None


def _words(reading: Reading, found: list[Correlated]) -> Iterator[str]:
    folding = [each for each in found if each.folds]
    if folding:
        yield "the grouped rows have one for each key, and LEFT JOIN keeps rows that have none"
    if any(isinstance(fold, exp.Count) for each in folding for fold in each.folds):
        yield "a count of nothing is 0, by coalesce"
    for each in found:
        tie = reading.reference(each.ties[0][0])
        if not each.folds and tie is not None:
            yield f"{tie.key} is unique: the join finds at most one row"


def _indexed(query: Query, inner: list[Block]) -> Iterator[Remedy]:
    for each in correlated.looked_up(query, inner).values():
        yield remedies.of_candidate(query, each)


def advise(finding: Finding, query: Query) -> Advice:
    """Gives one join, or the index that each run needs."""
    reason = "a sub-query that names the outer row cannot be computed once for all"
    return remedies.advice(finding, query, reason)
