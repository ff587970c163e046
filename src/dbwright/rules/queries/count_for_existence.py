"""Rows are counted only to learn whether there is one.

## What it does

Looks for `(SELECT count(*) …) > 0`, `>= 1`, `= 0` and the like, and for `SELECT count(*) > 0` as
a statement.

## Why is this bad?

The count reads every matching row; EXISTS stops at the first.

## When to leave it

When the number itself is used as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import remedies, tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.output import is_locking
from dbwright.recipes.queries.reading import Block, Reading

APPLIES = Applies()
SEVERITY = "warning"
TABLE = "create table orders (id integer primary key, note text not null, coupon text);"
BAD = QueryExample(
    schema=TABLE,
    sql="select (select count(*) from orders) > 0 as any_order",
    claims=("same_rows", "cheaper_plan"),
    rows=(("orders", 3000),),
)
BAD_WHOLE_STATEMENT = QueryExample(
    schema=TABLE,
    sql="select case when count(o.id) >= 1 then 'yes' else 'no' end as answer from orders o"
    " where o.note <> ''",
    claims=("same_rows", "cheaper_plan"),
    rows=(("orders", 3000),),
)
BAD_TURNED = QueryExample(
    schema=TABLE,
    sql="select o.id from orders o where o.id < 3 and 0 = (select count(x.coupon) from orders x"
    " where x.note <> '' and x.id > o.id)",
    claims=("same_rows", "cheaper_plan"),
    rows=(("orders", 3000),),
)
BAD_SQLITE = QueryExample(
    schema=TABLE,
    sql="select (select count(*) from orders where note <> '') > 0 as any_order",
    claims=("same_rows", "cheaper_plan"),
    rows=(("orders", 3000),),
    dialect="sqlite",
)
BAD_MARIADB = QueryExample(
    schema=TABLE,
    sql="select (select count(*) from orders where note <> '') > 0 as any_order",
    claims=("same_rows", "cheaper_plan"),
    rows=(("orders", 3000),),
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=TABLE,
    sql="select exists (select 1 from orders where note <> '') as any_order",
    rows=(("orders", 3000),),
    dialect="mariadb",
)
GOOD = QueryExample(
    schema=TABLE,
    sql="select exists (select 1 from orders) as any_order",
    rows=(("orders", 3000),),
)
GOOD_MORE_THAN_ONE = QueryExample(
    schema=TABLE,
    sql="select (select count(*) from orders where note <> '') > 1 as several",
    rows=(("orders", 3000),),
)
GOOD_NUMBER_USED = QueryExample(
    schema=TABLE,
    sql="select count(*) as n, count(*) > 0 as some from orders where note <> ''",
    rows=(("orders", 3000),),
)
SOME: set[tuple[type, str]] = {(exp.GT, "0"), (exp.GTE, "1"), (exp.NEQ, "0")}
NONE: set[tuple[type, str]] = {(exp.EQ, "0"), (exp.LT, "1"), (exp.LTE, "0")}
TURNED: dict[type, type] = {
    exp.GT: exp.LT,
    exp.LT: exp.GT,
    exp.GTE: exp.LTE,
    exp.LTE: exp.GTE,
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
}


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each count that is compared with nothing or one."""
    reading = Reading(query)
    found = reading.root.find_all(*TURNED) if reading.root is not None else ()
    comparisons: list[exp.Expr] = list(found)
    for comparison in comparisons:
        asked = _asked(comparison)
        if asked is None:
            continue
        counted, some = asked
        other = _in_select(reading, comparison, counted, some) or _of_statement(
            reading, comparison, counted, some
        )
        block = reading.block_of(counted.unnest() if counted.find(exp.Select) else counted)
        if other is None or block is None or not is_steady(query, block.node):
            continue
        tables = [each.table for each in block.sources.values()]
        key = tables[0].key if tables and tables[0] is not None else None
        remedy = remedies.rewrite(
            query,
            other,
            "ask with EXISTS",
            sqlalchemy="select(exists().where(…)), or session.scalar(….limit(1))",
            conditions=("count() is never NULL, and 0 where there is no row",),
            table=key,
            risk=Risk("none: the answer is the same for every content", "nothing to do"),
        )
        yield remedies.finding(
            query, "every matching row is counted to learn whether there is one", key, [remedy]
        )


def _asked(comparison: exp.Expr) -> tuple[exp.Expr, bool] | None:
    """What is compared with a number, and whether it is asked if there is some or none."""
    kind: type = type(comparison)
    counted, number = comparison.this, comparison.expression
    if isinstance(counted, exp.Literal):
        counted, number, kind = number, counted, TURNED[kind]
    if not isinstance(number, exp.Literal) or number.is_string:
        return None
    asked = (kind, str(number.this))
    return (counted, asked in SOME) if asked in SOME | NONE else None


def _in_select(
    reading: Reading, comparison: exp.Expr, counted: exp.Expr, some: bool
) -> exp.Expr | None:
    """The statement with EXISTS in the place of a compared sub-query."""
    inner = counted.unnest()
    if not isinstance(inner, exp.Select) or len(inner.expressions) != 1:
        return None
    exists = _exists(reading, inner, inner.expressions[0].unalias())
    if exists is None:
        return None
    shown: exp.Expr = exists if some else exp.Not(this=exists)
    if isinstance(comparison.parent, exp.Select):
        shown = exp.alias_(shown, _unnamed(reading.query, comparison), quoted=True)
    return tree.replaced(comparison.root(), (comparison, shown))


def _of_statement(
    reading: Reading, comparison: exp.Expr, counted: exp.Expr, some: bool
) -> exp.Expr | None:
    """The statement whose only aggregate is the compared count, as one without a FROM."""
    block = reading.block_of(comparison)
    if block is None or not isinstance(counted, exp.Count) or comparison.find_ancestor(exp.Where):
        return None
    node = block.node
    folds = [each for each in node.find_all(exp.AggFunc) if reading.block_of(each) is block]
    outside = [
        each
        for item in node.expressions
        for each in item.find_all(exp.Column)
        if each.find_ancestor(exp.AggFunc) is None
    ]
    named = bool(comparison.find_ancestor(exp.Alias))
    if len(folds) != 1 or outside or len(node.expressions) != 1 or not named:
        return None
    exists = _exists(reading, node, counted)
    if exists is None or isinstance(node.parent, exp.SetOperation):
        return None
    shown = exists if some else exp.Not(this=exists)
    (only,) = node.expressions
    made = exp.Select(expressions=[tree.replaced(only, (comparison, shown))])
    return tree.replaced(node.root(), (node, made))


def _exists(reading: Reading, select: exp.Select, count: exp.Expr) -> exp.Exists | None:
    """EXISTS over the rows that a SELECT counts; those of NULL are left out where it does."""
    parts = ("group", "having", "limit", "offset", "distinct", "fetch", "windows")
    block = reading.block_of(select)
    if block is None or any(select.args.get(part) for part in parts) or is_locking(block):
        return None
    if not isinstance(count, exp.Count) or isinstance(count.parent, (exp.Window, exp.Filter)):
        return None
    what = count.this
    one = select.copy()
    one.set("expressions", [exp.Literal.number(1)])
    one.set("order", None)
    if isinstance(what, exp.Column) and not isinstance(what.this, exp.Star):
        if not _is_there(reading, block, what):
            one = one.where(exp.Not(this=exp.Is(this=what.copy(), expression=exp.Null())))
    elif not isinstance(what, (exp.Star, exp.Literal)):
        return None
    return exp.Exists(this=one)


def _is_there(reading: Reading, block: Block, column: exp.Column) -> bool:
    return reading.is_not_null(column, block)


def _unnamed(query: Query, comparison: exp.Expr) -> str:
    """The name that the database gives a column without one."""
    return "?column?" if query.target.dialect == "postgresql" else tree.text(query, comparison)


def advise(finding: Finding, query: Query) -> Advice:
    """Gives EXISTS."""
    reason = "a count has to read every row; EXISTS stops at the first"
    return remedies.advice(finding, query, reason)
