"""NOT IN over a sub-select that can hold NULL returns no row as soon as one is there.

## What it does

Looks for `NOT IN (SELECT column …)` whose column is nullable and not filtered by IS NOT NULL.

## Why is this bad?

`x NOT IN (1, NULL)` is never true: one NULL empties the answer, silently. On PostgreSQL the form
also cannot become an anti-join, so it is slow on big tables even without a NULL.

## When to leave it

When the column can hold no NULL for a reason that the database does not know; then say so there,
with NOT NULL.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.finding import Advice, Finding, Risk
from dbwright.core.identifiers import spelled
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.dialects.mysql.quoting import quoted
from dbwright.recipes.queries import remedies, rewrites
from dbwright.recipes.queries.reading import Reading, Reference

APPLIES = Applies()
SEVERITY = "error"
TABLES = """
create table customers (id integer primary key, name text not null);
create table orders (id integer primary key, customer_id integer);
create index ix_orders_customer_id on orders (customer_id);
"""
BAD = QueryExample(
    schema=TABLES,
    sql="select name from customers where id not in (select customer_id from orders)",
    claims=("wrong_rows",),
)
MARIADB = TABLES.replace("text", "varchar(40)")
BAD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select `name` from customers where id not in (select customer_id from orders)",
    claims=("wrong_rows",),
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select name from customers where id not in "
    "(select customer_id from orders where customer_id is not null)",
    dialect="mariadb",
)
BAD_COUNT = QueryExample(
    schema=TABLES,
    sql="select count(*) as n from customers where id not in (select customer_id from orders)"
    " and id > 0",
    claims=("wrong_rows",),
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select name from customers c where not exists "
    "(select 1 from orders o where o.customer_id = c.id)",
)
GOOD_FILTERED = QueryExample(
    schema=TABLES,
    sql="select name from customers where id not in "
    "(select customer_id from orders where customer_id is not null)",
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each NOT IN over a nullable column."""
    reading = Reading(query)
    root = reading.root
    for found in list(root.find_all(exp.Not, exp.NEQ)) if root is not None else []:
        select = rewrites.not_in(found)
        block = reading.block_of(select) if select is not None else None
        if select is None or block is None or len(select.expressions) != 1:
            continue
        column = select.expressions[0].unalias()
        reference = reading.reference(column)
        if reference is None or reading.is_not_null(column, block):
            continue
        other = rewrites.to_not_exists(reading, found, select)
        if other is None:
            continue
        yield _finding(query, reference, other)
        return


def _finding(query: Query, reference: Reference, other: exp.Expr) -> Finding:
    name = reference.column.name
    remedy = remedies.rewrite(
        query,
        other,
        "ask with NOT EXISTS",
        sqlalchemy="~exists().where(inner.column == Outer.column)",
        tradeoff="rows come back that were missing",
        same=False,
        risk=Risk(
            "rows come back that were missing; what was built on the empty answer changes",
            "compare both answers on a copy of the data first",
        ),
    )
    filtered = remedies.in_code(
        f"filter {reference.key} IS NOT NULL inside",
        f".where({name}.is_not(None))",
        tradeoff="a smaller change; on PostgreSQL it stays a hashed sub-plan, no anti-join",
        risk=Risk("rows come back that were missing", "compare both answers on a copy"),
    )
    # it is offered since it is right, whether it is faster or not
    right = remedies.without(remedy, query=None)
    table = remedies.table_name(reference.table)
    column = spelled(name)
    if query.target.dialect in remedies.MYSQL:
        table, column = quoted(reference.table.name), quoted(name)
    probe = QueryProbe(
        query.sql,
        "loses_rows",
        other=remedy.query,
        setup=(f"update {table} set {column} = null where true",),
    )
    return remedies.finding(
        query,
        "one NULL here makes NOT IN return no row at all",
        reference.key,
        [right, filtered],
        [Claim("wrong_rows", reference.table.key, probe=probe)],
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives NOT EXISTS in place of NOT IN."""
    reason = "a comparison with NULL is unknown, and NOT of unknown is unknown too"
    return remedies.advice(finding, query, reason)
