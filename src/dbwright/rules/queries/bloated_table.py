"""A table has many times the pages that its rows need, and all of them are read.

## What it does

Looks for a table that is read whole, and whose file has five times the pages that its rows fill by
the widths that the planner knows.

## Why is this bad?

Rows that were deleted or updated leave room behind, which VACUUM gives to new rows but, save at the
end of the file, not back. A scan reads the empty pages too.

## When to leave it

When the rows come back: a queue that grows to this size each day. Or where a low fillfactor is
meant to leave the room.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import Table
from dbwright.core.statistics import RelationSize
from dbwright.recipes.queries import bloat, estimates, remedies

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLE = """
create table jobs (id integer primary key, queue text not null, payload text not null);
"""
DATA = (
    "insert into jobs select i, 'queue ' || i % 3, repeat('payload ', 25)"
    " from generate_series(1, 30000) i",
    "delete from jobs where id <= 29800",
)
SQL = "select j.queue, count(*), max(length(j.payload)) from jobs j group by j.queue"
BAD = QueryExample(schema=TABLE, sql=SQL, claims=("cheaper_plan",), data=DATA)
BAD_COUNTED = QueryExample(
    schema=TABLE,
    sql=SQL,
    claims=("cheaper_plan",),
    data=DATA,
    after=("update jobs set queue = queue",),
    ran=True,
)
GOOD = QueryExample(schema=TABLE, sql=SQL, data=DATA[:1])
GOOD_BY_KEY = QueryExample(
    schema=TABLE, sql="select j.queue from jobs j where j.id = 29990", data=DATA
)
GOOD_WIDE = QueryExample(
    schema=TABLE,
    sql=SQL,
    data=(
        "insert into jobs select i, 'queue ' || i % 3, (select string_agg(md5((i * k)::text), '')"
        " from generate_series(1, 50) k) from generate_series(1, 1000) i",
    ),
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each bloated table that is read whole."""
    seen: set[str] = set()
    for scan in estimates.scans(query):
        table, size = scan.table, query.size_of(scan.table.key)
        if scan.node.name not in bloat.WHOLE or size is None or table.key in seen:
            continue
        needed = bloat.needed(query, table)
        if needed is not None:
            seen.add(table.key)
            yield _finding(query, table, size, needed)


def _finding(query: Query, table: Table, size: RelationSize, needed: float) -> Finding:
    name = remedies.table_name(table)
    rows = bloat.counted(query, table) or max(size.rows, 0.0)
    full = remedies.statements(
        "vacuum",
        f"VACUUM FULL of {table.key}",
        [f"vacuum (full, analyze) {name}"],
        tradeoff="nobody can read or write the table meanwhile; it needs room for a second copy",
        risk=Risk(
            "VACUUM FULL takes an ACCESS EXCLUSIVE lock: every query on the table waits for it",
            "run it in a quiet window with lock_timeout set, or use pg_repack, which needs the "
            "lock only for a moment; a low fillfactor is no bloat, so look at reloptions first",
        ),
        undo="none: the file is written anew with the same rows",
        tests="pg_relation_size before and after",
        table=table.key,
        autocommit=True,
    )
    return remedies.finding(
        query,
        f"the table has {size.pages / needed:,.0f} times the pages that its rows need",
        table.key,
        [full],
        evidence=[f"{size.pages:,} pages for {rows:,.0f} rows, which fill {needed:,.0f}"],
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives VACUUM FULL with its lock, and the ways without one."""
    reason = "VACUUM makes room inside of the file, and never gives pages from its middle back"
    return remedies.also(
        remedies.advice(finding, query, reason),
        f"pg_repack --table={finding.location.object}",
        "an extension on the server, room for a second copy, triggers on the table meanwhile; the "
        "lock lasts only a moment",
    )
