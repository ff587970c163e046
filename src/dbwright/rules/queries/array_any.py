"""A value is looked for with = ANY (array column), which no index serves.

## What it does

Looks for `'x' = ANY (tags)` on an array column, and asks with `tags @> ARRAY['x']` instead, with
a GIN index where there is none.

## Why is this bad?

A GIN index holds the elements of the arrays, but only the operators of arrays (@>, &&, <@) use
it: `= ANY (column)` reads every row and looks through each array.

## When to leave it

On a small table, or behind another condition that leaves few rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.candidate import IndexKey
from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.identifiers import spelled
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import arrays, remedies, tree
from dbwright.recipes.queries.reading import Block, Reading, Reference

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLE = "create table products (id integer primary key, tags text[] not null);"
DATA = (
    "insert into products select i, array['tag' || i % 4000, 'tag' || i % 3300]"
    " from generate_series(1, 20000) i",
)
MERGED = (*DATA, "select gin_clean_pending_list('ix_products_tags')")
BAD = QueryExample(
    schema=f"{TABLE}create index ix_products_tags on products using gin (tags);",
    sql="select products.id from products where 'tag77' = any (products.tags)",
    claims=("same_rows", "cheaper_plan"),
    data=MERGED,
)
BAD_WITHOUT_INDEX = QueryExample(
    schema=TABLE.replace("text[]", "varchar(20)[]"),
    sql="select count(*) from (select * from products where 'tag77' = any (tags)) as anon_1",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
GOOD = QueryExample(
    schema=f"{TABLE}create index ix_products_tags on products using gin (tags);",
    sql="select id from products where tags @> array['tag77']",
    data=MERGED,
)
GOOD_ONE_ROW = QueryExample(
    schema=f"{TABLE}create index ix_products_tags on products using gin (tags);",
    sql="select id from products where id = 7 and 'tag77' = any (tags)",
    data=DATA,
)
GOOD_LIST = QueryExample(
    schema=TABLE, sql="select id from products where id = any (array[1, 2, 3])", data=DATA
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each value that is looked for in an array column with ANY."""
    reading = Reading(query)
    for block in reading.blocks:
        yield from _unnested(query, reading, block)
        for condition in _parts(block):
            inside = condition.expression if isinstance(condition, exp.EQ) else None
            if not isinstance(inside, exp.Any) or not tree.is_constant(condition.this):
                continue
            found = reading.reference(inside.this.unnest())
            if found is not None and found.column.type.endswith("[]"):
                yield remedies.finding(
                    query,
                    "= ANY looks through each array, which no index serves",
                    found.key,
                    [_contains(query, condition, found)],
                )


def _unnested(query: Query, reading: Reading, block: Block) -> Iterator[Finding]:
    """An array that is given as rows, of which one value is asked."""
    for source in block.sources.values():
        array = arrays.given_as_rows(source.node)
        found = reading.reference(array) if array is not None else None
        if found is None or not found.column.type.endswith("[]") or source.optional:
            continue
        names = arrays.names(source.node)
        for condition in block.where():
            value = arrays.asked(condition, names)
            if value is None or block.node.args.get("where") is None:
                continue
            asked = exp.EQ(this=value.copy(), expression=condition.expression.copy())
            both = exp.and_(condition.copy(), _containing(asked, found))
            yield remedies.finding(
                query,
                "each array is given as rows to find one of its values",
                found.key,
                [_rewritten(query, condition, both, found)],
            )


def _parts(block: Block) -> Iterator[exp.Expr]:
    """Gives the conditions of a block, of an OR its arms and theirs."""
    for condition in block.conditions():
        for arm in tree.disjuncts(condition):
            yield from tree.conjuncts(arm)


def _containing(condition: exp.Expr, found: Reference) -> exp.Expr:
    kind = exp.DataType.build(found.column.type, dialect="postgres", udt=True)
    value = exp.Cast(this=exp.Array(expressions=[condition.this.copy()]), to=kind)
    return exp.ArrayContainsAll(this=found.node.copy(), expression=value)


def _contains(query: Query, condition: exp.Expr, found: Reference) -> Remedy:
    return _rewritten(query, condition, _containing(condition, found), found)


def _rewritten(query: Query, condition: exp.Expr, other: exp.Expr, found: Reference) -> Remedy:
    name = found.column.name
    made = remedies.rewrite(
        query,
        tree.replaced(condition.root(), (condition, other)),
        "ask with @>, which a GIN index serves",
        sqlalchemy=f".where({name}.contains([value]))",
        conditions=("a row is kept by either form when one element of its array is the value",),
        table=found.table.key,
    )
    if any(each.method == "gin" and each.leads_with((name,)) for each in found.table.indexes):
        return made
    index = remedies.index(query, found.table, [IndexKey(spelled(name))], method="gin")
    return remedies.without(
        made,
        title="ask with @>, and a GIN index of the array",
        code=f"{made.code}\n# and an index:\n{index.code}",
        tradeoff="a GIN index is large and slows writes of the column",
        risk=index.risk,
        steps=index.steps,
        candidate=index.candidate,
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the operator that a GIN index serves."""
    reason = "a GIN index serves the operators of arrays, and = is one of their elements"
    return remedies.advice(finding, query, reason)
