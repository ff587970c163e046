"""A total is counted over a sorted and joined sub-query.

## What it does

Looks for `SELECT count(*) FROM (SELECT … ORDER BY …)`, as paginators of an ORM write it, and
leaves out the order, the columns, and the joins that neither add nor remove a row.

## Why is this bad?

The number of rows does not depend on their order, but the server sorts them all the same, joins
what the order needs, and carries every column through the sort.

## When to leave it

When the sub-query has a LIMIT: then the order decides which rows are counted (and the rule is
silent).
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import arms, remedies, tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.reading import Block, Reading
from dbwright.recipes.queries.unused import unused
from dbwright.recipes.queries.uses import without_source

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
TABLES = """
create table customers (id integer primary key, name text not null);
create table orders (
    id integer primary key, customer_id integer references customers (id), note text not null
);
"""
DATA = (
    "insert into customers select i, 'customer ' || i from generate_series(1, 5000) i",
    "insert into orders select i, 1 + i % 5000, repeat(md5(i::text), 2)"
    " from generate_series(1, 40000) i",
)
BAD = QueryExample(
    schema=TABLES,
    sql="SELECT count(*) AS count_1 FROM (SELECT orders.id AS orders_id, orders.note AS"
    " orders_note, customers_1.name AS customers_1_name FROM orders LEFT OUTER JOIN customers AS"
    " customers_1 ON customers_1.id = orders.customer_id ORDER BY customers_1.name, orders.note)"
    " AS anon_1",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_SQLITE = QueryExample(
    schema=TABLES,
    sql="select count(*) as n from (select o.id, o.note, c.name from orders o left join customers c"
    " on c.id = o.customer_id order by c.name, o.note) as s",
    claims=("same_rows", "cheaper_plan"),
    rows=(("customers", 200), ("orders", 3000)),
    dialect="sqlite",
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select count(*) from (select id from orders order by id limit 100) as s",
    data=DATA,
)
GOOD_NOT_SORTED = QueryExample(
    schema=TABLES,
    sql="select count(*) as n from (select o.id, c.name from orders o left join customers c"
    " on c.id = o.customer_id) as s",
    data=DATA,
)
GOOD_ORDER_MATTERS = QueryExample(
    schema=TABLES,
    sql="select string_agg(name, ', ') from (select name from customers where id < 50"
    " order by name) as s",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for a count over a sub-query whose order or joins add nothing."""
    reading = Reading(query)
    for block in reading.blocks:
        inner = _counted(query, block)
        if inner is None or not _sorts(inner):
            continue
        made, whys = _counting(query, block, inner)
        if made.find(exp.Window) is not None and inner.node.args.get("order") is None:
            continue
        table = arms.first_table(inner)
        remedy = remedies.rewrite(
            query,
            tree.replaced(block.node.root(), (block.node, made)),
            "count without the order and what it needs",
            sqlalchemy="select(func.count()).select_from(Model).where(…), a statement of its own",
            conditions=("a number of rows does not depend on their order", *whys),
            table=table,
        )
        yield remedies.finding(query, "a total is counted over sorted rows", table, [remedy])


def _counted(query: Query, block: Block) -> Block | None:
    """The sub-query that a block counts the rows of; None for one that gives other things too."""
    selects = [each.unalias() for each in block.node.expressions]
    sources = list(block.sources.values())
    if len(sources) != 1 or sources[0].block is None or len(selects) != 1:
        return None
    if not isinstance(selects[0], exp.Count) or _has(block, "group", "having", "with_", "windows"):
        return None
    inner = sources[0].block
    plain = isinstance(sources[0].node, exp.Subquery) and sources[0].node.this is inner.node
    if not plain or inner.limited or inner.outer is not None:
        return None
    return inner if is_steady(query, *inner.node.expressions) and not _locks(inner) else None


def _sorts(inner: Block) -> bool:
    """Whether it is ordered, or numbers its rows in an order."""
    windows = (each for one in inner.node.expressions for each in one.find_all(exp.Window))
    return inner.node.args.get("order") is not None or any(w.args.get("order") for w in windows)


def _has(block: Block, *names: str) -> bool:
    return any(block.node.args.get(name) for name in names)


def _locks(block: Block) -> bool:
    return _has(block, "locks", "into", "laterals")


def _counting(query: Query, block: Block, inner: Block) -> tuple[exp.Expr, list[str]]:
    select = inner.node.copy()
    select.set("order", None)
    count = block.node.expressions[0].unalias()
    alone = isinstance(count.this, (exp.Star, exp.Literal)) and not _has(block, "where", "limit")
    if not alone or inner.grouped or _has(inner, "distinct", "group", "with_", "qualify"):
        return tree.replaced(block.node, (inner.node, select)), []
    whys: list[str] = []
    bare, why = _joined_less(query, select)
    whys += why
    made = block.node.copy()
    made.set("from_", bare.args.get("from_"))
    made.set("joins", bare.args.get("joins"))
    made.set("where", bare.args.get("where"))
    return made, whys


def _joined_less(query: Query, select: exp.Select) -> tuple[exp.Select, list[str]]:
    """The SELECT without the joins that a count of its rows does not need, one after the other."""
    whys: list[str] = []
    while True:
        reading = Reading(query, select)
        block = reading.block_of(reading.root) if reading.root is not None else None
        found = unused(reading, block, output=False) if block is not None else None
        made = without_source(block, found.source, found.gone) if block and found else None
        if found is None or made is None or not found.held:
            return select, whys
        select = made
        whys.append(found.why)


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the count alone."""
    return remedies.advice(finding, query, "the order of rows does not change their number")
