"""The first rows of an order are looked for among all rows that a filter drops.

## What it does

Looks for a LIMIT whose plan walks an index in the wanted order and filters each row, where an index
of the filter's column and the order would give the rows at once.

## Why is this bad?

The planner expects to meet enough matching rows soon. Where they are rare, or lie at the far end of
the order, it reads the whole table in the index's order, a page for each row.

## When to leave it

When most rows pass the filter.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import causes, first_rows, plans, remedies
from dbwright.recipes.queries.reading import Reading

APPLIES = Applies()
SEVERITY = "warning"
TABLE = """
create table events (id integer primary key, kind text not null, at timestamp not null);
create index ix_events_at on events (at);
"""
DATA = (
    "insert into events select i, case when i < 9000 then 'old' else 'kind ' || i % 3 end,"
    " timestamp '2026-01-01' + i * interval '1 minute' from generate_series(1, 30000) i",
)
BAD = QueryExample(
    schema=TABLE,
    sql="select e.id, e.at from events e where e.kind = 'old' order by e.at desc limit 10",
    claims=("cheaper_plan",),
    data=DATA,
    ran=True,
)
BAD_RARE = QueryExample(
    schema=TABLE,
    sql="SELECT anon_1.id FROM (SELECT events.id AS id, events.at AS at FROM events"
    " WHERE events.kind = 'new') AS anon_1 ORDER BY anon_1.at DESC LIMIT 3",
    claims=("cheaper_plan",),
    data=(*DATA, "update events set kind = 'new' where id between 100 and 1100"),
)
BAD_SQLITE = QueryExample(
    schema=TABLE,
    sql="select id, at from events where kind = 'no such kind' order by at desc limit 10",
    claims=("cheaper_plan",),
    rows=(("events", 3000),),
    dialect="sqlite",
)
MARIADB = """
create table events (id int primary key, kind varchar(20) not null, at datetime not null);
create index ix_events_at on events (at);
"""
KINDS = (
    "insert into events select seq, if(seq < 3000, 'old', concat('kind ', seq % 3)),"
    " '2026-01-01' + interval seq minute from seq_1_to_9000",
)
BAD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select e.id, e.at from events e where e.kind = 'old' order by e.at desc limit 10",
    claims=("cheaper_plan",),
    data=KINDS,
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=MARIADB + "create index ix_events_kind_at on events (kind, at);",
    sql="select id, at from events where kind = 'old' order by at desc limit 10",
    data=KINDS,
    dialect="mariadb",
)
GOOD_MARIADB_NEAR = QueryExample(
    schema=MARIADB,
    sql="select id, at from events where kind = 'kind 1' order by at desc limit 10",
    data=KINDS,
    dialect="mariadb",
)
GOOD = QueryExample(
    schema=TABLE + "create index ix_events_kind_at on events (kind, at);",
    sql="select id, at from events where kind = 'old' order by at desc limit 10",
    data=DATA,
)
GOOD_NEAR = QueryExample(
    schema=TABLE,
    sql="select id, at from events where kind = 'kind 1' order by at desc limit 10",
    data=DATA,
    ran=True,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each LIMIT that walks an index past the rows that a filter drops."""
    reading = Reading(query)
    for block in reading.blocks:
        wanted = first_rows.of(query, reading, block)
        if wanted is None or not (wanted.equal or wanted.fixed) or wanted.is_served():
            continue
        if causes.skips_locked(block) or not plans.walks_far(query, wanted.table):
            continue
        listed = ", ".join((*wanted.equal, *wanted.columns))
        yield remedies.finding(
            query,
            "an index is walked in order, and a filter drops most of what it gives",
            f"{wanted.table.key}.{listed}",
            list(_indexes(query, wanted)),
            columns=listed,
        )


def _indexes(query: Query, wanted: first_rows.FirstRows) -> Iterator[Remedy]:
    """The filter's columns before the order; or, of rows that are always the same, the order."""
    nulls = [each for each in wanted.fixed if each not in wanted.asked]
    equal = [remedies.column(name) for name in wanted.equal if name not in wanted.columns]
    where = " AND ".join(nulls) or None
    yield remedies.index(query, wanted.table, [*equal, *wanted.order], where=where)


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the index of the filter's column and the order."""
    columns = finding.details["columns"]
    reason = f"an index of ({columns}) has the rows that pass, in order, side by side"
    return remedies.advice(finding, query, reason)
