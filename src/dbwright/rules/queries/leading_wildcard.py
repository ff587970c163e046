"""A LIKE pattern begins with a wildcard, so no b-tree index can serve it.

## What it does

Looks for LIKE and ILIKE with a pattern that begins with `%` or `_`, where no trigram index is. For
a pattern that only asks how a text ends, an index of the reversed text serves as well.

## Why is this bad?

A b-tree is ordered by the beginning of the text; a search for what stands inside or at the end
reads every row.

## When to leave it

On a small table, or behind another condition that leaves few rows. Full text search is no
replacement that returns the same rows: it finds words, not pieces of words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from dbwright.core.candidate import IndexKey
from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.finding import Advice, Finding, Remedy, Risk, Step
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import Table
from dbwright.dialects.mysql.indexes import creation
from dbwright.recipes.queries import plans, remedies, tree
from dbwright.recipes.queries.comparisons import unaliased
from dbwright.recipes.queries.generated import generated
from dbwright.recipes.queries.patterns import Pattern, patterns
from dbwright.recipes.queries.reading import Reading
from dbwright.recipes.queries.wrapped import has_expression_index

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
SEVERITY = "warning"
TABLE = "create table products (id integer primary key, name text not null, sku varchar(40));"
DATA = (
    "insert into products select i, 'kettle ' || i, md5(i::text) from generate_series(1, 20000) i",
)
BAD = QueryExample(
    schema=TABLE,
    sql="select id from products where name ilike '%' || 'kettle' || '%'",
    claims=("reads_whole_table",),
    rows=(("products", 3000),),
)
BAD_SUFFIX = QueryExample(
    schema=TABLE,
    sql="select p.id from products as p where p.sku like '%a04f2c'",
    claims=("reads_whole_table", "same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_LOWER = QueryExample(
    schema=TABLE,
    sql="select p.id from products as p where lower(p.name) like lower('%Kettle%')",
    claims=("reads_whole_table",),
    rows=(("products", 3000),),
)
GOOD_LOWER = QueryExample(
    schema=TABLE + "create index ix_products_lower on products (lower(name) text_pattern_ops);",
    sql="select id from products where lower(name) like 'kettle 12%'",
    data=DATA,
)
BAD_EITHER = QueryExample(
    schema=TABLE,
    sql="select id from products where name ilike '%kettle%' or sku ilike '%kettle%'",
    claims=("reads_whole_table",),
    rows=(("products", 3000),),
)
GOOD = QueryExample(
    schema=TABLE + "create index ix_products_name on products (name text_pattern_ops);",
    sql="select id from products where name like 'kettle%'",
    rows=(("products", 3000),),
)
GOOD_FEW_BEFORE = QueryExample(
    schema=TABLE,
    sql="select id from products where id = 7 and name like '%kettle'",
    rows=(("products", 3000),),
)
GOOD_SMALL = QueryExample(
    schema=TABLE,
    sql="select id from products where name ilike '%kettle%'",
    rows=(("products", 60),),
)
MARIADB = """
create table products (id int primary key, name varchar(80) not null, sku varchar(40));
"""
PRODUCTS = (
    "insert into products (id, name, sku) select seq, concat('kettle ', seq), md5(seq)"
    " from seq_1_to_9000",
)
BAD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select p.id from products as p where p.sku like '%a04f'",
    claims=("reads_whole_table", "cheaper_plan"),
    data=PRODUCTS,
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=MARIADB + "create index ix_products_sku on products (sku);",
    sql="select id from products where sku like 'a04f%'",
    data=PRODUCTS,
    dialect="mariadb",
)
SMALL = 1_000
"""Rows under which reading all of them is nothing that anybody waits for."""


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each condition with patterns that begin with a wildcard."""
    reading = Reading(query)
    for condition in (each for block in reading.blocks for each in block.conditions()):
        open_ = [each for each in patterns(query, reading, condition) if each.begins_open]
        tables = {each.found.table.key: each.found.table for each in open_}
        if len(tables) != 1 or not _is_read(query, open_[0].found.table):
            continue
        first = open_[0]
        table, column = first.found.table.key, first.found.column.name
        index = _probe(query, first)
        probe = QueryProbe(query.sql, "no_index_used", setup=(index,), table=table)
        ways = list(_ways(query, condition, open_))
        if ways:
            yield remedies.finding(
                query,
                "a pattern that begins with a wildcard reads every row",
                first.found.key,
                ways,
                [Claim("reads_whole_table", table, column=column, probe=probe)],
            )


def _probe(query: Query, pattern: Pattern) -> str:
    """The index of what is compared that serves patterns with a beginning."""
    found = pattern.found
    if query.target.dialect in remedies.MYSQL:
        return creation("dbwright_probe", found.table.name, [IndexKey(found.column.name)])
    key = tree.text(query, unaliased(pattern.side, query))
    key = key if pattern.is_plain else f"({key})"
    return f"create index dbwright_probe on {found.table.key} ({key} text_pattern_ops)"


def _ways(query: Query, condition: exp.Expr, open_: Sequence[Pattern]) -> Iterator[Remedy]:
    if query.target.dialect not in remedies.MYSQL:
        yield from _reversed(query, condition, open_)
        yield from _trigrams(query, open_)
        return
    first = open_[0]
    if first.suffix is not None and first.node is condition and first.is_plain:
        turned = exp.Reverse(this=first.found.node.copy())
        text = exp.Literal.string(f"{first.suffix[::-1]}%")
        like = exp.Like(this=turned, expression=text)
        yield from generated(query, first.found, turned, (condition, like))


def _is_read(query: Query, table: Table) -> bool:
    rows = query.rows_of(table.key)
    large = rows is None or rows >= SMALL
    return large and (query.root is None or plans.reads_whole(query, table))


def _reversed(query: Query, condition: exp.Expr, open_: Sequence[Pattern]) -> Iterator[Remedy]:
    """The end of a text as the beginning of the reversed one."""
    first = open_[0]
    suffix = first.suffix
    if suffix is None or first.ignores_case or not first.is_plain or first.node is not condition:
        return
    turned = exp.Reverse(this=first.found.node.copy())
    like = exp.Like(this=turned, expression=exp.Literal.string(f"{suffix[::-1]}%"))
    own = exp.Reverse(this=exp.Column(this=tree.identifier(first.found.column.name)))
    key = tree.text(query, own)
    index = remedies.index(query, first.found.table, [remedies.key(query, key, "text_pattern_ops")])
    made = remedies.rewrite(
        query,
        tree.replaced(condition.root(), (condition, like)),
        "ask for the beginning of the reversed text, with an index of it",
        sqlalchemy=f'.where(func.reverse({first.found.column.name}).like(suffix[::-1] + "%"))',
        conditions=("reverse() turns a text letter by letter",),
        table=first.found.table.key,
    )
    yield remedies.without(
        made,
        code=f"{made.code}\n# and an index:\n{index.code}",
        tradeoff=f"serves patterns of this kind alone; {index.tradeoff}",
        steps=index.steps,
        candidate=index.candidate,
    )


def _trigrams(query: Query, open_: Sequence[Pattern]) -> Iterator[Remedy]:
    """Trigram indexes of all columns; the extension is made first, which takes a role that may."""
    found = {tree.text(query, unaliased(each.side, query)): each for each in open_}
    table = open_[0].found.table
    indexed = {index.columns[0] for index in table.indexes if index.method in ("gin", "gist")}
    served = any(
        each.found.column.name in indexed
        if each.is_plain
        else has_expression_index(query, table, each.side)
        for each in open_
    )
    if served or not all(each.has_trigram for each in open_):
        return
    several = [
        remedies.index(
            query,
            each.found.table,
            [IndexKey(text, opclass="gin_trgm_ops", is_column=each.is_plain)],
            method="gin",
            tradeoff="the same rows; a large index that slows writes of the column",
        )
        for text, each in found.items()
    ]
    made = remedies.together(several, "a trigram index, which returns the same rows")
    risk = Risk(
        "a GIN index is large and slows writes of the column; patterns under three letters "
        "still read the table",
        "measure the share of writes; refuse shorter patterns",
    )
    if any(each.kind == "extension" and each.name == "pg_trgm" for each in query.schema.others):
        yield remedies.without(made, risk=risk)
        return
    extension = "create extension if not exists pg_trgm"
    yield remedies.without(
        made,
        code=f'{made.code}\n# before it:\nop.execute("{extension}")',
        risk=risk,
        steps=(Step(extension), *made.steps),
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives a trigram index, or the search of the reversed text."""
    return remedies.advice(finding, query, "a b-tree finds texts by their beginning only")
