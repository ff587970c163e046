"""An index has all columns, and the table is read all the same: its pages were not vacuumed.

## What it does

Looks for a table of which the visibility map knows few pages, that is read by an index-only scan
with visits to the table, or by another scan although an index has all columns of it.

## Why is this bad?

An index does not say whether a row is visible. Only for pages that VACUUM has marked can the table
be left alone; after a load, or on a table that only grows, no page is marked.

## When to leave it

When the rows change all the time: the marks are gone as soon as they are set.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import Table
from dbwright.recipes.queries import estimates, remedies
from dbwright.recipes.queries.estimates import Scan
from dbwright.recipes.queries.reading import Reading
from dbwright.recipes.queries.uses import uses

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
MARKED, VISITS, FEW = 0.5, 0.5, 100.0
"""Half of the pages marked, half of the rows visited; fewer rows are read in no time."""
ONLY = "Index Only Scan"
TABLE = """
create table orders (
    id integer primary key, customer_id integer not null, cents integer not null, note text not null
);
create index ix_orders_customer_id_cents on orders (customer_id, cents);
"""
DATA = (
    "insert into orders select i, i * 7919 % 3000, i % 999, repeat('note ', 30)"
    " from generate_series(1, 30000) i",
)
SQL = "select sum(o.cents) from orders o where o.customer_id between 100 and 400"
BAD = QueryExample(schema=TABLE, sql=SQL, claims=("cheaper_plan",), data=DATA)
BAD_VISITS = QueryExample(
    schema=TABLE,
    sql="select customer_id, cents from orders where customer_id between 100 and 400"
    " order by customer_id, cents",
    claims=("cheaper_plan",),
    data=DATA,
    ran=True,
)
GOOD = QueryExample(schema=TABLE, sql=SQL, data=DATA, after=("vacuum orders",), ran=True)
GOOD_OTHER_COLUMN = QueryExample(
    schema=TABLE,
    sql="select max(o.note) from orders o where o.customer_id between 100 and 105",
    data=DATA,
)
GOOD_ONE_ROW = QueryExample(
    schema=TABLE, sql="select cents from orders where customer_id = 4711", data=DATA
)
GOOD_FEW_OF_MANY = QueryExample(
    schema=TABLE,
    sql="select customer_id, cents from orders order by customer_id, cents limit 100",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each table that is visited for want of marks."""
    seen: set[str] = set()
    for scan in estimates.scans(query):
        index = _covering(query, scan)
        if index is None or scan.table.key in seen or not _is_visited(query, scan):
            continue
        seen.add(scan.table.key)
        yield _finding(query, scan, index)
    if not query.schema.tables:
        yield from _of_plan(query)


def _is_visited(query: Query, scan: Scan) -> bool:
    step = scan.step
    found = step.found if query.ran else None
    rows = step.expected * step.share if found is None else found
    if rows <= FEW:
        return False
    size = query.size_of(scan.table.key)
    if scan.node.name == ONLY and query.ran:
        return (scan.node.heap_fetches or 0.0) >= VISITS * rows
    if size is None or estimates.is_small(size) or size.rows < 0:
        return False
    return size.visible_pages < MARKED * max(size.known_pages, 1)


def _covering(query: Query, scan: Scan) -> str | None:
    """The index that has all columns of a table that the statement reads, and finds its rows."""
    if scan.node.name == ONLY:
        return scan.node.index
    needed = _needed(query, scan.table)
    compared = {each.column for each in scan.conditions() if each.kind not in ("not null", "like")}
    if needed is None:
        return None
    for index in scan.table.indexes:
        held = {*index.columns, *index.include}
        plain = index.method == "btree" and index.valid and index.predicate is None
        if plain and None not in held and needed <= held and index.columns[0] in compared:
            return index.name
    return None


def _needed(query: Query, table: Table) -> set[str] | None:
    """The columns of a table that a statement names; None where that is not certain."""
    reading = Reading(query)
    found = [
        (block, source)
        for block in reading.blocks
        for source in block.sources.values()
        if source.table is table
    ]
    if len(found) != 1:
        return None
    columns = uses(reading, *found[0])
    return {each.name for each in columns} if columns is not None else None


def _finding(query: Query, scan: Scan, index: str) -> Finding:
    table, size = scan.table, query.size_of(scan.table.key)
    remedy = remedies.statements(
        "vacuum",
        f"vacuum {table.key}",
        [f"vacuum (analyze) {remedies.table_name(table)}"],
        tradeoff="the table is read once; reads and writes go on meanwhile",
        risk=Risk(
            "the marks of a page are gone with the next write on it",
            "let autovacuum come often enough: alter table … set (autovacuum_vacuum_scale_factor = "
            "0.02, autovacuum_vacuum_insert_scale_factor = 0.02)",
        ),
        undo="none needed: VACUUM changes no row",
        tests="EXPLAIN (ANALYZE) of the query has an Index Only Scan with Heap Fetches: 0",
        table=table.key,
        autocommit=True,
    )
    seen = [f"{size.visible_pages:,} of {size.known_pages:,} pages are marked"] if size else []
    if scan.node.heap_fetches:
        seen.append(f"{scan.node.heap_fetches:,.0f} visits to the table (Heap Fetches)")
    return remedies.finding(
        query,
        f"{index} has all columns, and the table is visited for want of a VACUUM",
        table.key,
        [remedies.without(remedy, in_plan=True)],
        evidence=seen,
        index=index,
    )


def _of_plan(query: Query) -> Iterator[Finding]:
    """What a plan alone shows: visits for half of the rows of an index-only scan."""
    for node in query.root.walk() if query.root is not None else ():
        rows = (node.actual_rows or 0.0) * (node.loops or 0.0)
        if node.name != ONLY or rows <= FEW or (node.heap_fetches or 0.0) < VISITS * rows:
            continue
        remedy = remedies.in_code(
            f"vacuum {node.relation}",
            f"vacuum (analyze) {node.relation};",
            tradeoff="the table is read once; reads and writes go on meanwhile",
            risk=Risk(
                "the plan alone does not tell how many of the table's pages are marked",
                "select relallvisible, relpages from pg_class, or give the review --db or --twin",
            ),
        )
        yield remedies.finding(
            query,
            f"an index-only scan of {node.index} visits the table for want of a VACUUM",
            node.relation,
            [remedy],
            evidence=[f"{node.heap_fetches:,.0f} visits for {rows:,.0f} rows"],
        )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives VACUUM, and how to have it come by itself."""
    reason = "only VACUUM marks pages whose rows all can see, and only those need no visit"
    return remedies.advice(finding, query, reason)
