"""A condition on a value inside of a JSON column reads and opens every document.

## What it does

Looks for `attributes @> '{…}'` without a GIN index of the column, and for `attributes ->> 'name' =
…` without an index of that expression, which a GIN index does not serve.

## Why is this bad?

Every document is read, those that lie outside of the row as well, and unpacked to look at one
value in it.

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
from dbwright.recipes.queries import documents, remedies, tree, wrapped
from dbwright.recipes.queries.reading import Reading, Reference

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
TABLE = "create table products (id integer primary key, attributes jsonb not null);"
DATA = (
    "insert into products select i, jsonb_build_object('color', 'color' || i % 2000, 'size',"
    " jsonb_build_object('eu', i % 60, 'fit', 'fit ' || i % 900)) from generate_series(1, 20000) i",
)
GIN = f"{TABLE}create index ix_products_attributes on products using gin (attributes);"
MERGED = (*DATA, "select gin_clean_pending_list('ix_products_attributes')")
BAD = QueryExample(
    schema=TABLE,
    sql='select p.id from products p where p.attributes @> \'{"color": "color17"}\'',
    claims=("cheaper_plan",),
    data=DATA,
)
BAD_VALUE = QueryExample(
    schema=TABLE,
    sql="SELECT products.id FROM products WHERE (products.attributes ->> 'color') = 'color201'",
    claims=("cheaper_plan",),
    data=DATA,
)
BAD_BESIDE_GIN = QueryExample(
    schema=GIN,
    sql="select id from products where attributes -> 'size' ->> 'fit' = 'fit 77'",
    claims=("same_rows", "cheaper_plan"),
    data=MERGED,
)
BAD_NUMBER = QueryExample(
    schema=TABLE.replace("jsonb", "json"),
    sql="select id from products where (attributes ->> 'id')::int = 77",
    claims=("cheaper_plan",),
    data=(
        "insert into products select i, json_build_object('id', i)"
        " from generate_series(1, 20000) i",
    ),
)
BAD_SQLITE = QueryExample(
    schema="create table products (id integer primary key, attributes text not null);",
    sql="select id from products where json_extract(attributes, '$.color') = 'red'",
    claims=("cheaper_plan",),
    data=(
        "insert into products with recursive n(i) as (select 1 union all select i + 1 from n"
        " where i < 3000) select i, '{\"color\": \"color' || i || '\"}' from n",
    ),
    dialect="sqlite",
)
GOOD = QueryExample(
    schema=GIN,
    sql='select id from products where attributes @> \'{"color": "color17"}\'',
    data=MERGED,
)
GOOD_EXPRESSION = QueryExample(
    schema=f"{TABLE}create index ix_products_color on products ((attributes ->> 'color'));",
    sql="select p.id from products p where p.attributes ->> 'color' = 'color17'",
    data=DATA,
)
GOOD_FEW_BEFORE = QueryExample(
    schema=TABLE,
    sql="select id from products where id = 7 and attributes ->> 'color' = 'color17'",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each condition inside of a document that no index serves."""
    reading = Reading(query)
    for block in reading.blocks:
        for _, found in documents.contained(reading, block):
            if documents.gin_of(found.table, found.column.name) is None:
                yield _finding(query, found, "each document is opened for @>", _gins(query, found))
        for each in documents.extracted(query, reading, block):
            if not wrapped.has_expression_index(query, each.found.table, each.side):
                word = tree.text(query, each.side)
                ways = list(_ways(query, each))
                yield _finding(query, each.found, f"each document is opened for {word}", ways)


def _finding(query: Query, found: Reference, message: str, ways: list[Remedy]) -> Finding:
    return remedies.finding(query, message, found.key, ways)


def _gins(query: Query, found: Reference) -> list[Remedy]:
    """The smaller class serves @> and paths alone, the other one ? as well."""
    name = spelled(found.column.name)
    made = []
    for opclass, serves in (("jsonb_path_ops", "@> alone"), (None, "@> and ?, and is larger")):
        key = IndexKey(name, opclass=opclass)
        tradeoff = f"a GIN index slows writes of the column; this one serves {serves}"
        made.append(remedies.index(query, found.table, [key], method="gin", tradeoff=tradeoff))
    return made


def _ways(query: Query, each: documents.Extracted) -> Iterator[Remedy]:
    """An index of the expression; @> where a GIN index is and means the same."""
    yield remedies.index(
        query,
        each.found.table,
        [remedies.key(query, documents.spelled(query, each.side))],
        tradeoff="no change of the query; one more index to keep, for this value alone",
    )
    other = documents.as_containment(each)
    if other is not None and documents.gin_of(each.found.table, each.found.column.name):
        yield remedies.rewrite(
            query,
            tree.replaced(each.node.root(), (each.node, other)),
            "ask with @>, which the GIN index serves",
            sqlalchemy=f".where({each.found.column.name}.contains(…))",
            conditions=(
                "the text is that of no number, truth value, object or array, so that only a "
                "string gives it",
            ),
            table=each.found.table.key,
        )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the index that serves the operator."""
    reason = "a GIN index serves @>, an index of the expression ->>, and neither the other"
    return remedies.advice(finding, query, reason)
