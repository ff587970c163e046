"""More time goes into compiling a statement than it saves.

## What it does

Looks for a run of which just-in-time compilation took a third.

## Why is this bad?

PostgreSQL compiles the expressions of a statement whose estimated cost is above jit_above_cost.
Where the estimate is far too high, a set-returning function or jsonb in the FROM is enough, a
statement of some milliseconds waits a hundred for the compiler, each time anew.

## When to leave it

When it is a report that runs for minutes: then the compiler is a small part, and worth it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import remedies

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
SHARE, LEAST = 1 / 3, 10.0
TABLE = """
create table carts (id integer primary key, items jsonb not null);
"""
DATA = (
    "insert into carts select i, '[1, 2, 3]' from generate_series(1, 900) i",
    "set jit = on",
    "set jit_optimize_above_cost = 0",
    "set jit_inline_above_cost = 0",
)
SQL = (
    "select sum((a.value #>> '{}')::integer) from carts c, jsonb_array_elements(c.items) a,"
    " jsonb_array_elements(c.items) b where a.value <= b.value"
)
BAD = QueryExample(
    schema=TABLE,
    sql=SQL,
    claims=("cheaper_plan",),
    data=DATA,
    ran=True,
    applies=Applies(("postgresql",), before=(16,)),
)
GOOD = QueryExample(schema=TABLE, sql=SQL, data=(DATA[0], "set jit = off"), ran=True)
GOOD_CHEAP = QueryExample(
    schema=TABLE, sql="select id from carts where id < 700", data=DATA, ran=True
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for a statement of which compilation took a third."""
    found = query.explained
    if found is None or found.jit is None or not found.execution_time:
        return
    share = found.jit.time / found.execution_time
    workers = any(node.workers_launched for node in found.root.walk())
    if share < SHARE or found.jit.time < LEAST or workers:
        return
    remedy = remedies.setting(
        "no just-in-time compilation of this statement",
        "jit",
        "off",
        tradeoff="long statements of the same transaction are not compiled either",
        risk=Risk(
            "a statement that really computes much gets slower",
            "set it for this statement or role; correct the estimate where a function misleads it",
        ),
    )
    yield remedies.finding(
        query,
        f"{share:.0%} of the time is just-in-time compilation",
        None,
        [remedy],
        evidence=[
            f"{found.jit.functions} functions in {found.jit.time:,.0f} of "
            f"{found.execution_time:,.0f} ms, for an estimated cost of {found.root.cost:,.0f}"
        ],
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives jit = off for the statement, and the estimate that misleads."""
    given = remedies.advice(finding, query, "the compiler's time is spent anew at each execution")
    return remedies.also(
        given,
        "correct the estimate first: ROWS of a function, or a table in place of jsonb",
        "a set-returning function is taken to give 1,000 rows, an array of jsonb 100",
    )
