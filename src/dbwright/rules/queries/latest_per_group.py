"""All rows are sorted for the first of each group.

## What it does

Looks for DISTINCT ON, `row_number() … = 1` (or `<= n`) and a join to `max(…) GROUP BY` over one
table with few groups: looks each group's first rows up by an index instead, through the table
that the groups are the keys of, or by going from one group to the next.

## Why is this bad?

The database sorts or walks all rows of all groups, to keep one of each: the time grows with the
history, not with the groups.

## When to leave it

When there are almost as many groups as rows. Where rows tie for the first place, each of these
forms may give any of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy, Risk
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import grouping, grouping_sqlite, numbered, remedies, tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.grouping import Firsts
from dbwright.recipes.queries.reading import Block, Reading, leading

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
SQLALCHEMY = {
    "postgresql": "select(…).where(…).order_by(…).limit(1).lateral(), then "
    "select(…).join(first, true())",
    "sqlite": "select(…).join(Row, Row.id == select(…).order_by(…).limit(1).scalar_subquery())",
}
TABLES = """
create table products (id integer primary key, name text not null);
create table moves (
    id integer primary key, product_id integer not null references products (id),
    moved_at timestamp not null, level integer not null
);
"""
INDEXED = TABLES + "create index ix_moves on moves (product_id, moved_at);"
DATA = (
    "insert into products select i, 'product ' || i from generate_series(1, 25) i",
    "insert into moves select i, 1 + i * 7 % 23, timestamp '2024-01-01' + i % 9000"
    " * interval '1 minute', i % 90 from generate_series(1, 40000) i",
)
BAD = QueryExample(
    schema=INDEXED,
    sql="select distinct on (m.product_id) m.product_id, m.moved_at, m.level from moves m"
    " order by m.product_id, m.moved_at desc, m.id desc",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_NUMBERED = QueryExample(
    schema=INDEXED,
    sql="SELECT anon_1.product_id, anon_1.level FROM (SELECT moves.product_id AS product_id,"
    " moves.level AS level, row_number() OVER (PARTITION BY moves.product_id ORDER BY"
    " moves.moved_at DESC, moves.id DESC) AS rn FROM moves) AS anon_1 WHERE anon_1.rn = 1",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_CTE = QueryExample(
    schema=INDEXED,
    sql="with ranked as (select *, row_number() over (partition by product_id order by moved_at"
    " desc, id desc) as place from moves) select id, level from ranked where place <= 2",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_MAX = QueryExample(
    schema=INDEXED,
    sql="select m.id, m.level from moves m join (select product_id, max(moved_at) as newest"
    " from moves group by product_id) x on x.product_id = m.product_id and x.newest = m.moved_at",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_WITHOUT_INDEX = QueryExample(
    schema=TABLES.replace(" references products (id)", ""),
    sql="select distinct on (product_id) product_id, level from moves"
    " order by product_id, moved_at desc, id desc",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
FILLED = (
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 9000)"
    " insert into moves select i, 1 + i * 7 % 23, datetime('2024-01-01', (i % 900) || ' minutes'),"
    " i % 90 from n",
)
BAD_SQLITE = QueryExample(
    schema=INDEXED,
    sql=BAD_NUMBERED.sql,
    claims=("same_rows", "cheaper_plan"),
    data=FILLED,
    dialect="sqlite",
)
BAD_SQLITE_MAX = QueryExample(
    schema=INDEXED,
    sql=BAD_MAX.sql,
    claims=("same_rows", "cheaper_plan"),
    data=FILLED,
    dialect="sqlite",
)
GOOD = QueryExample(
    schema=INDEXED,
    sql="select distinct on (m.moved_at) m.moved_at, m.level from moves m"
    " where m.product_id = 7 order by m.moved_at, m.id",
    data=(DATA[0], DATA[1].replace("40000", "2000")),
)
GOOD_MANY_GROUPS = QueryExample(
    schema=INDEXED,
    sql="select distinct on (product_id) product_id, level from moves"
    " order by product_id, moved_at desc, id desc",
    data=(
        DATA[0].replace("25", "9000"),
        DATA[1].replace("i * 7 % 23", "i % 9000").replace("40000", "10000"),
    ),
)
GOOD_LATERAL = QueryExample(
    schema=INDEXED,
    sql="select p.id, l.level from products p cross join lateral (select m.level from moves m"
    " where m.product_id = p.id order by m.moved_at desc, m.id desc limit 1) l",
    data=DATA,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where first rows of groups are asked for: the node to replace, and what it gives.

    `gone` are conditions that have done their work, `ordered` the direction in which the groups
    come where that is asked for.
    """

    node: exp.Select
    firsts: Firsts
    kept: tuple[exp.Expr, ...]
    gone: tuple[exp.Expr, ...] = ()
    ordered: str | None = None


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each place where the first rows of groups are asked for."""
    reading = Reading(query)
    for block in reading.blocks:
        found = _distinct_on(reading, block) or _numbered(reading, block) or _joined(reading, block)
        if found is None or not is_steady(query, block.node):
            continue
        if ways := list(_ways(query, reading, found)):
            group = found.firsts.group
            yield remedies.finding(
                query, "all rows are sorted for the first of each group", group.key, ways
            )


def _distinct_on(reading: Reading, block: Block) -> Place | None:
    distinct, order = block.node.args.get("distinct"), block.node.args.get("order")
    on = distinct.args.get("on") if distinct is not None else None
    if on is None or order is None or block.limited or block.grouped:
        return None
    named = on.expressions if isinstance(on, exp.Tuple) else [on]
    first, *rest = order.expressions
    if len(named) != 1 or named[0].unnest() != first.this:
        return None
    found = grouping.firsts(reading, block, first.this, rest)
    if found is None:
        return None
    way = " DESC" if first.args.get("desc") else ""
    return Place(block.node, found, tuple(block.node.expressions), ordered=way)


def _numbered(reading: Reading, block: Block) -> Place | None:
    found = numbered.read(reading, block)
    if found is None or numbered.counts_alone(found):
        return None
    firsts = grouping.firsts(reading, found.inner, found.group, found.order, found.count)
    kept = numbered.kept(reading, found)
    if firsts is None or kept is None:
        return None
    return Place(found.inner.node, firsts, tuple(kept), (found.condition,))


def _joined(reading: Reading, block: Block) -> Place | None:
    found = numbered.joined_to_most(reading, block)
    if found is None:
        return None
    firsts = grouping.firsts(
        reading, found.rows, found.group, [found.order], ties=True, by=[found.by]
    )
    if firsts is None or firsts.keys[0][0].column.nullable:
        return None
    return Place(block.node, firsts, tuple(block.node.expressions))


def _forms(reading: Reading, place: Place) -> Iterator[tuple[exp.Select, str, tuple[str, ...]]]:
    """The forms that the database has, each with its title and its conditions."""
    found = place.firsts
    if reading.query.target.dialect == "sqlite":
        joined = grouping_sqlite.joined_by_key(reading, found, place.kept)
        if joined is not None:
            title = grouping_sqlite.TITLE.format(found.group.column.name)
            yield joined[0], title, (joined[1],)
        return
    for ways in grouping.groups(reading, found.group):
        made = grouping.one_by_one(reading, found, ways, list(place.kept))
        if place.ordered is not None:
            dialect = tree.GLOT[reading.query.target.dialect]
            made = made.order_by(f"{ways.value}{place.ordered}", dialect=dialect)
        yield made, ways.title, ways.conditions


def _ways(query: Query, reading: Reading, place: Place) -> Iterator[Remedy]:
    found = place.firsts
    for made, title, conditions in _forms(reading, place):
        pairs: list[tuple[exp.Expr, exp.Expr | None]] = [(place.node, made)]
        other = numbered.without_condition(place.node.root(), pairs, place.gone)
        rewrite = remedies.rewrite(
            query,
            other,
            title,
            sqlalchemy=SQLALCHEMY[query.target.dialect],
            conditions=(*conditions, _order_words(found)),
            same=found.total,
            tradeoff="the code of the query changes, and nothing in the database"
            if found.total
            else "of rows that tie for the first place another may come; neither form says which",
            risk=None if found.total else _tied(found),
            table=found.group.table.key,
        )
        index = _index(query, found)
        if index is None:
            yield rewrite
        else:
            yield remedies.with_index(rewrite, index)


def _order_words(found: Firsts) -> str:
    if found.ties:
        return f"{found.keys[0][0].key} is NOT NULL, and rows that tie all come"
    return "the order within a group holds a key, so that no two rows tie"


def _tied(found: Firsts) -> Risk:
    listed = ", ".join(each.column.name for each, _ in found.keys)
    return Risk(
        f"rows of a group that are alike in {listed} are in no order, in both forms",
        "end the order with the primary key, and both forms give the same row",
    )


def _index(query: Query, found: Firsts) -> Remedy | None:
    """The index that each look-up needs, unless one is there."""
    table, group = found.group.table, found.group.column.name
    wanted = (group, found.keys[0][0].column.name)
    if any(each[:2] == wanted for each in leading(table, [group])):
        return None
    columns = [remedies.column(group)]
    columns += [remedies.column(each.column.name, descending=down) for each, down in found.keys]
    return remedies.index(query, table, columns)


def advise(finding: Finding, query: Query) -> Advice:
    """Gives one look-up for each group."""
    reason = "the first row of a group is one step in an index, whatever the group's size"
    return remedies.advice(finding, query, reason)
