"""A period in two columns is searched by one of them, which leaves half of the rows.

## What it does

Looks for `starts <= x AND ends >= x`, `x BETWEEN starts AND ends` and for the overlap of two
periods, and asks for a range with a GiST index.

## Why is this bad?

A b-tree of the start finds all periods that began before x, those that are long over as well; one
of the end finds all that are not over yet. Each is half of the table. A range holds both ends, and
a GiST index finds the few ranges that contain a value.

## When to leave it

When x lies near one end of all periods, as today does where few of them are planned ahead.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import bare_column, remedies, tree
from dbwright.recipes.queries.comparisons import unaliased
from dbwright.recipes.queries.periods import Period, periods
from dbwright.recipes.queries.reading import Reading

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLE = """
create table prices (
    id integer primary key, starts date not null, ends date not null, cents integer not null
);
create index ix_prices_starts on prices (starts);
"""
CHECKED = TABLE.replace("cents integer not null", "cents integer, check (starts <= ends)")
DATA = (
    "insert into prices select i, date '2000-01-01' + i / 5, date '2000-01-03' + i / 5, i % 900"
    " from generate_series(1, 20000) i",
)
BAD = QueryExample(
    schema=TABLE,
    sql="select p.cents from prices p where p.starts <= '2004-03-01' and p.ends >= '2004-03-01'",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_BETWEEN = QueryExample(
    schema=CHECKED.replace("date", "timestamptz"),
    sql="select count(*) from prices"
    " where timestamptz '2004-03-01 12:00+00' between starts and ends",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_OVERLAP = QueryExample(
    schema=CHECKED,
    sql="select prices_1.cents from prices as prices_1"
    " where prices_1.ends >= '2004-03-01' and prices_1.starts <= '2004-03-09'",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
GOOD = QueryExample(
    schema=CHECKED + "create index ix_prices_period on prices"
    " using gist (daterange(starts, ends, '[]'));",
    sql="select cents from prices where daterange(starts, ends, '[]') @> date '2004-03-01'",
    data=DATA,
)
GOOD_LAST = QueryExample(
    schema=TABLE + "create index ix_prices_ends on prices (ends);",
    sql="select cents from prices where starts <= '2010-12-13' and ends >= '2010-12-13'",
    data=DATA,
)
GOOD_ONE = QueryExample(
    schema=TABLE,
    sql="select cents from prices where starts <= '2004-03-09' and starts >= '2004-03-01'",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each condition on a period that is kept in two columns."""
    reading = Reading(query)
    for block in reading.blocks:
        for period in periods(query, reading, block):
            yield remedies.finding(
                query,
                "each end of the period alone leaves half of the rows",
                period.first.found.key,
                [_as_range(query, period)],
            )


def _as_range(query: Query, period: Period) -> Remedy:
    found = period.first.found
    nodes = list(dict.fromkeys((period.first.node, period.last.node)))
    pairs: list[tuple[exp.Expr, exp.Expr | None]] = [(nodes[0], period.condition)]
    pairs += [(each, exp.true()) for each in nodes[1:]]
    change = bare_column.Change(
        found, period.range, tuple(pairs), (period.condition,), period.conditions, period.changes
    )
    made = bare_column.rewritten(query, change, title="ask for the range, with a GiST index of it")
    key = remedies.key(query, tree.text(query, unaliased(period.range, query)))
    index = remedies.index(query, found.table, [key], method="gist")
    return remedies.without(
        made,
        code=f"{made.code}\n# and an index:\n{index.code}\n"
        "# A column of a range type in place of the two, with EXCLUDE USING gist where periods\n"
        "# must not overlap, says the same in the schema.",
        tradeoff=f"{made.tradeoff}; a GiST index is slower to write than a b-tree",
        risk=made.risk
        if period.changes
        else Risk(
            "a GiST index is slower to write than a b-tree",
            "compare the share of writes, and drop an index of the start that nothing else uses",
        ),
        steps=index.steps,
        candidate=index.candidate,
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the range and its index."""
    reason = "a b-tree sorts by one end of the period; a GiST index of the range knows both"
    return remedies.advice(finding, query, reason)
