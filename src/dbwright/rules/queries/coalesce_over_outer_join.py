"""A filter that keeps NULL from deciding holds an outer join open, though no missing row passes it.

## What it does

Looks for `coalesce(column, default) = value` on the optional side of an outer join, with a value
that is not the default.

## Why is this bad?

A row that is missing becomes the default, which is another value: it never passes. The planner does
not know that, joins every row first and filters behind the join; with the bare column it turns the
join into an inner one, and begins where few rows are.

## When to leave it

When both tables are small.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import bare_column, plain_cures, remedies, tree, wrapped
from dbwright.recipes.queries.reading import Block, Reading, Reference

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
SCHEMA = """
create table customers (id integer primary key, name text not null);
create table settings (
    customer_id integer primary key references customers, theme text, beta boolean
);
create index ix_settings_theme on settings (theme);
"""
DATA = (
    "insert into customers select i, 'customer ' || i from generate_series(1, 20000) i",
    "insert into settings select i, case when i % 900 = 0 then 'dark' end, i % 800 = 0"
    " from generate_series(1, 20000) i",
)
BAD = QueryExample(
    schema=SCHEMA,
    sql="select c.name from customers c left join settings s on s.customer_id = c.id"
    " where coalesce(s.theme, 'light') = 'dark'",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_WITHOUT_INDEX = QueryExample(
    schema=SCHEMA,
    sql="SELECT customers.id AS customers_id FROM customers LEFT OUTER JOIN settings AS settings_1"
    " ON customers.id = settings_1.customer_id WHERE coalesce(settings_1.beta, false) = true",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_SQLITE = QueryExample(
    schema=SCHEMA,
    sql="select c.name from customers c left join settings s on s.customer_id = c.id"
    " where coalesce(s.theme, 'light') = 'dark'",
    claims=("same_rows", "cheaper_plan"),
    rows=(("customers", 2000), ("settings", 2000)),
    dialect="sqlite",
)
GOOD = QueryExample(
    schema=SCHEMA,
    sql="select c.name from customers c left join settings s on s.customer_id = c.id"
    " where s.theme = 'dark'",
    data=DATA,
)
GOOD_DEFAULT = QueryExample(
    schema=SCHEMA,
    sql="select c.name from customers c left join settings s on s.customer_id = c.id"
    " where coalesce(s.theme, 'light') = 'light'",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each filter that only seems to keep the missing rows."""
    reading = Reading(query)
    for block in reading.blocks:
        for change in bare_column.by_column(_changes(query, reading, block)):
            written = ", ".join(tree.text(query, part) for part in change.parts)
            remedy = bare_column.compared(
                query,
                change,
                title="compare the column itself: the join becomes an inner one",
                sqlalchemy=f".where({written}), and join() in place of outerjoin()",
            )
            yield remedies.finding(
                query,
                f"{tree.text(query, change.side)} keeps an outer join that gives no row more",
                change.found.key,
                [remedy],
            )


def _cured(query: Query, reading: Reading, block: Block) -> Iterator[bare_column.Change]:
    """Conditions by CASE, COALESCE or IS TRUE that no missing row passes."""
    for condition in block.where():
        if not isinstance(wrapped.held(condition), wrapped.CURABLE):
            continue
        made = plain_cures.cured(condition, wrapped.apart(query, reading, condition))
        found = reading.references(condition) if made is not None else None
        if made is None or not found or not _keeps_null_out(made):
            continue
        first = found[0]
        mine = any(each is first.source for each in block.sources.values())
        if mine and first.source.optional and all(e.source is first.source for e in found):
            why = "both forms are true for the same values, and neither for a row that is missing"
            yield bare_column.Change(first, condition, ((condition, made),), (made,), (why,))


def _keeps_null_out(condition: exp.Expr) -> bool:
    if isinstance(condition, exp.Or):
        return all(_keeps_null_out(each) for each in tree.disjuncts(condition))
    if isinstance(condition, exp.And):
        return any(_keeps_null_out(each) for each in tree.conjuncts(condition))
    strict = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NEQ, exp.In, exp.Like)
    return isinstance(condition, strict) and not condition.find(exp.Coalesce, exp.Case, exp.Is)


def _changes(query: Query, reading: Reading, block: Block) -> Iterator[bare_column.Change]:
    cured = list(_cured(query, reading, block))
    yield from cured
    done = {id(each.side) for each in cured}
    for comparison in wrapped.comparisons(block):
        found = _optional(reading, block, comparison.side)
        bare = wrapped.without_default(query, reading, comparison)
        if found is not None and bare is not None and id(comparison.node) not in done:
            why = "a missing row gives the default, which is not the value asked for"
            yield bare_column.change(comparison, found, [bare], why)


def _optional(reading: Reading, block: Block, side: exp.Expr) -> Reference | None:
    if not isinstance(side, exp.Coalesce):
        return None
    found = reading.reference(side.this)
    mine = found is not None and any(each is found.source for each in block.sources.values())
    return found if found is not None and mine and found.source.optional else None


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the filter on the bare column."""
    reason = "a filter that a missing row cannot pass makes the outer join an inner one"
    return remedies.advice(finding, query, reason)
