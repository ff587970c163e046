"""The planner's statistics are older than the rows.

## What it does

Looks for a table whose rows changed much since the last ANALYZE, or that was never analyzed, and of
which a run gave a hundred times more or fewer rows than were expected. Where nothing was run, for
a table that has grown, and of which a fifth changed since.

## Why is this bad?

The planner chooses the order and kind of joins by what it expects. One row where a thousand come
makes it repeat for each what it should do once.

## When to leave it

When autovacuum is about to do it: it follows a minute after a load.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import estimates, remedies
from dbwright.recipes.queries.estimates import Scan

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
MUCH = 0.2
"""The part of the rows that changed from which on it is told without a run, of a file that has
grown. The count alone may be of rows written just before the ANALYZE, by a session that
reported them after it."""
TABLES = """
create table events (id integer primary key, kind text not null, session integer not null);
"""
OLD = ("insert into events select i, 'kind ' || i % 3, i % 700 from generate_series(1, 2500) i",)
NEW = ("insert into events select 2500 + i, 'refund', i from generate_series(1, 600) i",)
SQL = (
    "select count(*) from events e join events other on other.session = e.session"
    " where e.kind = 'refund' and other.kind = 'refund'"
)
BAD = QueryExample(schema=TABLES, sql=SQL, claims=("cheaper_plan",), data=OLD, after=NEW, ran=True)
BAD_UNRUN = QueryExample(schema=TABLES, sql=SQL, claims=("cheaper_plan",), data=OLD, after=NEW)
GOOD = QueryExample(
    schema=TABLES,
    sql="select count(*) from events e join events other on other.session = e.session"
    " where e.kind <> 'kind 1'",
    data=(*OLD, *NEW),
    ran=True,
)
GOOD_OTHER_TABLE = QueryExample(
    schema=TABLES + "create table notes (id integer primary key, body text not null);",
    sql="select body from notes where id = 7",
    data=(*OLD, "insert into notes select i, 'note' from generate_series(1, 3000) i"),
    after=NEW,
    ran=True,
)
GOOD_SAME_PLAN = QueryExample(
    schema=TABLES, sql="select count(*) from events where session >= 0", data=OLD, after=NEW
)


def check(query: Query) -> Iterator[Finding]:
    """Yields one finding for the tables whose statistics are too old for this statement."""
    found: dict[str, Scan] = {}
    for scan in estimates.scans(query):
        if _is_stale(query, scan):
            found.setdefault(scan.table.key, scan)
    if not found:
        return
    steps = [f"analyze {remedies.table_name(scan.table)}" for scan in found.values()]
    remedy = remedies.statements(
        "statistics",
        f"analyze {', '.join(found)}",
        steps,
        tradeoff="some 30,000 rows of each table are read, no one is blocked",
        risk=Risk(
            "other statements get new plans too, most often better ones",
            "look at the statements that matter after it; autovacuum would have done the same",
        ),
        undo="none: the former statistics were of rows that are no longer so",
        table=next(iter(found)),
    )
    yield remedies.finding(
        query,
        "the planner's statistics are older than the rows",
        ", ".join(found),
        [remedy],
        evidence=[text for scan in found.values() for text in _evidence(query, scan)],
    )


def _is_stale(query: Query, scan: Scan) -> bool:
    size, known = query.size_of(scan.table.key), estimates.is_analyzed(query, scan.table)
    if size is None or size.kind == "p" or estimates.is_small(size):
        return False
    if known is False and scan.table.columns:
        return not query.ran or estimates.is_wrong(scan.step)
    if estimates.is_fresh(query, scan.table):
        return False
    if query.ran:
        return estimates.is_wrong(scan.step)
    return estimates.has_grown(size) and (estimates.changed(query, scan.table) or 0.0) >= MUCH


def _evidence(query: Query, scan: Scan) -> Iterator[str]:
    activity = estimates.activity_of(query, scan.table)
    if activity is not None:
        when = f"of {activity.analyzed[:16]}" if activity.analyzed else "(there was none)"
        yield f"{activity.changed:,} rows of {scan.table.key} changed since the ANALYZE {when}"
    if query.ran:
        yield estimates.told(query, scan)


def advise(finding: Finding, query: Query) -> Advice:
    """Gives ANALYZE."""
    return remedies.advice(finding, query, "plans are chosen by numbers that no longer hold")
