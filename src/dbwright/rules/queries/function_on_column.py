"""A function or a cast around a column hides it from its index.

## What it does

Looks for conditions such as `date(created_at) = …`, `created_at::date = …`, `lower(email) = …`
on a column whose plain index then cannot be used, and for which no expression index is.

## Why is this bad?

The index holds the values of the column, not of the function: every row is read and computed.

## When to leave it

On a small table, or behind another condition that leaves few rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright import dialects
from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.finding import (
    Advice,
    Alternative,
    Edit,
    Finding,
    Fix,
    Location,
    Risk,
    Step,
)
from dbwright.core.plan import Plan
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import Table
from dbwright.recipes import queries

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLE = """
create table orders (
    id integer primary key, created_at timestamp not null, email text not null
);
create index ix_orders_created_at on orders (created_at);
"""
BAD = QueryExample(
    schema=TABLE,
    sql="select id from orders where cast(created_at as date) = date '2026-03-01'",
    claims=("reads_whole_table", "same_rows"),
    rows=(("orders", 3000),),
)
BAD_FUNCTION = QueryExample(
    schema=TABLE + "create index ix_orders_email on orders (email);",
    sql="select id from orders where lower(email) = 'ada@example.com'",
    claims=("reads_whole_table",),
    rows=(("orders", 3000),),
)
GOOD = QueryExample(
    schema=TABLE,
    sql="select id from orders where created_at >= timestamp '2026-03-01' "
    "and created_at < timestamp '2026-03-02'",
    rows=(("orders", 3000),),
)
GOOD_EXPRESSION_INDEX = QueryExample(
    schema=TABLE + "create index ix_orders_lower_email on orders (lower(email));",
    sql="select id from orders where lower(email) = 'ada@example.com'",
    rows=(("orders", 3000),),
)


def check(plan: Plan) -> Iterator[Finding]:
    """Yields a finding for each condition on a wrapped column."""
    node = queries.tree(plan)
    for condition in list(queries.conditions(node)) if node is not None else []:
        comparisons = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
        wrapper = condition.this if isinstance(condition, comparisons) else None
        inner = _inside(wrapper)
        found = queries.reference(plan, inner) if inner is not None else None
        if wrapper is None or found is None or _has_expression_index(found.table):
            continue
        if not found.table.has_index_leading_with((found.column.name,)):
            continue
        table, column = found.table.key, found.column.name
        whole = QueryProbe(plan.sql, "no_index_used", table=table)
        claims = [Claim("reads_whole_table", table, column=column, probe=whole)]
        ranged = _ranged(plan, condition, wrapper, found.column.type)
        if ranged is not None:
            same = QueryProbe(plan.sql, "same_rows", other=ranged, table=table)
            claims.append(Claim("same_rows", table, column=column, probe=same))
        expression = queries.text(plan, wrapper)
        yield Finding(
            message=f"{expression} hides the column from its index",
            location=Location.at(plan.place, f"{table}.{column}"),
            claims=tuple(claims),
            details={"table": table, "column": column, "sql": expression, "ranged": ranged},
        )


def _inside(node: exp.Expr | None) -> exp.Expr | None:
    if isinstance(node, (exp.Cast, exp.Lower, exp.Upper, exp.Date, exp.TsOrDsToDate)):
        return node.this if isinstance(node.this, exp.Column) else None
    if isinstance(node, exp.Func):
        columns = list(node.find_all(exp.Column))
        return columns[0] if len(columns) == 1 else None
    return None


def _has_expression_index(table: Table) -> bool:
    return any(key.expression for index in table.indexes for key in index.keys)


def _ranged(plan: Plan, condition: exp.Expr, wrapper: exp.Expr, type_: str) -> str | None:
    """The half-open range over the day, for a time without a zone compared with one date."""
    types = dialects.get(plan.target.dialect).types
    dates = isinstance(wrapper, (exp.Date, exp.TsOrDsToDate)) or (
        isinstance(wrapper, exp.Cast) and wrapper.to.is_type("date")
    )
    if not dates or not isinstance(condition, exp.EQ) or types.family(type_) != "timestamp":
        return None
    node = queries.tree(plan)
    assert node is not None
    text = queries.text(plan, condition)
    same = next(c for c in queries.conditions(node) if queries.text(plan, c) == text)
    column = _inside(same.this)
    if column is None:
        return None
    day = exp.cast(same.expression.copy(), "date")
    next_day = exp.Add(this=exp.paren(day.copy()), expression=exp.Literal.number(1))
    both = exp.and_(
        exp.GTE(this=column.copy(), expression=day),
        exp.LT(this=column.copy(), expression=next_day),
    )
    same.replace(both)
    return queries.text(plan, node)


def advise(finding: Finding, plan: Plan) -> Advice:
    """Gives the range over the bare column, or an index of the expression."""
    details = finding.details
    table, column, expression = details["table"], details["column"], details["sql"]
    name = f"ix_{table.replace('.', '_')}_{column}_expression"
    index = f"create index concurrently {name} on {table} (({expression}))"
    if details["ranged"]:
        fix = Fix(
            "compare the column itself",
            f"{details['ranged']}\n"
            f"# SQLAlchemy: .where({column} >= start, {column} < start + timedelta(days=1))",
            edits=(Edit(queries.QUERY_FILE, plan.sql, details["ranged"]),),
        )
        other = Alternative(
            "an index on the expression", "no change of the query; one more index to keep"
        )
    else:
        code = (
            f'Index("{name}", text("{expression}"))\n# and in a revision of its own:\n'
            "with op.get_context().autocommit_block():\n"
            f'    op.create_index("{name}", "{table}", [sa.text("{expression}")],\n'
            "                    postgresql_concurrently=True)"
        )
        fix = Fix("index the expression", code, steps=(Step(index, autocommit=True),))
        other = Alternative(
            "store the value in a generated column and index that",
            "visible in the model; the table is rewritten once",
        )
    return Advice(
        reason="an index holds the column's values, not those of the expression",
        fix=fix,
        alternatives=(other,),
        risk=Risk(
            "the expression and the index must stay the same text",
            "keep both in one place of the code",
        ),
        undo=queries.undo(
            plan, "put the former condition back, or drop the index concurrently", fix.edits
        ),
        tests="EXPLAIN of the query names an index",
        backup="none needed: no row changes",
    )
