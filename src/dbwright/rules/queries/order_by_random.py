"""All rows are sorted by chance to take a few.

## What it does

Looks for `ORDER BY random() LIMIT n` over one table.

## Why is this bad?

Each row gets a number and takes part in the sort, for the few that are shown.

## When to leave it

When each row must have exactly the same chance, independent of the others: a sample of pages, or a
start at a random key, has other chances. Both say so.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import Table
from dbwright.recipes.queries import keys, plans, remedies, tree
from dbwright.recipes.queries.reading import Block, Reading, Source
from dbwright.recipes.queries.rewrites import spelling

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
PLENTY = 40
"""So many times the wanted rows are in a sample, as far as estimates go."""
PAGES = 20
"""So many pages are in a sample at least: with few it may be empty."""
TABLE = "create table products (id integer primary key, name text not null, active integer);"
BAD = QueryExample(
    schema=TABLE,
    sql="select p.id, p.name from products p where p.active = 1 order by random() limit 5",
    claims=("cheaper_plan",),
    data=(
        "insert into products select i, repeat(md5(i::text), 3), 1"
        " from generate_series(1, 40000) i",
    ),
)
BAD_SQLITE = QueryExample(
    schema=TABLE,
    sql="select id, name from products order by random() limit 5",
    claims=("cheaper_plan",),
    rows=(("products", 3000),),
    dialect="sqlite",
)
GOOD = QueryExample(
    schema=TABLE,
    sql="select id, name from products order by random() limit 5",
    rows=(("products", 40),),
)
GOOD_KEYS = QueryExample(
    schema=TABLE,
    sql="select id, name from products order by id limit 5",
    rows=(("products", 3000),),
)
_CHANCE = ("random", "gen_random_uuid", "uuid_generate_v4", "randomblob")


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each order by chance of which a few rows are taken."""
    reading = Reading(query)
    for block in reading.blocks:
        count = _count(block)
        if count is None or len(block.sources) != 1:
            continue
        (source,) = block.sources.values()
        table = source.table
        if table is None or table.kind not in ("table", "partitioned", "materialized view"):
            continue
        ways = [
            *_sampled(query, block, source, table, count),
            *_by_key(query, block, source, table),
        ]
        if ways:
            message = f"all rows are sorted by chance to take {count}"
            yield remedies.finding(query, message, table.key, ways)


def _count(block: Block) -> int | None:
    """How many rows are taken of an order by random() alone."""
    order, limit = block.node.args.get("order"), block.node.args.get("limit")
    if order is None or len(order.expressions) != 1:
        return None
    if block.grouped or block.node.args.get("distinct"):
        return None
    if not _is_random(order.expressions[0].this) or not isinstance(limit, exp.Limit):
        return None
    value = limit.expression
    return int(value.this) if isinstance(value, exp.Literal) and value.is_int else 10


def _is_random(node: exp.Expr) -> bool:
    """Whether an order is by chance: random(), md5(random()::text), gen_random_uuid()."""
    return any(
        isinstance(each, (exp.Rand, exp.Uuid))
        or (isinstance(each, exp.Anonymous) and each.name.lower() in _CHANCE)
        for each in node.walk()
    )


def _sampled(
    query: Query, block: Block, source: Source, table: Table, count: int
) -> Iterator[Remedy]:
    size = query.size_of(table.key)
    rows = query.rows_of(table.key)
    if query.target.dialect != "postgresql" or size is None or not rows or size.pages <= PAGES:
        return
    fitting = _fitting(query, table) or rows
    percent = 100 * max(count * PLENTY / fitting, PAGES / size.pages)
    if percent > 50:
        return
    sample = f"{percent:.2g}" if percent >= 0.01 else "0.01"
    made, twin = tree.twinned(block.node.root())
    named = source.node.sql(dialect="postgres")
    text = f"SELECT 1 FROM {named} TABLESAMPLE SYSTEM ({sample})"
    twin(source.node).replace(sqlglot.parse_one(text, dialect="postgres").args["from_"].this)
    yield remedies.rewrite(
        query,
        made,
        "draw from a sample of pages",
        sqlalchemy=f"tablesample({table.name}, func.system({sample}))",
        same=False,
        tradeoff="rows of one page come together or not at all, so that chances are not "
        "independent; a sample can have fewer rows than asked for",
        risk=Risk(
            "rows that were stored together are drawn together; few rows may fit the conditions",
            "ask again with a larger sample when too few come; where each row must have the same "
            "chance, keep ORDER BY random()",
        ),
        table=table.key,
    )


def _fitting(query: Query, table: Table) -> float | None:
    return sum(each.rows for each in plans.reads(query, table)) or None


def _by_key(query: Query, block: Block, source: Source, table: Table) -> Iterator[Remedy]:
    """The rows behind a random key, where the table has one whole number as its key."""
    names = keys.shortest_key(query.schema, table)
    column = table.column(names[0]) if names is not None and len(names) == 1 else None
    if column is None or column.type.lower() not in ("smallint", "integer", "bigint"):
        return
    dialect = tree.GLOT[query.target.dialect]
    name = tree.identifier(column.name).sql(dialect=dialect)
    mine = f"{spelling(source).sql(dialect=dialect)}.{name}"
    bare = source.node.copy()
    bare.set("alias", None)
    from_ = bare.sql(dialect=dialect)
    drawn = {
        "postgresql": f"(SELECT CAST(RANDOM() * MAX({name}) AS {column.type}) FROM {from_})",
        "sqlite": f"(SELECT ABS(RANDOM()) % MAX({name}) FROM {from_})",
    }[query.target.dialect]
    made, twin = tree.twinned(block.node.root())
    select = twin(block.node)
    assert isinstance(select, exp.Select)
    select.where(f"{mine} >= {drawn}", copy=False, dialect=dialect)
    select.set(
        "order", sqlglot.parse_one(f"SELECT 1 ORDER BY {mine}", dialect=dialect).args["order"]
    )
    yield remedies.rewrite(
        query,
        made,
        "begin at a random key",
        sqlalchemy=f".where({column.name} >= start).order_by({column.name}), start drawn in Python",
        same=False,
        tradeoff="the rows are neighbors by their key, and one behind a gap comes more often; near "
        "the last key fewer come than asked for",
        risk=Risk(
            "neighbors are drawn together, and rows behind gaps more often",
            "draw several starts with one row each where that matters",
        ),
        table=table.key,
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives a sample, or a random start."""
    return remedies.advice(finding, query, "an order by chance has to number and sort every row")
