"""A volatile function in a condition is called for each row.

## What it does

Looks for a comparison of a column with a function of the user's own that is declared VOLATILE (or
is not declared at all), and takes nothing from the row.

## Why is this bad?

The server must call it again for each row, and cannot look its value up in an index: a function
that nobody declared costs a read of the whole table.

## When to leave it

When the function really gives another value for each row.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy, Risk, Step
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import NamedObject
from dbwright.recipes.queries import calls, remedies, tree
from dbwright.recipes.queries.reading import Block, Reading, Reference

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
_OF_THE_CLOCK = ("clock_timestamp", "timeofday")
COMPARED = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
FUNCTION = """
create function current_tenant() returns integer language plpgsql{} as
$$begin return coalesce(nullif(current_setting('app.tenant', true), ''), '7')::integer; end$$;
"""
TABLE = """
create table invoices (id integer primary key, tenant_id integer not null, cents integer not null);
create index ix_invoices_tenant_id on invoices (tenant_id);
"""
DATA = ("insert into invoices select i, i % 2000, i % 90 from generate_series(1, 20000) i",)
BAD = QueryExample(
    schema=TABLE + FUNCTION.format(""),
    sql="select id, cents from invoices where tenant_id = current_tenant()",
    claims=("cheaper_plan",),
    data=DATA,
)
GOOD = QueryExample(
    schema=TABLE + FUNCTION.format(" stable"),
    sql="select id, cents from invoices where tenant_id = current_tenant()",
    data=DATA,
)
GOOD_ONCE = QueryExample(
    schema=TABLE + FUNCTION.format(""),
    sql="select id, cents from invoices where tenant_id = (select current_tenant())",
    data=DATA,
)
GOOD_BUILT_IN = QueryExample(
    schema=TABLE,
    sql="select id, cents from invoices where id = 7 and cents < random() * 50",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each comparison with a volatile function of the user's own."""
    reading = Reading(query)
    for block in reading.blocks:
        for condition in block.conditions():
            for column, other in _sides(reading, block, condition):
                found = _volatile(query, other)
                names = _of_the_server(query, other)
                if found:
                    yield _finding(query, condition, column, other, found)
                elif names:
                    yield _of_clock(query, condition, column, other, names)


def _sides(
    reading: Reading, block: Block, condition: exp.Expr
) -> Iterator[tuple[Reference, exp.Expr]]:
    if isinstance(condition, exp.Between):
        found = reading.reference(condition.this)
        mine = found is not None and found.source in block.sources.values()
        for other in (condition.args["low"], condition.args["high"]):
            if found is not None and mine and other.find(exp.Column, exp.Query) is None:
                yield found, other
        return
    if not isinstance(condition, COMPARED):
        return
    for one, other in (
        (condition.this, condition.expression),
        (condition.expression, condition.this),
    ):
        found = reading.reference(one)
        free = other.find(exp.Column, exp.Query, exp.AggFunc) is None
        if found is not None and found.source in block.sources.values() and free:
            yield found, other


def _volatile(query: Query, node: exp.Expr) -> list[NamedObject]:
    called = calls.called_in(query, node) or set()
    found = [each for name in called for each in calls.user_functions(query, name)]
    return [each for each in found if each.volatility == "volatile" and not each.gives_rows]


def _of_the_server(query: Query, node: exp.Expr) -> str:
    """The functions of PostgreSQL's own that are called for each row."""
    called = calls.called_in(query, node) or set()
    return ", ".join(sorted({name[-1] for name in called if name[-1] in _OF_THE_CLOCK}))


def _of_clock(
    query: Query, condition: exp.Expr, column: Reference, call: exp.Expr, names: str
) -> Finding:
    rewrite = _once(query, condition, column, call, names)
    message = f"{names}() is called for each row, and no index can serve it"
    return remedies.finding(query, message, column.key, [rewrite])


def _finding(
    query: Query,
    condition: exp.Expr,
    column: Reference,
    call: exp.Expr,
    found: list[NamedObject],
) -> Finding:
    names = ", ".join(each.name.partition("(")[0] for each in found)
    return remedies.finding(
        query,
        f"{names}() is called for each row, and no index can serve it",
        column.key,
        [_declared(each, column) for each in found]
        + [_once(query, condition, column, call, names)],
    )


def _once(
    query: Query, condition: exp.Expr, column: Reference, call: exp.Expr, names: str
) -> Remedy:
    once = exp.Subquery(this=exp.select(call.copy()))
    return remedies.rewrite(
        query,
        tree.replaced(condition.root(), (call, once)),
        "call it once, in a scalar sub-query",
        sqlalchemy=f"{column.column.name} == select(func.{names}()).scalar_subquery()",
        same=False,
        tradeoff="the function is called once for the statement, no longer for each row",
        risk=Risk(
            "one value holds for all rows: other rows come where it gave each row another one",
            "read the function: a setting or the current user does not change between rows",
        ),
        table=column.table.key,
    )


def _declared(function: NamedObject, column: Reference) -> Remedy:
    schema = f"{function.schema}." if function.schema else ""
    step = f"alter function {schema}{function.name} stable"
    return Remedy(
        "model",
        f"declare {function.name} STABLE",
        f'op.execute("{step}")',
        "right only for a function that writes nothing and gives one value within a statement; "
        "all queries that call it gain",
        Risk(
            "a function that writes is refused from then on, and one whose value does change "
            "within a statement gives the first",
            "read its body and what it calls",
        ),
        f"alter function {schema}{function.name} volatile",
        "EXPLAIN of the query names the index",
        steps=(Step(step),),
        table=column.table.key,
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the declaration, or one call."""
    return remedies.advice(finding, query, "VOLATILE is what a function is that nobody declared")
