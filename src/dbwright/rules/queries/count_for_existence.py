"""Rows are counted only to learn whether there is one.

## What it does

Looks for `(SELECT count(*) …) > 0`, `>= 1`, `= 0` and the like.

## Why is this bad?

The count reads every matching row; EXISTS stops at the first.

## When to leave it

When the number itself is used as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk
from dbwright.core.plan import Plan
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes import queries

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLE = "create table orders (id integer primary key, note text not null);"
BAD = QueryExample(
    schema=TABLE,
    sql="select (select count(*) from orders) > 0 as any_order",
    claims=("same_rows",),
    rows=(("orders", 3000),),
)
GOOD = QueryExample(
    schema=TABLE,
    sql="select exists (select 1 from orders) as any_order",
    rows=(("orders", 3000),),
)
SOME: set[tuple[type, str]] = {(exp.GT, "0"), (exp.GTE, "1"), (exp.NEQ, "0")}
NONE: set[tuple[type, str]] = {(exp.EQ, "0"), (exp.LT, "1"), (exp.LTE, "0")}


def check(plan: Plan) -> Iterator[Finding]:
    """Yields a finding for each count that is compared with nothing or one."""
    node = queries.tree(plan)
    for comparison in list(node.find_all(exp.Predicate)) if node is not None else []:
        select = _counted(comparison)
        if select is None or not isinstance(comparison.expression, exp.Literal):
            continue
        kind = (type(comparison), str(comparison.expression.this))
        if kind not in SOME | NONE:
            continue
        tables = [table.key for _, table in queries.sources(plan, select)]
        select.set("expressions", [exp.Literal.number(1)])
        exists: exp.Expr = exp.Exists(this=select.copy())
        _put(comparison, exists if kind in SOME else exp.Not(this=exists))
        assert node is not None
        other = queries.text(plan, node)
        table = tables[0] if tables else None
        probe = QueryProbe(plan.sql, "same_rows", other=other, table=table)
        yield Finding(
            message="every matching row is counted to learn whether there is one",
            location=Location.at(plan.place, table),
            claims=(Claim("same_rows", table, probe=probe),),
            details={"other": other},
        )
        return


def _counted(node: exp.Expr) -> exp.Select | None:
    inner = node.this.unnest() if isinstance(node.this, exp.Expr) else None
    if not isinstance(inner, exp.Select) or len(inner.expressions) != 1:
        return None
    plain = not any(inner.args.get(part) for part in ("group", "having", "limit", "distinct"))
    count = inner.expressions[0].unalias()
    if not plain or not isinstance(count, exp.Count):
        return None
    return inner if isinstance(count.this, (exp.Star, exp.Literal)) else None


def _put(old: exp.Expr, new: exp.Expr) -> None:
    old.replace(new)


def advise(finding: Finding, plan: Plan) -> Advice:
    """Gives EXISTS."""
    other = finding.details["other"]
    node = queries.parse(other, plan.target.dialect)
    assert node is not None
    edits = queries.rewritten(plan, node)
    code = f"{other}\n# SQLAlchemy: select(exists().where(…)), or session.scalar(…limit(1))"
    return Advice(
        reason="a count has to read every row; EXISTS stops at the first",
        fix=Fix("ask with EXISTS", code, edits=edits),
        alternatives=(
            Alternative("select one row with LIMIT 1", "as fast; the caller tests for None"),
        ),
        risk=Risk("none: the answer is the same for every content", "nothing to do"),
        undo=queries.undo(plan, "put the count back", edits),
        tests="both forms on an empty and a filled table",
        backup="none needed: the query only reads",
    )
