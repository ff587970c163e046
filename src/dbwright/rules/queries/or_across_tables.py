"""An OR has arms on two tables, so that none of them restricts before the join.

## What it does

Looks for a condition such as `customers.email = … OR orders.reference = …` over an inner join.

## Why is this bad?

Neither arm may be applied before the tables are joined: every row is joined, and most are thrown
away. In two parts each arm begins with its own index.

## When to leave it

When the tables are small, or most rows match.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import disjoint, remedies, tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.reading import Block, Reading, Source

APPLIES = Applies()
SEVERITY = "warning"
SCHEMA = """
create table customers (id integer primary key, email text not null unique, name text);
create table orders (
    id integer primary key, customer_id integer references customers, reference text
);
create index ix_orders_reference on orders (reference);
create index ix_orders_customer_id on orders (customer_id);
"""
DATA = (
    "insert into customers select i, 'user' || i || '@example.com', 'name ' || i % 90"
    " from generate_series(1, 10000) i",
    "insert into orders select i, nullif(i % 10000, 0), 'R' || i from generate_series(1, 20000) i",
)
BAD = QueryExample(
    schema=SCHEMA,
    sql="select o.id, c.email from orders o join customers c on c.id = o.customer_id"
    " where c.email = 'user77@example.com' or o.reference = 'R4711' order by id limit 20",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_COUNT = QueryExample(
    schema=SCHEMA,
    sql="SELECT count(*) AS count_1, max(orders.reference) AS latest FROM orders, customers"
    " WHERE customers.id = orders.customer_id AND"
    " (customers.email = 'user77@example.com' OR orders.reference IN ('R4711', 'R77'))",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_SQLITE = QueryExample(
    schema=SCHEMA,
    sql="select o.id, c.email from orders o join customers c on c.id = o.customer_id"
    " where c.email = 'nobody@example.com' or o.reference = 'R4711'",
    claims=("same_rows", "cheaper_plan"),
    rows=(("customers", 2000), ("orders", 4000)),
    dialect="sqlite",
)
MARIADB = """
create table customers (id int primary key, email varchar(80) not null unique);
create table orders (
    id int primary key, customer_id int not null, reference varchar(20),
    foreign key (customer_id) references customers (id)
);
create index ix_orders_reference on orders (reference);
"""
ROWS = (
    "insert into customers select seq, concat('user', seq, '@example.com') from seq_1_to_3000",
    "insert into orders select seq, 1 + seq % 3000, concat('R', seq) from seq_1_to_6000",
)
BAD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select o.id, c.email from orders o join customers c on c.id = o.customer_id"
    " where c.email = 'user77@example.com' or o.reference = 'R4711'",
    claims=("same_rows", "cheaper_plan"),
    data=ROWS,
    dialect="mariadb",
)
GOOD_MARIADB = QueryExample(
    schema=MARIADB,
    sql="select o.id, c.email from orders o join customers c on c.id = o.customer_id"
    " where o.id = 4711 and (c.email = 'user77@example.com' or o.reference = 'R4711')",
    data=ROWS,
    dialect="mariadb",
)
GOOD = QueryExample(
    schema=SCHEMA,
    sql="select o.id, c.email from orders o join customers c on c.id = o.customer_id"
    " where o.id = 4711 and (c.email = 'user77@example.com' or o.reference = 'R4711')",
    data=DATA,
)
GOOD_OUTER = QueryExample(
    schema=SCHEMA,
    sql="select o.id, c.email from orders o left join customers c on c.id = o.customer_id"
    " where o.reference = 'R4711' or o.id = 7",
    data=DATA,
)
GOOD_MOST = QueryExample(
    schema=SCHEMA,
    sql="select o.id, c.email from orders o join customers c on c.id = o.customer_id"
    " where c.email <> 'user77@example.com' or o.reference = 'R4711'",
    data=DATA,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each OR whose arms are about different tables of an inner join."""
    reading = Reading(query)
    for block in reading.blocks:
        for condition in block.where():
            arms = _arms(reading, block, condition)
            other = disjoint.split(reading, block, condition, arms) if arms else None
            if other is None:
                continue
            tables = [each for each in block.sources.values() if each.table is not None]
            remedy = remedies.rewrite(
                query,
                other,
                "one part for each arm, joined by UNION ALL",
                sqlalchemy="union_all(select(…).where(first), select(…).where(second, "
                "first.is_not(True)))",
                conditions=("each part leaves out the rows of those before it, NULL or not",),
            )
            yield remedies.finding(
                query,
                "the arms of the OR are on different tables: all rows are joined before it",
                tables[0].table.key if tables and tables[0].table else None,
                [remedy],
            )
            return


def _arms(reading: Reading, block: Block, condition: exp.Expr) -> list[exp.Expr]:
    """The arms of an OR, those of one table together; none where one is of several tables."""
    if not isinstance(condition, exp.Or) or any(
        each.join is not None and each.join.side in ("RIGHT", "FULL")
        for each in block.sources.values()
    ):
        return []
    by_source: dict[int, list[exp.Expr]] = {}
    for arm in tree.disjuncts(condition):
        sources = _sources(reading, block, arm)
        if _looks_elsewhere(reading, block, arm):
            by_source[id(arm)] = [arm]
            continue
        if len(sources) != 1:
            return []
        by_source.setdefault(id(sources[0]), []).append(arm)
    if len(by_source) < 2:
        return []
    return [exp.or_(*several) if len(several) > 1 else several[0] for several in by_source.values()]


def _looks_elsewhere(reading: Reading, block: Block, arm: exp.Expr) -> bool:
    """Whether an arm is EXISTS, or IN, of another table: a join of its own."""
    arm = arm.unnest()
    if not isinstance(arm, exp.Exists) and not (isinstance(arm, exp.In) and arm.args.get("query")):
        return False
    select = arm.this if isinstance(arm, exp.Exists) else arm.args["query"].unnest()
    inner = reading.block_of(select) if isinstance(select, exp.Select) else None
    return inner is not None and not inner.limited and is_steady(reading.query, arm)


def _sources(reading: Reading, block: Block, arm: exp.Expr) -> list[Source]:
    found = reading.references(arm)
    if found is None or arm.find(exp.Query):
        return []
    aliases = {alias for each in found for alias, s in block.sources.items() if s is each.source}
    inside = all(any(s is each.source for s in block.sources.values()) for each in found)
    return [block.sources[alias] for alias in aliases] if inside else []


def advise(finding: Finding, query: Query) -> Advice:
    """Gives a part for each arm."""
    reason = "an arm that stands alone can begin with its own index"
    return remedies.advice(finding, query, reason)
