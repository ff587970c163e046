"""A queue's few open rows are looked for among all that are done.

## What it does

Looks for `SELECT … WHERE state = 'ready' ORDER BY … LIMIT … FOR UPDATE SKIP LOCKED` without an
index of the open rows alone.

## Why is this bad?

Every worker asks again and again. Done rows pile up: the planner walks the index of the order past
all of them, or reads the table. An index WHERE state = 'ready' holds the open rows in order, stays
small for ever, and a row leaves it when it is done.

## When to leave it

When done rows are deleted or moved away, so that the table itself is the queue.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import Table
from dbwright.recipes.queries import causes, first_rows, remedies
from dbwright.recipes.queries.reading import Reading

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLE = """
create table jobs (
    id bigint primary key, state text not null, priority integer not null,
    run_at timestamptz not null
);
create index ix_jobs_run_at on jobs (run_at);
"""
DATA = (
    "insert into jobs select i, case when i > 29900 then 'ready' else 'done' end, i % 3,"
    " timestamptz '2026-01-01 00:00+00' + i * interval '1 minute' from generate_series(1, 30000) i",
)
POLL = (
    "select jobs.id from jobs where jobs.state = 'ready' and jobs.run_at <= now()"
    " order by jobs.priority desc, jobs.run_at limit 5 for update skip locked"
)
BAD = QueryExample(schema=TABLE, sql=POLL, claims=("cheaper_plan",), data=DATA)
BAD_ORDERED = QueryExample(
    schema=TABLE,
    sql="select j.id from jobs as j where j.state = 'ready' order by j.run_at limit 5"
    " for update of j skip locked",
    claims=("cheaper_plan",),
    data=DATA,
)
GOOD = QueryExample(
    schema=TABLE
    + "create index ix_jobs_ready on jobs (priority desc, run_at) where state = 'ready';",
    sql=POLL,
    data=DATA,
)
GOOD_SMALL = QueryExample(
    schema=TABLE, sql=POLL, data=(DATA[0].replace("30000", "200").replace("29900", "190"),)
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each poll of a queue without an index of its open rows."""
    reading = Reading(query)
    for block in reading.blocks:
        wanted = first_rows.of(query, reading, block) if causes.skips_locked(block) else None
        if wanted is None or not wanted.fixed or wanted.is_served():
            continue
        where = " AND ".join(wanted.fixed)
        partial = remedies.index(
            query,
            wanted.table,
            wanted.order,
            where=where,
            tradeoff="a row is put in and taken out once; done rows cost nothing",
        )
        yield remedies.finding(
            query,
            "each poll looks for the open rows among all that are done",
            wanted.table.key,
            [partial, *_candidates(query, reading, wanted.table)],
            where=where,
        )


def _candidates(query: Query, reading: Reading, table: Table) -> Iterator[Remedy]:
    for other, several in causes.candidates(query, reading, "queue"):
        if other is table:
            yield from (remedies.of_candidate(query, each) for each in several[:1])


def advise(finding: Finding, query: Query) -> Advice:
    """Gives an index of the open rows alone."""
    where = finding.details["where"]
    reason = f"an index of the rows where {where}, in the order of the poll, begins with the next"
    return remedies.advice(finding, query, reason)
