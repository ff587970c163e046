"""LIKE with a fixed beginning cannot use the index of its column, which sorts by language.

## What it does

Looks for `name LIKE 'abc%'` where a plain index of the column is and the database sorts texts by
a language (on SQLite: where the index minds upper and lower case, and LIKE does not).

## Why is this bad?

Texts that begin alike stand side by side only in an index that is sorted by their bytes. Under any
collation but C the index serves = and ORDER BY, and LIKE reads every row.

## When to leave it

On a small table, or behind another condition that leaves few rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.candidate import IndexKey
from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.identifiers import spelled
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import Table
from dbwright.recipes.queries import plans, remedies
from dbwright.recipes.queries.comparisons import has_index
from dbwright.recipes.queries.patterns import patterns
from dbwright.recipes.queries.reading import Reading

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
TABLE = """
create table orders (id integer primary key, reference text not null, note text);
create index ix_orders_reference on orders (reference);
"""
DATA = (
    "insert into orders select i, 'R' || md5(i::text), repeat('x', 60)"
    " from generate_series(1, 20000) i",
)
SORTED = """
create collation "as people sort" (provider = libc, locale = 'C.UTF-8');
create table orders (
    id integer primary key, reference varchar(40) collate "as people sort", note text
);
create index ix_orders_reference on orders (reference);
"""
BAD = QueryExample(
    schema=SORTED,
    sql="select o.id, o.note from orders o where o.reference like 'R6f3f%'",
    claims=("cheaper_plan",),
    data=DATA,
)
BAD_SQLITE = QueryExample(
    schema=TABLE,
    sql="select id, note from orders where reference like 'R6f3f%'",
    claims=("cheaper_plan",),
    rows=(("orders", 3000),),
    dialect="sqlite",
)
GOOD = QueryExample(
    schema=SORTED + "create index ix_orders_reference_like on orders (reference text_pattern_ops);",
    sql="select id, note from orders where reference like 'R6f3f%'",
    data=DATA,
)
GOOD_BYTES = QueryExample(
    schema=TABLE.replace("text not null", 'text collate "C" not null'),
    sql="select id, note from orders where reference like 'R6f3f%'",
    data=DATA,
)
GOOD_FEW_BEFORE = QueryExample(
    schema=SORTED,
    sql="select note from orders where id = 7 and reference like 'R6f3f%'",
    data=DATA,
)
MESSAGE = "its index is sorted otherwise than LIKE compares, so the prefix reads every row"


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each prefix that the index of its column does not serve."""
    reading = Reading(query)
    for condition in (each for block in reading.blocks for each in block.conditions()):
        for each in (one for one in patterns(query, reading, condition) if one.is_plain):
            table, name = each.found.table, each.found.column.name
            if each.node is not condition or not each.prefix or each.ignores_case:
                continue
            if has_index(table, name) and plans.reads_whole(query, table):
                index = _index(query, table, name)
                if index is not None:
                    yield remedies.finding(query, MESSAGE, each.found.key, [index])


def _index(query: Query, table: Table, name: str) -> Remedy | None:
    """https://www.sqlite.org/optoverview.html#the_like_optimization"""
    if query.target.dialect == "sqlite":
        if _ignores_case(table, name):
            return None
        return remedies.index(query, table, [IndexKey(f"{spelled(name)} COLLATE NOCASE")])
    if any(key.column == name and key.opclass for index in table.indexes for key in index.keys):
        return None
    key = remedies.column(name, opclass="text_pattern_ops")
    return remedies.index(query, table, [key], tradeoff="it serves LIKE and =, and no ORDER BY")


def _ignores_case(table: Table, name: str) -> bool:
    keys = [index.keys[0] for index in table.indexes]
    return any(key.column == name and (key.collation or "").lower() == "nocase" for key in keys)


def advise(finding: Finding, query: Query) -> Advice:
    """Gives an index that is sorted as LIKE compares."""
    reason = "an index finds a beginning only where it is sorted as LIKE compares"
    return remedies.advice(finding, query, reason)
