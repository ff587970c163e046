"""A function or a cast around a column hides it from its index.

## What it does

Looks for conditions such as `date(created_at) = …`, `date_trunc('month', created_at) = …`,
`extract(year from created_at) = …`, `lower(email) = …` or `coalesce(phone, '') = …` for which no
index of the expression is.

## Why is this bad?

The index holds the values of the column, not of the function: every row is read and computed.

## When to leave it

On a small table, or behind another condition that leaves few rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import (
    bare_column,
    plain_cures,
    remedies,
    times,
    tree,
    wrapped,
)
from dbwright.recipes.queries.comparisons import has_index, only_column
from dbwright.recipes.queries.letters import without_case
from dbwright.recipes.queries.reading import Block, Reading, Reference

APPLIES = Applies()
SEVERITY = "warning"
TABLE = """
create table orders (
    id integer primary key, created_at timestamp not null, email text not null, phone text
);
create index ix_orders_created_at on orders (created_at);
"""
ZONED = """
create table orders (id integer primary key, "placedAt" timestamptz not null);
create index "ix_orders_placedAt" on orders ("placedAt");
"""
PLACED = (
    "insert into orders select i, timestamptz '2024-01-01 00:00+00' + i * interval '20 min'"
    " from generate_series(1, 20000) i",
)
BAD = QueryExample(
    schema=TABLE,
    sql="select id from orders where cast(created_at as date) = date '2026-03-01'",
    claims=("same_rows", "cheaper_plan"),
    rows=(("orders", 3000),),
)
BAD_FUNCTION = QueryExample(
    schema=TABLE + "create index ix_orders_email on orders (email);",
    sql="select o.id from orders o where lower(o.email) = lower('Ada@example.com')",
    claims=("cheaper_plan",),
    rows=(("orders", 3000),),
)
BAD_OF_A_ZONE = QueryExample(
    schema=ZONED,
    sql="with day as (select * from orders o where"
    " date_trunc('day', o.\"placedAt\" at time zone 'Europe/Berlin') = timestamp '2024-03-31')"
    " select count(*) from day",
    claims=("same_rows", "cheaper_plan"),
    data=PLACED,
)
BAD_OF_THE_SESSION = QueryExample(
    schema=ZONED,
    sql="select count(*) from orders where \"placedAt\"::date = '2024-06-15'",
    claims=("same_rows", "cheaper_plan"),
    data=PLACED,
)
BAD_MONTH = QueryExample(
    schema=ZONED.replace("timestamptz", "date"),
    sql='select id from orders where extract(year from "placedAt") = 2024'
    ' and extract(month from "placedAt") = 5',
    claims=("same_rows", "cheaper_plan"),
    data=PLACED,
)
BAD_COALESCE = QueryExample(
    schema=TABLE + "create index ix_orders_phone on orders (phone);",
    sql="select id from orders where coalesce(phone, '') = '+49 30 5184320'",
    claims=("same_rows", "cheaper_plan"),
    rows=(("orders", 3000),),
)
BAD_SQLITE = QueryExample(
    schema=TABLE,
    sql="select id from orders where date(created_at) = '2026-03-01'",
    claims=("cheaper_plan",),
    rows=(("orders", 3000),),
    dialect="sqlite",
)
MARIADB = """
create table orders (
    id int primary key, created_at datetime not null, email varchar(80) not null, phone varchar(20)
);
create index ix_orders_created_at on orders (created_at);
create index ix_orders_email on orders (email);
create index ix_orders_phone on orders (phone);
"""
CREATED = (
    "insert into orders (id, created_at, email, phone)"
    " select seq, '2024-01-01' + interval seq hour, concat('user', seq, '@example.com'),"
    " if(seq % 3 = 0, null, concat('030', seq)) from seq_1_to_9000",
)
BAD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select o.id from orders o where date(o.created_at) = '2024-03-01'",
    claims=("same_rows", "cheaper_plan"),
    data=CREATED,
    dialect="mariadb",
)
BAD_MARIADB_MONTH = QueryExample(
    schema=MARIADB,
    sql="select id from orders where year(created_at) = 2024 and month(created_at) = 2",
    claims=("same_rows", "cheaper_plan"),
    data=CREATED,
    dialect="mariadb",
)
BAD_MARIADB_CASE = QueryExample(
    schema=MARIADB,
    sql="select id from orders where upper(email) = 'USER77@EXAMPLE.COM'",
    claims=("same_rows", "cheaper_plan"),
    data=CREATED,
    dialect="mariadb",
)
BAD_MARIADB_REVERSE = QueryExample(
    schema=MARIADB,
    sql="select id from orders where reverse(email) = 'moc.elpmaxe@77resu'",
    claims=("cheaper_plan",),
    data=CREATED,
    dialect="mariadb",
)
BAD_MARIADB_IFNULL = QueryExample(
    schema=MARIADB,
    sql="select id from orders where ifnull(phone, '') = '0304711'",
    claims=("same_rows", "cheaper_plan"),
    data=CREATED,
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select id from orders where created_at >= '2024-03-01' and created_at < '2024-03-02'",
    data=CREATED,
    dialect="mariadb",
)
GOOD_MARIADB_FEW_BEFORE = QueryExample(
    schema=MARIADB,
    sql="select id from orders where id = 77 and lower(email) = 'ada@example.com'",
    data=CREATED,
    dialect="mariadb",
)
GOOD = QueryExample(
    schema=TABLE,
    sql="select id from orders where created_at >= timestamp '2026-03-01' "
    "and created_at < timestamp '2026-03-02'",
    rows=(("orders", 3000),),
)
GOOD_EXPRESSION_INDEX = QueryExample(
    schema=TABLE + "create index ix_orders_lower_email on orders (lower(email));",
    sql="select id from orders where lower(email) = 'ada@example.com'",
    rows=(("orders", 3000),),
)
GOOD_FEW_BEFORE = QueryExample(
    schema=TABLE,
    sql="select id from orders where id = 7 and lower(email) = 'ada@example.com'",
    rows=(("orders", 3000),),
)
GOOD_KEEPS_MOST = QueryExample(
    schema=TABLE,
    sql="select id from orders where coalesce(email, '') > ''",
    rows=(("orders", 3000),),
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each condition on a wrapped column."""
    reading = Reading(query)
    for block in reading.blocks:
        changes = list(_changes(query, reading, block))
        done = {id(node) for each in changes for node, _ in each.pairs}
        for change in bare_column.by_column(changes):
            ways = [_rewritten(query, change)]
            yield from _findings(query, reading, change.side, change.found, ways)
        for comparison in wrapped.comparisons(block):
            if id(comparison.node) in done:
                continue
            found = wrapped.column(query, reading, comparison.side)
            found = found or _of_several(query, reading, comparison)
            if found is not None:
                yield from _findings(query, reading, comparison.side, found, [])


def _of_several(query: Query, reading: Reading, comparison: wrapped.Comparison) -> Reference | None:
    """Gives a column of a text that is put together of several columns of one table."""
    side = comparison.side
    if not comparison.is_equality or not isinstance(side, (exp.DPipe, exp.Concat)):
        return None
    found = reading.references(side)
    if not found or len({each.column.name for each in found}) < 2:
        return None
    first = found[0]
    if any(each.source is not first.source for each in found) or first.source.optional:
        return None
    indexed = wrapped.has_expression_index(query, first.table, side)
    return None if indexed else first


def _findings(
    query: Query, reading: Reading, side: exp.Expr, found: Reference, ways: Sequence[Remedy]
) -> Iterator[Finding]:
    """One finding, none where there is no way out."""
    made = () if isinstance(side, exp.Predicate) else wrapped.indexed(query, reading, found, side)
    every = [*ways, *made]
    if not every:
        return
    word = tree.text(query, side)
    if has_index(found.table, found.column.name):
        message = f"{word} hides the column from its index"
    else:
        message = f"no index serves {word}"
    yield remedies.finding(query, message, found.key, every)


def _cured(query: Query, reading: Reading, block: Block) -> Iterator[bare_column.Change]:
    """Conditions that say of a bare column what they say of CASE, COALESCE or NULL."""
    for condition in block.conditions():
        if not isinstance(wrapped.held(condition), wrapped.CURABLE):
            continue
        made = plain_cures.cured(condition, wrapped.apart(query, reading, condition))
        found = only_column(reading, condition) if made is not None else None
        if made is None or found is None or found.source.optional:
            continue
        why = "a condition counts as false where it is NULL, and both are true for the same values"
        pairs = ((condition, exp.paren(made) if isinstance(made, exp.Or) else made),)
        side = wrapped.held(condition)
        shown = side if isinstance(side, exp.Coalesce) else condition
        yield bare_column.Change(found, shown, pairs, (made,), (why,))


def _changes(query: Query, reading: Reading, block: Block) -> Iterator[bare_column.Change]:
    yield from _cured(query, reading, block)
    if query.target.dialect != "sqlite":
        yield from times.years(query, reading, block)
    for comparison in wrapped.comparisons(block):
        found = wrapped.column(query, reading, comparison.side)
        if found is None:
            continue
        default = wrapped.without_default(query, reading, comparison)
        same = without_case(query, reading, comparison)
        if same is not None:
            yield same
        elif default is not None:
            why = "what stands in for NULL is another value than the one that is asked"
            yield bare_column.change(comparison, found, [default], why)
        elif isinstance(comparison.node, exp.In) and query.target.dialect == "postgresql":
            listed = times.listed_days(query, reading, comparison)
            if listed is not None:
                yield listed
        elif comparison.bounds and query.target.dialect != "sqlite":
            plain = query.target.dialect in remedies.MYSQL
            of = times.of_plain_days if plain else times.ranged
            ranged = of(query, reading, comparison)
            if ranged is not None:
                yield ranged


def _rewritten(query: Query, change: bare_column.Change) -> Remedy:
    whole = change.pairs[0][0] is change.side
    if whole or isinstance(change.side, (exp.Coalesce, exp.Lower, exp.Upper)):
        return bare_column.compared(query, change)
    name = change.found.column.name
    return bare_column.compared(
        query,
        change,
        title="compare the column itself, with a half-open range",
        sqlalchemy=f".where({name} >= start, {name} < end)",
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the range over the bare column, or an index of the expression."""
    reason = "an index holds the column's values, not those of the expression"
    return remedies.advice(finding, query, reason)
