"""A prepared statement is planned for any value, and some values are far from any.

## What it does

Looks for a parameter that is compared with a column some of whose values are a hundred times rarer
or more common than the average, in a statement with a join, or with a LIMIT and an order. In a plan
alone: for parameters (`$1`) in conditions that kept a hundred times more or fewer rows than
expected.

## Why is this bad?

psycopg prepares a statement that it has seen five times, asyncpg at once; after five more runs the
server may keep one plan for all values. It takes the average, so that for a rare or a common value
it is the wrong one, and the page is slow "sometimes".

## When to leave it

When the statement is asked for values that are alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy, Risk
from dbwright.core.identifiers import string_literal
from dbwright.core.plan_steps import steps
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.dialects.postgresql import array_text, conditions_read
from dbwright.recipes.queries import estimates, remedies
from dbwright.recipes.queries.reading import Block, Reading, Reference

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
FAR = 100.0
TABLE = """
create table orders (id integer primary key, status text not null, at timestamp not null);
create index ix_orders_status on orders (status);
create index ix_orders_at on orders (at);
"""
DATA = (
    "insert into orders select i, case when i % 1000 = 7 and i < 20000 then 'new'"
    " else 'state ' || i % 3 end, timestamp '2026-01-01' + i * interval '1 minute'"
    " from generate_series(1, 40000) i",
)
SQL = "select o.id, o.at from orders o where o.status = $1 order by o.at desc limit 50"
BAD = QueryExample(schema=TABLE, sql=SQL, claims=("cheaper_plan",), data=DATA)
GOOD = QueryExample(
    schema=TABLE,
    sql=SQL,
    data=(
        "insert into orders select i, 'state ' || i % 3, timestamp '2026-01-01'"
        " + i * interval '1 minute' from generate_series(1, 20000) i",
    ),
)
GOOD_BY_KEY = QueryExample(
    schema=TABLE, sql="select o.status from orders o where o.id = $1", data=DATA
)
GOOD_LITERAL = QueryExample(
    schema=TABLE, sql="select o.at from orders o where o.status = 'new'", data=DATA
)


@dataclass(frozen=True, slots=True)
class _Skewed:
    """A parameter with the value of its column that is farthest from the average."""

    number: int
    column: Reference
    value: str
    share: float
    average: float

    @property
    def far(self) -> float:
        """How far it is, from 1."""
        return max(self.share / self.average, self.average / max(self.share, 1e-9))


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for the parameter whose column has the most uneven values."""
    reading = Reading(query)
    found = [
        each
        for block in reading.blocks
        if _has_a_choice(block)
        for each in _skewed(query, reading, block)
        if each.far >= FAR
    ]
    if found:
        yield _finding(query, max(found, key=lambda each: each.far))
    elif query.ground == "given" and not query.sql:
        yield from _of_plan(query)


def _has_a_choice(block: Block) -> bool:
    """Whether values decide on more than which index is read: an order of joins, or of rows."""
    ordered = block.node.args.get("order") is not None and block.limited
    return ordered or len(block.sources) > 1


def _skewed(query: Query, reading: Reading, block: Block) -> Iterator[_Skewed]:
    for condition in block.conditions():
        if not isinstance(condition, exp.EQ):
            continue
        for one, other in (
            (condition.this, condition.expression),
            (condition.expression, condition.this),
        ):
            column, number = reading.reference(one), _number(other)
            if column is not None and number is not None:
                yield from _values(query, column, number)


def _number(node: exp.Expr) -> int | None:
    inner = node.this if isinstance(node, exp.Parameter) else None
    if isinstance(inner, exp.Literal) and inner.this.isdigit():
        return int(inner.this)
    return None


def _values(query: Query, column: Reference, number: int) -> Iterator[_Skewed]:
    known = query.column_statistics(column.table.key, column.column.name)
    rows = query.rows_of(column.table.key)
    if known is None or not known.common_values or not known.common_frequencies or not rows:
        return
    distinct = known.distinct if known.distinct > 0 else -known.distinct * rows
    average = (1.0 - known.null_fraction) / max(distinct, 1.0)
    values = array_text.elements(known.common_values)
    for value, share in zip(values, known.common_frequencies, strict=False):
        if value is not None:
            yield _Skewed(number, column, string_literal(value), share, average)


def _finding(query: Query, found: _Skewed) -> Finding:
    values = dict(query.values) | {found.number: found.value}
    remedy = _custom(f"{found.column.key} = {found.value}")
    return remedies.finding(
        query,
        f"one plan for any ${found.number} is far from right for {found.value}",
        found.column.key,
        [replace(remedy, in_plan=False, values=tuple(sorted(values.items())))],
        evidence=[
            f"{found.value} is in {found.share:.2%} of the rows, the average value in "
            f"{found.average:.2%}"
        ],
    )


def _custom(what: str) -> Remedy:
    made = remedies.setting(
        "a custom plan for each value",
        "plan_cache_mode",
        "force_custom_plan",
        tradeoff="the statement is planned each time, which takes a part of a millisecond",
        risk=Risk(
            "a statement that runs very often pays for planning each time",
            f"set it for this statement; measure with {what}",
        ),
    )
    code = (
        f"{made.code}\n"
        "# psycopg, no server-side prepare: "
        "create_engine(url, connect_args={'prepare_threshold': None})\n"
        "# asyncpg: create_async_engine(url, connect_args={'statement_cache_size': 0})"
    )
    return replace(made, code=code)


def _of_plan(query: Query) -> Iterator[Finding]:
    """What a plan alone shows: a parameter in a condition, and an expectation that was far off."""
    for step in steps(query.root) if query.root is not None else ():
        node = step.node
        texts = [text for text in (node.filter, node.index_condition) if text]
        conditions = [c for text in texts for c in conditions_read.of_one(text, node.alias or "t")]
        if not any(each.parameter for each in conditions) or not estimates.is_wrong(step):
            continue
        remedy = replace(_custom("the value that was slow"), settings=())
        yield remedies.finding(
            query,
            "this plan is one for any value of its parameters, and far off for this one",
            node.relation,
            [remedy],
            evidence=[f"{step.expected:,.0f} rows expected, {step.found or 0:,.0f} came"],
        )
        return


def advise(finding: Finding, query: Query) -> Advice:
    """Gives custom plans, by a setting or by the driver."""
    return remedies.advice(finding, query, "a generic plan is made for the average of all values")
