"""The row before is looked for anew for each row.

## What it does

Looks for a sub-query or a self-join that finds, for each row, the row before or behind it in the
same table; lag() or lead() reads the table once. It must be unique which row that is: by a key of
(what is compared, what orders).

## Why is this bad?

Each row costs a search of its own; without the right index a read of its whole group, so that the
time grows with the square.

## When to leave it

When a filter keeps few rows: a window function must not be below it, since it then would not see
the rows that the filter throws out. The rule is silent there.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.finding import Advice, Finding
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import correlated, previous, remedies, tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.previous import Neighbor
from dbwright.recipes.queries.reading import Block, Reading
from dbwright.recipes.queries.uses import uses

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TABLES = """
create table readings (
    id integer primary key, meter_id integer not null, taken_at timestamp not null,
    value integer not null, unique (meter_id, taken_at)
);
"""
DATA = (
    "insert into readings select i, i % 20, timestamp '2024-01-01' + i * interval '1 minute',"
    " i % 900 from generate_series(1, 20000) i",
)
BAD = QueryExample(
    schema=TABLES,
    sql="select r.id, r.taken_at - (select max(p.taken_at) from readings p where"
    " p.meter_id = r.meter_id and p.taken_at < r.taken_at) as since from readings r",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_LIMIT = QueryExample(
    schema=TABLES,
    sql="select id, (select n.value from readings n where n.meter_id = readings.meter_id"
    " and readings.taken_at < n.taken_at order by n.taken_at limit 1) from readings",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
BAD_JOIN = QueryExample(
    schema=TABLES,
    sql="select m.id, m.value - p.value as change from readings m left join readings p"
    " on p.meter_id = m.meter_id and p.taken_at = (select max(x.taken_at) from readings x"
    " where x.meter_id = m.meter_id and x.taken_at < m.taken_at)",
    claims=("same_rows", "cheaper_plan"),
    data=DATA,
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select id, value - lag(value) over (partition by meter_id order by taken_at) as change"
    " from readings",
    data=DATA,
)
GOOD_FILTERED = QueryExample(
    schema=TABLES,
    sql="select r.id, (select max(p.taken_at) from readings p where p.meter_id = r.meter_id"
    " and p.taken_at < r.taken_at) as before from readings r where r.id < 30",
    data=DATA,
)
GOOD_NOT_UNIQUE = QueryExample(
    schema=TABLES.replace("unique (meter_id, taken_at)", "note text")
    + "create index ix_readings on readings (meter_id, taken_at);",
    sql="select r.id, (select max(p.taken_at) from readings p where p.meter_id = r.meter_id"
    " and p.taken_at < r.taken_at) as before from readings r",
    data=(DATA[0].replace("20000", "2000"),),
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each block that looks for the row before."""
    reading = Reading(query)
    for block in reading.blocks:
        found = _joined(reading, block) or _by_sub_query(reading, block)
        if found is not None and is_steady(query, block.node):
            yield _finding(query, *found)


def _by_sub_query(reading: Reading, block: Block) -> tuple[Neighbor, exp.Expr] | None:
    if len(block.sources) != 1:
        return None
    pairs: list[tuple[exp.Expr, exp.Expr | None]] = []
    first: Neighbor | None = None
    for inner in correlated.correlated(reading, block):
        found = previous.neighbor(reading, block, inner) if _is_listed(block, inner) else None
        place = inner.node.parent
        if found is None or found.gives is None or place is None:
            continue
        value: exp.Expr = found.window(found.gives)
        if isinstance(place.parent, exp.Select):
            name = correlated.output_name(inner.node)
            if name is None:
                continue
            value = exp.Alias(this=value, alias=name)
        pairs.append((place, value))
        first = first or found
    if first is None:
        return None
    return first, tree.replaced(block.node.root(), *pairs)


def _is_listed(block: Block, inner: Block) -> bool:
    """Whether it stands in the SELECT list, in no aggregate and no other window."""
    node: exp.Expr | None = inner.node.parent
    while node is not None and node.parent is not block.node:
        if isinstance(node, (exp.AggFunc, exp.Window)):
            return False
        node = node.parent
    return node is not None and any(node is each for each in block.node.expressions)


def _joined(reading: Reading, block: Block) -> tuple[Neighbor, exp.Expr] | None:
    found = previous.joined(reading, block)
    columns = uses(reading, block, found[1]) if found is not None else None
    if found is None or columns is None or found[1].join is None:
        return None
    neighbor, source = found
    outside = [each for each in columns if each.find_ancestor(exp.Join) is None]
    inside = [each for each in columns if each.find_ancestor(exp.Join) is not None]
    if any(each.find_ancestor(exp.Where, exp.Order, exp.Window) for each in outside):
        return None
    if any(each.find_ancestor(exp.Query) is not block.node for each in outside):
        return None
    if len(inside) < len(neighbor.within) + 1:
        return None
    other, twin = tree.twinned(block.node.root())
    assert source.join is not None
    twin(source.join).pop()
    for column in outside:
        value: exp.Expr = neighbor.window(column.name)
        if isinstance(column.parent, exp.Select):
            value = exp.Alias(this=value, alias=column.this.copy())
        twin(column).replace(value)
    return neighbor, other


def _finding(query: Query, found: Neighbor, other: exp.Expr) -> Finding:
    table = found.source.table
    assert table is not None
    listed = ", ".join((*found.within, found.by))
    name = "lag" if found.before else "lead"
    way = "before" if found.before else "behind"
    remedy = remedies.rewrite(
        query,
        other,
        f"take the row {way} by {name}()",
        sqlalchemy=f"func.{name}(column).over(partition_by=…, order_by=…)",
        conditions=(
            f"({listed}) is unique in {table.key} and never NULL: which row is {way} is certain",
        ),
        table=table.key,
    )
    return remedies.finding(
        query, f"the row {way} is looked for anew for each row", table.key, [remedy]
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives lag() or lead()."""
    return remedies.advice(finding, query, "in the window's order the row before is at hand")
