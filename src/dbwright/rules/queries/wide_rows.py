"""Every column is fetched, and some are kept apart from the rows: each costs look-ups of its own.

## What it does

Looks for a SELECT of all columns of a table that keeps long values out of line (TOAST), where many
rows come back.

## Why is this bad?

A long value is cut into pieces of 2 kB in a table of its own, and put together again for each row
that is sent. EXPLAIN does not do it [until 17, and then only with SERIALIZE], so that no plan
shows what most of the time is.

## When to leave it

When the caller uses those values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.core.schema import Column
from dbwright.recipes.queries import remedies, tree
from dbwright.recipes.queries.reading import Block, Reading, Source

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
LONG = ("text", "character varying", "bytea", "json", "jsonb", "xml")
"""Types whose values are kept apart where a row is too long.
https://www.postgresql.org/docs/current/storage-toast.html"""
ROWS, PAGES, SHORT = 100, 50, 18
"""Rows that come back; pages kept apart; bytes of the pointer in a row in place of a value."""
TABLE = """
create table reviews (id integer primary key, title text not null, body text not null);
"""
BODIES = (
    "insert into reviews select i, 'title ' || i, (select string_agg(md5((i * k)::text), '')"
    " from generate_series(1, 200) k) from generate_series(1, 3000) i",
)
BAD = QueryExample(
    schema=TABLE,
    sql="select * from reviews where id > 100 order by id",
    claims=("cheaper_plan",),
    data=BODIES,
)
BAD_ORM = QueryExample(
    schema=TABLE,
    sql="SELECT reviews.id, reviews.title, reviews.body FROM reviews WHERE reviews.id > 100",
    claims=("cheaper_plan",),
    data=BODIES,
)
GOOD = QueryExample(
    schema=TABLE, sql="select id, title from reviews where id > 100 order by id", data=BODIES
)
GOOD_FEW = QueryExample(
    schema=TABLE, sql="select * from reviews where id between 100 and 120", data=BODIES
)
GOOD_SHORT = QueryExample(
    schema=TABLE,
    sql="select * from reviews where id > 100 order by id",
    data=("insert into reviews select i, 'title', 'body' from generate_series(1, 3000) i",),
)
GOOD_ASKED_FOR = QueryExample(
    schema=TABLE, sql="select body from reviews where id > 100", data=BODIES
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each table of which all columns are sent, with long ones among them."""
    reading = Reading(query)
    root = reading.root
    block = reading.block_of(root) if isinstance(root, exp.Select) else None
    if block is None or block.grouped or block.node.args.get("distinct") or not _many(query):
        return
    for source in block.sources.values():
        kept = _kept_apart(query, source)
        if kept and _gives_all(block, source):
            made = _without(block, source, kept)
            if made is not None:
                yield _finding(query, source, kept, made)


def _many(query: Query) -> bool:
    root = query.root
    if root is None:
        return False
    rows = root.actual_rows if query.ran and root.actual_rows is not None else root.rows
    return rows >= ROWS


def _kept_apart(query: Query, source: Source) -> list[Column]:
    """The columns of a table that may have values out of line, where it has many."""
    table = source.table
    size = query.size_of(table.key) if table is not None else None
    if table is None or size is None or size.toast_pages < PAGES:
        return []
    found = []
    for column in table.columns:
        known = query.column_statistics(table.key, column.name)
        long = column.type.split("(")[0] in LONG or column.type.endswith("[]")
        if long and known is not None and known.width >= SHORT:
            found.append(column)
    return found


def _gives_all(block: Block, source: Source) -> bool:
    """Whether a SELECT list has a star, or each column of a table by its name."""
    assert source.table is not None
    named = set()
    for each in block.node.expressions:
        inner = each.unalias()
        if isinstance(inner, exp.Star):
            return True
        if isinstance(inner, exp.Column) and inner.table in (source.alias, ""):
            if isinstance(inner.this, exp.Star):
                return inner.table == source.alias
            named.add(inner.name)
    return {each.name for each in source.table.columns} <= named


def _without(block: Block, source: Source, kept: list[Column]) -> exp.Expr | None:
    """The statement without the long columns; None where they are used elsewhere in it."""
    gone = {each.name for each in kept}
    made: list[exp.Expr] = []
    for each in block.node.expressions:
        inner = each.unalias()
        if isinstance(inner, exp.Star) and len(block.sources) > 1:
            return None
        if isinstance(inner, exp.Star) or isinstance(inner.this, exp.Star):
            if isinstance(inner, exp.Column) and inner.table != source.alias:
                made.append(each)
                continue
            assert source.table is not None
            made += [
                tree.column(column.name, source.alias)
                for column in source.table.columns
                if column.name not in gone
            ]
        elif not (isinstance(inner, exp.Column) and inner.name in gone):
            made.append(each)
    other, twin = tree.twinned(block.node.root())
    twin(block.node).set("expressions", [each.copy() for each in made])
    return other if made else None


def _finding(query: Query, source: Source, kept: list[Column], other: exp.Expr) -> Finding:
    table, size = source.table, query.size_of(source.table.key if source.table else "")
    assert table is not None
    assert size is not None
    names = ", ".join(each.name for each in kept)
    columns = ", ".join(f"Model.{each.name}" for each in table.columns if each not in kept)
    remedy = remedies.rewrite(
        query,
        other,
        f"select only the columns that are used, without {names}",
        sqlalchemy=f".options(load_only({columns})), or deferred() for {names} in the model",
        same=False,
        tradeoff=f"right only where the caller does not use {names}: other columns come back",
        risk=Risk(
            f"code that touches {names} then loads it by one more statement for each object, or "
            "fails outside of the session",
            "load_only(…, raiseload=True) finds such code in the tests",
        ),
        table=table.key,
    )
    return remedies.finding(
        query,
        f"every row is sent with {names}, which is kept apart from the rows",
        f"{table.key}.{names}",
        [replace(remedy, in_plan=False)],
        evidence=[
            f"{size.toast_pages:,} pages are kept apart, beside {size.pages:,} of the table itself"
        ],
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the columns by name, load_only() or deferred()."""
    reason = "a value that is kept apart is put together for each row that is sent"
    return remedies.advice(finding, query, reason)
