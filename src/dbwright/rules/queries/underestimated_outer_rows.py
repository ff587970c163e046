"""A nested loop repeats its inner side for far more rows than were expected.

## What it does

Looks for a nested loop whose outer side gave a hundred times more rows than expected, a thousand at
least, and names the step where the expectation first went wrong. A table's own faults, statistics
that are old or not kept, are told by rules of their own.

## Why is this bad?

A nested loop is right for few rows. For many, a hash of the inner side reads it once instead of
once for each.

## When to leave it

When the inner side is an index look-up of rows that are all in memory, and the time goes elsewhere:
then the rule is silent, as far as it can be run.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding, Risk
from dbwright.core.plan_steps import Step, steps
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import estimates, remedies
from dbwright.recipes.queries.estimates import Scan

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
LOOPS, RIGHT = 1000.0, 10.0
FUNCTION = """
create function wanted() returns setof integer language plpgsql stable rows 1 as
$$begin return query select i from generate_series(1, 1500) i; end$$;
"""
SQL = "select count(*) from wanted() w join wanted() other on other = w"
BAD = QueryExample(schema=FUNCTION, sql=SQL, claims=("cheaper_plan",), ran=True)
GOOD = QueryExample(schema=FUNCTION.replace("rows 1 ", "rows 1500 "), sql=SQL, ran=True)
GOOD_UNRUN = QueryExample(schema=FUNCTION, sql=SQL)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for the nested loop that was repeated most, of those underestimated."""
    if not query.ran or query.root is None:
        return
    known = steps(query.root)
    found = [pair for pair in _loops(known) if not _is_told(query, pair[1])]
    if found:
        inner, start = max(found, key=lambda pair: pair[0].node.loops or 0.0)
        yield _finding(query, inner, start)


def _loops(known: tuple[Step, ...]) -> Iterator[tuple[Step, Step]]:
    """The inner side of each such loop, with the step where the expectation went wrong."""
    for step in known:
        if step.node.name != "Nested Loop":
            continue
        below = [each for each in known if each.parent == step.number]
        joined = [each for each in below if each.node.subplan is None]
        if len(joined) != 2:
            continue
        outer, inner = joined
        wrong = outer.factor is not None and outer.factor >= estimates.WRONG
        if wrong and (inner.node.loops or 0.0) >= LOOPS:
            yield inner, _start(known, outer)


def _start(known: tuple[Step, ...], step: Step) -> Step:
    """The deepest step below that is as far off."""
    for each in known:
        if each.parent == step.number and each.factor is not None and each.factor >= RIGHT:
            return _start(known, each)
    return step


def _is_told(query: Query, step: Step) -> bool:
    """Whether a rule of its own tells why a table's rows were misjudged."""
    table = estimates.table_of(query, step.node)
    if table is None:
        return False
    conditions = Scan(step, table).conditions()
    several = len({each.expression for each in conditions}) > 1
    computed = any(each.column is None for each in conditions)
    return several or computed or not estimates.is_fresh(query, table)


def _finding(query: Query, inner: Step, start: Step) -> Finding:
    node = start.node
    where = node.relation or node.source or node.index
    what = f"{node.name} on {where}" if where else node.name
    expected = start.expected / max(node.loops or 1.0, 1.0)
    remedy = remedies.setting(
        "no nested loops in this statement",
        "enable_nestloop",
        "off",
        tradeoff="a way round for this statement: the expectation stays wrong",
        risk=Risk(
            "loops that were right are gone as well, and the day when few rows come it is slower",
            "set it by SET LOCAL for this statement alone, and correct the expectation",
        ),
    )
    return remedies.finding(
        query,
        f"a loop runs {inner.node.loops or 0:,.0f} times: {what} gave more rows than expected",
        node.relation or node.source,
        [remedy],
        evidence=[
            f"{what}: {max(expected, 1):,.0f} rows expected, {node.actual_rows or 0:,.0f} came"
        ],
        function=node.source or "",
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the way round, and what corrects the expectation."""
    given = remedies.advice(finding, query, "the plan was chosen for a hundredth of the rows")
    name = finding.details["function"]
    how = f"alter function {name} … rows N" if name else "a temporary table, and ANALYZE of it"
    return remedies.also(given, f"tell the planner: {how}", "all statements with it gain")
