"""All rows are read for the few values that a column has.

## What it does

Looks for `SELECT DISTINCT column` over a whole table with few values: goes from one value to the
next by an index, or asks the table whose keys the values are.

## Why is this bad?

PostgreSQL has no skip scan for DISTINCT: it reads every row, or every entry of an index, to give
forty values.

## When to leave it

When the values are a good part of the rows, or a table of its own should hold them anyway.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.identifiers import spelled
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import grouping, remedies, tree
from dbwright.recipes.queries.grouping import Groups
from dbwright.recipes.queries.output import is_locking
from dbwright.recipes.queries.reading import Block, Reading, Reference, leading

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
SPELLED_ALIKE = (
    "smallint",
    "integer",
    "bigint",
    "text",
    "character varying",
    "uuid",
    "date",
    "timestamp without time zone",
    "timestamp with time zone",
)
TABLES = """
create table countries (code text primary key, name text not null);
create table customers (
    id integer primary key, country text not null references countries (code), city text
);
"""
INDEXED = TABLES + "create index ix_customers_country on customers (country);"
DATA = (
    "insert into countries select 'C' || i, 'country ' || i from generate_series(1, 12) i",
    "insert into customers select i, 'C' || 1 + i % 11, 'city ' || i % 9000"
    " from generate_series(1, 40000) i",
)
BAD = QueryExample(
    schema=INDEXED,
    sql="select distinct country from customers order by country",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_WITHOUT_INDEX = QueryExample(
    schema=TABLES.replace(" references countries (code)", ""),
    sql="select distinct c.country as land from customers as c",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
GOOD = QueryExample(
    schema=INDEXED,
    sql="select distinct city from customers",
    data=DATA,
)
GOOD_SMALL = QueryExample(
    schema=INDEXED,
    sql="select distinct country from customers",
    data=(DATA[0], DATA[1].replace("40000", "40")),
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each DISTINCT of one column of a whole table with few values."""
    reading = Reading(query)
    for block in reading.blocks:
        found = _column(reading, block)
        if found is None or not grouping.are_few(query, found):
            continue
        ways = [_way(query, block, found, each) for each in grouping.groups(reading, found)]
        left = [each for each in ways if each is not None]
        yield remedies.finding(
            query, "all rows are read for the few values of a column", found.key, left
        )


def _column(reading: Reading, block: Block) -> Reference | None:
    distinct = block.node.args.get("distinct")
    if distinct is None or distinct.args.get("on") is not None or len(block.sources) != 1:
        return None
    parts = ("where", "group", "having", "limit", "offset", "with_", "windows")
    if any(block.node.args.get(part) for part in parts) or is_locking(block):
        return None
    found = reading.reference(block.node.expressions[0].unalias())
    if len(block.node.expressions) != 1 or found is None or found.column.nullable:
        return None
    (source,) = block.sources.values()
    kind = found.column.type.partition("(")[0]
    alike = kind in SPELLED_ALIKE or reading.query.schema.enum(kind) is not None
    own = found.source is source and found.table.kind in ("table", "partitioned", "partition")
    return found if own and alike and found.column.collation is None else None


def _way(query: Query, block: Block, found: Reference, ways: Groups) -> Remedy | None:
    only = block.node.expressions[0]
    named = only.args["alias"] if isinstance(only, exp.Alias) else only.this
    name = named.sql(dialect="postgres")
    where = ways.where or (
        f" WHERE EXISTS (SELECT 1 FROM {remedies.table_name(found.table)} AS t "
        f"WHERE t.{spelled(found.column.name)} = {ways.value})"
    )
    if not ways.where and ways.type != found.column.type:
        return None
    text = f"{ways.with_}SELECT {ways.value} AS {name} FROM {ways.source}{where}"
    made = sqlglot.parse_one(text, dialect="postgres")
    order = block.node.args.get("order")
    if order is not None:
        (key, *rest) = order.expressions
        if rest or not isinstance(key.this, exp.Column):
            return None
        turned = key.copy()
        turned.set("this", sqlglot.parse_one(ways.value, dialect="postgres"))
        made.set("order", exp.Order(expressions=[turned]))
    rewrite = remedies.rewrite(
        query,
        tree.replaced(block.node.root(), (block.node, made)),
        ways.title,
        sqlalchemy="select(Parent.key).where(exists().where(…)), or a recursive .cte()",
        conditions=ways.conditions,
        table=found.table.key,
    )
    if any(True for _ in leading(found.table, [found.column.name])):
        return rewrite
    index = remedies.index(query, found.table, [remedies.column(found.column.name)])
    return remedies.with_index(rewrite, index)


def advise(finding: Finding, query: Query) -> Advice:
    """Gives a look-up for each value."""
    return remedies.advice(finding, query, "the values are few, and an index has them in order")
