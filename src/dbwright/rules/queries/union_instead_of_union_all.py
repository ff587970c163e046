"""UNION looks for duplicates among arms that have none.

## What it does

Looks for a UNION whose arms cannot share a row (a constant or a condition tells them apart) and
each of which cannot repeat one, by the keys of what it reads.

## Why is this bad?

UNION hashes or sorts the rows of all arms to throw none of them away; UNION ALL hands them on as
they come, and a LIMIT above it can stop early.

## When to leave it

Inside of IN, where the server removes duplicates anyway, and when the arms may overlap one day.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import arms, output, remedies, tree
from dbwright.recipes.queries.reading import Reading

APPLIES = Applies()
SEVERITY = "warning"
TABLES = """
create table orders (
    id integer primary key, status text not null, note text not null
);
create table refunds (id integer primary key, reason text not null);
"""
DATA = (
    "insert into orders select i, (array['new', 'paid', 'done'])[1 + i % 3],"
    " repeat(md5(i::text), 2) from generate_series(1, 30000) i",
    "insert into refunds select i, repeat(md5(i::text), 2) from generate_series(1, 15000) i",
)
BAD = QueryExample(
    schema=TABLES,
    sql="select id, 'order' as kind, note from orders union select id, 'refund', reason"
    " from refunds",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_CONDITIONS = QueryExample(
    schema=TABLES,
    sql="select o.id, o.note from orders o where o.status = 'new' union "
    "select o.id, o.note from orders o where o.status in ('paid', 'done')",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_SQLITE = QueryExample(
    schema=TABLES,
    sql="select id, 'order' as kind, note from orders union select id, 'refund', reason"
    " from refunds",
    claims=("same_rows", "cheaper_plan"),
    rows=(("orders", 3000), ("refunds", 2000)),
    dialect="sqlite",
)
MARIADB = """
create table orders (id int primary key, note varchar(60) not null);
create table refunds (id int primary key, reason varchar(60) not null);
"""
NOTES = (
    "insert into orders select seq, concat('note ', seq) from seq_1_to_4000",
    "insert into refunds select seq, concat('reason ', seq) from seq_1_to_2000",
)
BAD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select id, 'order' as kind, note from orders union select id, 'refund', reason"
    " from refunds",
    claims=("same_rows", "cheaper_plan"),
    data=NOTES,
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select id, note from orders where id < 900 union"
    " select id, note from orders where id < 2000",
    data=NOTES,
    dialect="mariadb",
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select id, note from orders where status = 'new' union "
    "select id, note from orders where id < 20000",
    data=DATA,
)
GOOD_REPEATS = QueryExample(
    schema=TABLES,
    sql="select 'order' as kind, status from orders union select 'refund', reason from refunds",
    data=DATA,
)
GOOD_INSIDE_IN = QueryExample(
    schema=TABLES,
    sql="select count(*) from orders where id in (select id from orders where status = 'new' union"
    " select id from orders where status = 'paid')",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each UNION whose arms differ and do not repeat."""
    reading = Reading(query)
    for union in list(reading.root.find_all(exp.Union)) if reading.root is not None else []:
        if isinstance(union.parent, exp.Union) or not _may_change(union):
            continue
        found = arms.flat(union)
        selects = [each for each in found if isinstance(each, exp.Select)]
        if len(selects) != len(found):
            continue
        alone = [output.never_repeats(reading, each) for each in selects]
        apart = arms.told_apart(reading, selects)
        if apart is None or None in alone:
            continue
        other, twin = tree.twinned(union.root())
        for each in arms.operations(union):
            twin(each).set("distinct", False)
        block = reading.block_of(selects[0])
        table = arms.first_table(block)
        remedy = remedies.rewrite(
            query,
            other,
            "UNION ALL",
            sqlalchemy="union_all(…) in place of union(…)",
            conditions=(apart, *dict.fromkeys(each for each in alone if each)),
            table=table,
        )
        yield remedies.finding(
            query, "UNION sorts or hashes rows that cannot repeat", table, [remedy]
        )


def _may_change(union: exp.Union) -> bool:
    """Whether it removes duplicates, and neither IN, EXISTS nor a recursion rests on that."""
    if not any(each.args.get("distinct") for each in arms.operations(union)):
        return False
    parent = union.parent
    while isinstance(parent, (exp.Subquery, exp.Paren)):
        parent = parent.parent
    if isinstance(parent, (exp.In, exp.Exists, exp.Any, exp.All)):
        return False
    with_ = union.find_ancestor(exp.With)
    return not (with_ is not None and with_.args.get("recursive"))


def advise(finding: Finding, query: Query) -> Advice:
    """Gives UNION ALL."""
    reason = "the arms differ in a value, and each holds a key: there is no duplicate to find"
    return remedies.advice(finding, query, reason)
