"""A deep OFFSET reads and throws away every row before the page.

## What it does

Looks for an OFFSET of 1,000 rows and more.

## Why is this bad?

The server produces all skipped rows in order and discards them: page 1,000 costs a thousand
times page 1, and rows that are inserted meanwhile shift the pages.

## When to leave it

When people never leave the first pages, or when they must jump to a page by its number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.finding import Advice, Finding, Remedy, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import remedies, tree
from dbwright.recipes.queries.changed import changed
from dbwright.recipes.queries.reading import Block, Reading

APPLIES = Applies()
SEVERITY = "warning"
DEEP = 1_000
TABLE = "create table events (id integer primary key, name text not null);"
BAD = QueryExample(
    schema=TABLE,
    sql="select id, name from events order by id limit 20 offset 2000",
    claims=("reads_skipped_rows",),
    rows=(("events", 3000),),
)
BAD_SQLITE = QueryExample(
    schema=TABLE,
    sql="select events.id as events_id, events.name as events_name from events"
    " order by events.id desc limit 20 offset 2000",
    claims=("reads_skipped_rows",),
    rows=(("events", 3000),),
    dialect="sqlite",
)
BAD_MARIADB = QueryExample(
    schema=TABLE.replace("text", "varchar(40)"),
    sql="select id, name from events order by id limit 2000, 20",
    claims=("reads_skipped_rows",),
    rows=(("events", 3000),),
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=TABLE.replace("text", "varchar(40)"),
    sql="select id, name from events order by id limit 20, 20",
    rows=(("events", 3000),),
    dialect="mariadb",
)
GOOD = QueryExample(
    schema=TABLE,
    sql="select id, name from events where id > 2000 order by id limit 20",
    rows=(("events", 3000),),
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each deep OFFSET."""
    reading = Reading(query)
    for offset in list(reading.root.find_all(exp.Offset)) if reading.root is not None else []:
        value = offset.expression
        if not isinstance(value, exp.Literal) or not value.is_number or int(value.this) < DEEP:
            continue
        block = reading.block_of(offset)
        if block is None:
            continue
        count = int(value.this)
        probe = QueryProbe(
            query.sql, "reads_skipped_rows", count=count, other=_first_page(query, offset)
        )
        first = next(iter(block.sources.values()), None)
        table = first.table.key if first is not None and first.table is not None else None
        yield remedies.finding(
            query,
            f"OFFSET reads and throws away {count:,} rows before the page",
            table,
            [*_keyset(query, reading, offset, block), _refused()],
            [Claim("reads_skipped_rows", table, probe=probe)],
            offset=count,
        )


def _first_page(query: Query, offset: exp.Offset) -> str | None:
    """The statement without its OFFSET, to compare with where no run counts rows."""
    if query.target.dialect == "postgresql":
        return None
    return tree.text(query, tree.replaced(offset.root(), (offset, None)))


def _keyset(query: Query, reading: Reading, offset: exp.Offset, block: Block) -> Iterator[Remedy]:
    """Paging by the last row seen, where the order is total: it ends in a key, all one way."""
    order = block.node.args.get("order")
    keys = list(order.expressions) if order is not None else []
    found = [reading.reference(key.this) for key in keys if isinstance(key, exp.Ordered)]
    known = [each for each in found if each is not None and not each.column.nullable]
    ways = {bool(key.args.get("desc")) for key in keys}
    unique = reading.key_of(block)
    named = {(each.source.alias, each.column.name) for each in known}
    if not keys or len(known) != len(keys) or len(ways) != 1 or unique is None:
        return
    if not unique <= named or block.grouped:
        return
    columns = [tree.text(query, key.this) for key in keys]
    down = ways.pop()
    sign = "<" if down else ">"
    left = columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
    places = [f":last_{each.column.name}" for each in known]
    right = places[0] if len(places) == 1 else f"({', '.join(places)})"
    dialect = tree.GLOT[query.target.dialect]
    page = tree.replaced(block.node, (offset, None))
    assert isinstance(page, exp.Select)
    page.where(f"{left} {sign} {right}", copy=False, dialect=dialect)
    other = tree.replaced(offset.root(), (block.node, page))
    names = ", ".join(each.column.name for each in known)
    yield remedies.in_code(
        "page by the last row seen (keyset)",
        f"-- SQLAlchemy: .where(tuple_({names}) {sign} last_seen)\n{tree.pretty(query, other)}",
        tradeoff="there is no jump to page N",
        risk=Risk(
            "there is no jump to page N, and a row that is put before the last one seen is missed",
            "hand out the last row's keys as the page's cursor",
        ),
    )


def _refused() -> Remedy:
    return remedies.in_code(
        "keep OFFSET and refuse deep pages",
        "offset = min(offset, 1_000)",
        tradeoff="no change of the interface; what lies deep is then not reachable",
        risk=Risk("deep pages are gone", "offer a search instead"),
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives paging by the last row seen."""
    reason = "rows must be produced in order before they can be skipped"
    found = remedies.advice(finding, query, reason)
    hint, _, other = found.fix.code.partition("\n")
    root = tree.tree(query)
    lines = changed(tree.pretty(query, root), other) if other and root is not None else ""
    return replace(found, fix=replace(found.fix, changed=f"{hint}\n{lines}")) if lines else found
