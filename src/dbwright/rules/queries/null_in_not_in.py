"""NOT IN over a sub-select that can hold NULL returns no row as soon as one is there.

## What it does

Looks for `NOT IN (SELECT column …)` whose column is nullable and not filtered by IS NOT NULL.

## Why is this bad?

`x NOT IN (1, NULL)` is never true: one NULL empties the answer, silently. On PostgreSQL the form
also cannot become an anti-join, so it is slow on big tables even without a NULL.

## When to leave it

When the column can hold no NULL for a reason that the database does not know; then say so there,
with NOT NULL.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk
from dbwright.core.plan import Plan
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes import queries

APPLIES = Applies()
SEVERITY = "error"
TABLES = """
create table customers (id integer primary key, name text not null);
create table orders (id integer primary key, customer_id integer);
create index ix_orders_customer_id on orders (customer_id);
"""
BAD = QueryExample(
    schema=TABLES,
    sql="select name from customers where id not in (select customer_id from orders)",
    claims=("wrong_rows",),
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select name from customers c where not exists "
    "(select 1 from orders o where o.customer_id = c.id)",
)
GOOD_FILTERED = QueryExample(
    schema=TABLES,
    sql="select name from customers where id not in "
    "(select customer_id from orders where customer_id is not null)",
)


def check(plan: Plan) -> Iterator[Finding]:
    """Yields a finding for each NOT IN over a nullable column."""
    node = queries.tree(plan)
    for found in list(node.find_all(exp.Not)) if node is not None else []:
        inside = found.this.unnest()
        select = _select(inside)
        if select is None or len(select.expressions) != 1:
            continue
        reference = queries.reference(plan, select.expressions[0].unalias())
        if reference is None or not reference.column.nullable or _filtered(select, reference.node):
            continue
        assert node is not None
        safe = queries.text(plan, _replaced(node, found, inside, select))
        null = f"update {reference.table.key} set {reference.column.name} = null where true"
        some = f"delete from {reference.table.key} where true"
        probe = QueryProbe(plan.sql, "loses_rows", other=safe, setup=(null,), table=some)
        name = f"{reference.table.key}.{reference.column.name}"
        yield Finding(
            message="one NULL here makes NOT IN return no row at all",
            location=Location.at(plan.place, name),
            claims=(Claim("wrong_rows", reference.table.key, probe=probe),),
            details={"safe": safe, "name": name},
        )


def _select(node: exp.Expr) -> exp.Select | None:
    if not isinstance(node, exp.In):
        return None
    query = node.args.get("query")
    inner = query.unnest() if query is not None else None
    return inner if isinstance(inner, exp.Select) else None


def _filtered(select: exp.Select, column: exp.Column) -> bool:
    return any(
        isinstance(condition, exp.Is)
        and condition.args.get("negate")
        and condition.this.name == column.name
        for condition in queries.conditions(select)
    )


def _replaced(node: exp.Expr, negation: exp.Not, inside: exp.Expr, select: exp.Select) -> exp.Expr:
    """The query with NOT EXISTS in the place of NOT IN."""
    column = select.expressions[0].unalias()
    inner = select.copy()
    inner.set("expressions", [exp.Literal.number(1)])
    outer = inside.this.copy()
    if isinstance(outer, exp.Column) and not outer.table:
        scope = negation.find_ancestor(exp.Select)
        clause = scope.args.get("from_") or scope.args.get("from") if scope else None
        if clause is not None:
            outer.set("table", exp.to_identifier(clause.this.alias_or_name))
    inner_column = column.copy()
    source = (inner.args.get("from_") or inner.args["from"]).this
    if not inner_column.table:
        inner_column.set("table", exp.to_identifier(source.alias_or_name))
    inner = inner.where(exp.EQ(this=inner_column, expression=outer), copy=False)
    negation.replace(exp.Not(this=exp.Exists(this=inner)))
    return node


def advise(finding: Finding, plan: Plan) -> Advice:
    """Gives NOT EXISTS in place of NOT IN."""
    safe = finding.details["safe"]
    node = queries.parse(safe, plan.target.dialect)
    assert node is not None
    edits = queries.rewritten(plan, node)
    code = f"{safe}\n# SQLAlchemy: ~exists().where(inner.column == Outer.column)"
    return Advice(
        reason="a comparison with NULL is unknown, and NOT of unknown is unknown too",
        fix=Fix("ask with NOT EXISTS", code, edits=edits),
        alternatives=(
            Alternative(
                f"filter {finding.details['name']} IS NOT NULL inside",
                "a smaller change; on PostgreSQL it stays a hashed sub-plan, not an anti-join",
            ),
        ),
        risk=Risk(
            "rows come back that were missing; what was built on the empty answer changes",
            "compare both answers on a copy of the data first",
        ),
        undo=queries.undo(plan, "put NOT IN back", edits),
        tests=f"run it with a NULL in {finding.details['name']}: the other rows must come",
        backup="none needed: the query only reads",
    )
