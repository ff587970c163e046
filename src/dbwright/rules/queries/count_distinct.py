"""count(DISTINCT …) sorts what a grouping would hash.

## What it does

Looks for `count(DISTINCT column)` alone over a table, and counts the groups instead; where the
column is a key of what is read, every row counts and DISTINCT goes.

## Why is this bad?

PostgreSQL sorts the values for it, in one process and often on disk, long texts by their
collation; GROUP BY hashes them and may run in parallel.

## When to leave it

With very many different integers the sort is as fast: the rule says nothing without a gain.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import arms, remedies, tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.output import is_locking
from dbwright.recipes.queries.reading import Block, Reading
from dbwright.recipes.queries.rewrites import free_alias

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = """
create table customers (
    id integer primary key, postcode text not null, city text, country text not null
);
"""
DATA = (
    "insert into customers select i, 'postcode number ' || i * 7919 % 3000,"
    " case when i % 3 = 0 then 'city ' || i % 70 end, 'country ' || i % 5"
    " from generate_series(1, 40000) i",
)
BAD = QueryExample(
    schema=TABLES,
    sql="select count(distinct postcode) from customers",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_KEY = QueryExample(
    schema=TABLES,
    sql="select c.country, count(distinct c.id) as customers from customers c group by c.country",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select count(distinct city) from customers where id < 40",
    data=DATA,
)
GOOD_GROUPED = QueryExample(
    schema=TABLES,
    sql="select count(postcode) from (select postcode from customers group by postcode) s",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each count(DISTINCT column) that stands alone, or counts a key."""
    reading = Reading(query)
    for block in reading.blocks:
        counts = [each for each in block.node.find_all(exp.Count) if _is_own(reading, block, each)]
        if not counts or is_locking(block) or not is_steady(query, block.node):
            continue
        remedy = (
            _of_key(query, reading, block, counts)
            or _grouped(query, reading, block, counts)
            or _in_two_steps(query, reading, block, counts)
        )
        if remedy is not None:
            table = arms.first_table(block)
            yield remedies.finding(
                query, "count(DISTINCT) sorts all values that it counts", table, [remedy]
            )


def _is_own(reading: Reading, block: Block, count: exp.Count) -> bool:
    plain = isinstance(count.this, exp.Distinct) and len(count.this.expressions) == 1
    over = isinstance(count.parent, (exp.Window, exp.Filter))
    return plain and not over and reading.block_of(count) is block


def _of_key(query: Query, reading: Reading, block: Block, counts: list[exp.Count]) -> Remedy | None:
    """The count without DISTINCT, where no two rows share the column."""
    other, twin = tree.twinned(block.node.root())
    key = reading.key_of(block)
    named = None
    for each in counts:
        found = reading.reference(each.this.expressions[0])
        if found is None or key != frozenset({(found.source.alias, found.column.name)}):
            continue
        twin(each).set("this", each.this.expressions[0].copy())
        named = found.key
    if named is None:
        return None
    return remedies.rewrite(
        query,
        other,
        "count without DISTINCT",
        sqlalchemy="func.count(column) in place of func.count(column.distinct())",
        conditions=(f"no two rows have the same {named}: it is a key of all that is read",),
        table=arms.first_table(block),
    )


def _grouped(
    query: Query, reading: Reading, block: Block, counts: list[exp.Count]
) -> Remedy | None:
    node = block.node
    parts = ("group", "having", "order", "distinct", "limit", "offset", "windows", "with_")
    if len(node.expressions) != 1 or any(node.args.get(part) for part in parts):
        return None
    count = node.expressions[0].unalias()
    if len(counts) != 1 or count is not counts[0] or len(block.sources) != 1:
        return None
    column = count.this.expressions[0].unnest()
    every = reading.references(column)
    if not every or column.find(exp.Query) is not None:
        return None
    found = every[0]
    plain = isinstance(column, exp.Column)
    named = column.this.copy() if plain else exp.to_identifier("counted")
    given = column.copy() if plain else exp.Alias(this=column.copy(), alias=named.copy())
    inner = node.copy()
    assert isinstance(inner, exp.Select)
    inner.set("expressions", [given])
    inner = inner.group_by(column.copy(), copy=False)
    outer = exp.select().from_(inner.subquery(free_alias(reading, "grouped")))
    bare = exp.Count(this=exp.Column(this=named), big_int=True)
    name = node.expressions[0].args.get("alias")
    outer.set("expressions", [exp.Alias(this=bare, alias=name.copy()) if name else bare])
    return remedies.rewrite(
        query,
        tree.replaced(node.root(), (node, outer)),
        "group first, and count the groups",
        sqlalchemy="select(func.count()).select_from(select(column).group_by(column).subquery())",
        conditions=("GROUP BY tells values apart as DISTINCT does, and count() leaves out NULL",),
        table=found.table.key,
    )


def _in_two_steps(
    query: Query, reading: Reading, block: Block, counts: list[exp.Count]
) -> Remedy | None:
    """Groups by the keys and the value first, and counts the groups of each key."""
    node, columns = block.node, _grouped_columns(reading, block, counts)
    if columns is None:
        return None
    inner = node.copy()
    assert isinstance(inner, exp.Select)
    inner.set("expressions", [each.copy() for each in columns])
    inner.set("group", exp.Group(expressions=[each.copy() for each in columns]))
    for part in ("order", "limit", "offset"):
        inner.set(part, None)
    outer, twin = tree.twinned(node)
    assert isinstance(outer, exp.Select)
    twin(counts[0]).set("this", counts[0].this.expressions[0].copy())
    for part in ("joins", "where"):
        outer.set(part, None)
    for place in outer.find_all(exp.Column):
        place.set("table", None)
    outer.set("from_", exp.From(this=inner.subquery(free_alias(reading, "grouped"))))
    found = reading.reference(columns[-1])
    return remedies.rewrite(
        query,
        tree.replaced(node.root(), (node, outer)),
        "group by the value too, and count the groups",
        sqlalchemy="a subquery grouped by the keys and the column, counted over its groups",
        conditions=("GROUP BY tells values apart as DISTINCT does, and count() leaves out NULL",),
        table=found.table.key if found is not None else None,
    )


def _grouped_columns(
    reading: Reading, block: Block, counts: list[exp.Count]
) -> list[exp.Expr] | None:
    """The keys of a grouping and the one column that is counted; None where more is computed."""
    node, group = block.node, block.node.args.get("group")
    parts = ("having", "distinct", "windows", "with_", "laterals")
    if group is None or len(counts) != 1 or any(node.args.get(part) for part in parts):
        return None
    if any(value for name, value in group.args.items() if name != "expressions"):
        return None
    keys, column = list(group.expressions), counts[0].this.expressions[0]
    columns = [*keys, column]
    if not all(isinstance(each, exp.Column) and reading.reference(each) for each in columns):
        return None
    order = node.args.get("order")
    names = {each.alias_or_name for each in node.expressions}
    sorts = [each.this for each in order.expressions] if order is not None else []
    if any(not isinstance(each, exp.Column) or each.name not in names for each in sorts):
        return None
    given = [each.unalias() for each in node.expressions if each.unalias() is not counts[0]]
    alike = len({each.name for each in columns}) < len(columns)
    if alike or len(given) != len(node.expressions) - 1 or any(e not in keys for e in given):
        return None
    return columns


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the count of the groups."""
    return remedies.advice(finding, query, "DISTINCT inside an aggregate is computed by a sort")
