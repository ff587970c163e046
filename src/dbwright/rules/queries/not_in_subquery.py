"""NOT IN over a large sub-select is looked through anew for each row.

## What it does

Looks for `x NOT IN (SELECT y …)` and `x <> ALL (SELECT y …)` where neither side can be NULL, so
that NOT EXISTS means the same.

## Why is this bad?

PostgreSQL has no anti-join for NOT IN. While the list fits into work_mem it is hashed; one row
more, and it is walked from its beginning for each row of the outer table: seconds become hours.

## When to leave it

When the list stays small. Where a side can be NULL the forms differ: `null-in-not-in`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import arms, remedies, rewrites
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.reading import Reading, Reference

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = """
create table orders (id integer primary key, reference text not null);
create table refunds (id integer primary key, reference text not null, old_reference text);
"""
DATA = (
    "insert into orders select i, rpad(md5(i::text), 400, 'x') from generate_series(1, 60) i",
    "insert into refunds select i, rpad(md5((i * 2)::text), 400, 'x')"
    " from generate_series(1, 25000) i",
)
BAD = QueryExample(
    schema=TABLES,
    sql="select count(*) from orders where reference not in (select reference from refunds)",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_ALL = QueryExample(
    schema=TABLES,
    sql="select o.id from orders o where o.reference <> all (select old_reference from refunds"
    " where old_reference is not null)",
    claims=("same_rows", "cheaper_plan"),
    data=(DATA[0], DATA[1].replace("select i, rpad", "select i, '', rpad")),
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select count(*) from orders where reference not in"
    " (select reference from refunds where id < 20)",
    data=DATA,
)
GOOD_NOT_EXISTS = QueryExample(
    schema=TABLES,
    sql="select count(*) from orders o where not exists"
    " (select 1 from refunds r where r.id = o.id)",
    data=DATA,
)
GOOD_LEFT_JOIN = QueryExample(
    schema=TABLES,
    sql="select count(*) from orders o left join refunds r on r.id = o.id where r.id is null",
    data=DATA,
)
GOOD_SQLITE_HASHES = QueryExample(
    schema=TABLES,
    sql="select count(*) from orders where id not in (select id from refunds)",
    rows=(("orders", 300), ("refunds", 3000)),
    dialect="sqlite",
)
GOOD_IN = QueryExample(
    schema=TABLES,
    sql="select count(*) from orders where id in (select id from refunds)",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each NOT IN whose sides are never NULL."""
    reading = Reading(query)
    root = reading.root
    for found in list(root.find_all(exp.Not, exp.NEQ)) if root is not None else []:
        select = rewrites.not_in(found)
        block = reading.block_of(select) if select is not None else None
        if select is None or block is None:
            continue
        outers, around = rewrites.each_compared(found), reading.block_of(found)
        inners = [each.unalias() for each in select.expressions]
        if len(outers) != len(inners):
            continue
        sides = reading.reference(outers[0]), reading.reference(inners[0])
        whole = all(reading.is_not_null(each, block) for each in inners)
        whole = whole and all(reading.is_not_null(each, around) for each in outers)
        other = rewrites.to_not_exists(reading, found, select) if whole else None
        if other is None or not is_steady(query, select):
            continue
        remedy = remedies.rewrite(
            query,
            other,
            "ask with NOT EXISTS",
            sqlalchemy="~exists().where(inner.column == Outer.column)",
            conditions=_conditions(*sides),
            table=arms.first_table(block),
        )
        yield remedies.finding(
            query,
            "NOT IN walks the list of the sub-select for each row",
            sides[1].key if sides[1] is not None else arms.first_table(block),
            [remedy, _memory()],
        )


def _conditions(outer: Reference | None, inner: Reference | None) -> tuple[str, ...]:
    return tuple(f"{each.key} is never NULL" for each in (outer, inner) if each is not None) or (
        "neither side is ever NULL",
    )


def _memory() -> Remedy:
    return remedies.setting(
        "let the list be hashed",
        "work_mem",
        "64MB",
        tradeoff="no change of the query; it is slow again when the list outgrows the memory",
        risk=Risk(
            "each sort and hash of the transaction may take that much memory",
            "set it for this transaction alone, and no higher than the list needs",
        ),
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives NOT EXISTS in place of NOT IN."""
    reason = "NOT IN is no anti-join for the planner, since a NULL would change its meaning"
    return remedies.advice(finding, query, reason)
