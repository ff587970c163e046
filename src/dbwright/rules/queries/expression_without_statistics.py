"""A condition on an expression is estimated by a constant: no statistics are kept of it.

## What it does

Looks for conditions such as `lower(state) = 'done'` on a table whose statistics are fresh, of which
a run gave ten times more rows than were expected, where no index holds the expression. (Where far
fewer rows come, an index of the expression is the answer, and statistics come with it.)

## Why is this bad?

The planner keeps statistics of columns, not of what is computed from them. It then takes each
equality to keep one row in 200, whatever the values are, and chooses the plan for that.

## When to leave it

When the plan is the same with the right numbers; then the rule is silent, as far as it can be run.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import Table
from dbwright.recipes.queries import estimates, extended, remedies
from dbwright.recipes.queries.estimates import Scan

APPLIES = Applies(("postgresql",), since=(14,))
SEVERITY = "warning"
TIMES = 10.0
TABLE = """
create table jobs (id integer primary key, state text not null, kind text not null);
"""
DATA = (
    "insert into jobs select i, case when i % 3 = 0 then 'Done' else 'Open' end,"
    " case when i % 2 = 0 then 'Mail' else 'Print' end from generate_series(1, 40000) i",
)
SQL = (
    "select j.id from jobs j where lower(j.state) = 'done' and upper(j.kind) = 'MAIL'"
    " order by j.id limit 10"
)
BAD = QueryExample(schema=TABLE, sql=SQL, claims=("cheaper_plan",), data=DATA, ran=True)
GOOD = QueryExample(
    schema=TABLE + "create statistics st_jobs on (lower(state)), (upper(kind)) from jobs;",
    sql=SQL,
    data=DATA,
    ran=True,
)
GOOD_COLUMN = QueryExample(
    schema=TABLE,
    sql="select j.id from jobs j where j.state = 'Done' order by j.id limit 10",
    data=DATA,
    ran=True,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each table with a condition on an expression that was far off."""
    if not query.ran:
        return
    seen: set[str] = set()
    for scan in estimates.scans(query):
        found = [each for each in _computed(scan) if not _is_indexed(scan.table, each)]
        factor = scan.step.factor
        if not found or factor is None or factor < TIMES or scan.table.key in seen:
            continue
        if query.size_of(scan.table.key) and not estimates.is_fresh(query, scan.table):
            continue
        seen.add(scan.table.key)
        yield _finding(query, scan, found)


def _computed(scan: Scan) -> list[str]:
    """The expressions, no columns, that are compared with a value."""
    kinds = ("equal", "in", "range", "null", "true", "false")
    found = [each for each in scan.conditions() if each.kind in kinds and each.outer is None]
    return list(dict.fromkeys(each.expression for each in found if each.column is None))


def _is_indexed(table: Table, expression: str) -> bool:
    keys = [key.expression for index in table.indexes for key in index.keys if key.expression]
    plain = expression.replace(" ", "").replace("::text", "").lower()
    return any(plain == key.replace(" ", "").replace("::text", "").lower() for key in keys)


def _finding(query: Query, scan: Scan, found: list[str]) -> Finding:
    table = scan.table
    remedy = extended.statistics(
        table,
        [f"({each})" for each in found],
        name=["computed"],
        kinds="",
        title=f"statistics of {', '.join(found)}",
        tradeoff="each ANALYZE of the table computes the expression for its sample, no write does",
    )
    return remedies.finding(
        query,
        f"no statistics are kept of {', '.join(found)}, and the estimate is far off",
        table.key,
        [remedy],
        evidence=[estimates.told(query, scan)],
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives statistics of the expressions."""
    reason = "without statistics an equality is taken to keep one row in 200"
    return remedies.advice(finding, query, reason)
