"""Conditions on columns that depend on each other are taken for independent.

## What it does

Looks for several equalities on one table, whose statistics are fresh, of which a run gave ten times
more rows than were expected.

## Why is this bad?

The planner multiplies what each condition keeps. Where the country follows from the city, that is
far too few: it then repeats for each row what it should do once, or sorts what an index has in
order.

## When to leave it

When the plan is the same with the right numbers; then the rule is silent, as far as it can be run.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding
from dbwright.core.identifiers import spelled
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import estimates, extended, remedies
from dbwright.recipes.queries.estimates import Scan

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TIMES, KEYS = 10.0, 8
"""Ten times more rows than expected; statistics hold at most eight columns."""
TABLE = """
create table customers (
    id integer primary key, country text not null, city text not null, postcode text not null
);
"""
SQL = (
    "select c.id from customers c where c.country = 'C0' and c.city = 'city 0'"
    " and c.postcode = 'P0' order by c.id limit 10"
)
BAD = QueryExample(
    schema=TABLE,
    sql=SQL,
    claims=("cheaper_plan",),
    data=(
        "insert into customers select i, 'C' || i % 20, 'city ' || i % 20, 'P' || i % 20"
        " from generate_series(1, 40000) i",
    ),
    ran=True,
)
GOOD = QueryExample(
    schema=TABLE,
    sql=SQL,
    data=(
        "insert into customers select i, 'C' || i % 2, 'city ' || i / 2 % 3, 'P' || i / 6 % 3"
        " from generate_series(1, 3000) i",
    ),
    ran=True,
)
GOOD_ONE_COLUMN = QueryExample(
    schema=TABLE,
    sql="select c.id from customers c where c.country = 'C0' order by c.id limit 10",
    data=BAD.data,
    ran=True,
)
GOOD_RANGES = QueryExample(
    schema=TABLE,
    sql="select count(*) from customers c where c.country <> 'C0' and c.city >= 'a'",
    data=BAD.data,
    ran=True,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each table whose equalities keep far more rows than expected."""
    if not query.ran:
        return
    seen: set[str] = set()
    for scan in estimates.scans(query):
        columns = _compared(scan)
        factor = scan.step.factor
        if factor is None or factor < TIMES or len(columns) < 2 or scan.table.key in seen:
            continue
        if query.size_of(scan.table.key) and not estimates.is_fresh(query, scan.table):
            continue
        seen.add(scan.table.key)
        yield _finding(query, scan, columns[:KEYS], factor)


def _compared(scan: Scan) -> list[str]:
    """The columns that are compared with a constant for equality."""
    return list(
        dict.fromkeys(
            each.column
            for each in scan.conditions()
            if each.column and each.kind in ("equal", "in", "null", "true", "false")
            if each.outer is None
        )
    )


def _finding(query: Query, scan: Scan, columns: list[str], factor: float) -> Finding:
    table, listed = scan.table, ", ".join(map(spelled, columns))
    remedy = extended.statistics(
        table,
        [spelled(each) for each in columns],
        name=columns,
        kinds="ndistinct, dependencies, mcv",
        title=f"extended statistics on {table.key} ({listed})",
        tradeoff="each ANALYZE of the table takes a little longer, and no write does",
    )
    return remedies.finding(
        query,
        f"{listed} depend on each other, and {factor:,.0f} times more rows come than expected",
        f"{table.key}.{', '.join(columns)}",
        [remedy],
        evidence=[estimates.told(query, scan)],
        columns=listed,
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives statistics of the columns together."""
    reason = "the planner multiplies what each column keeps, as if one said nothing of the others"
    return remedies.advice(finding, query, reason)
