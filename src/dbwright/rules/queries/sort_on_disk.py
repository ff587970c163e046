"""More rows are sorted than memory holds, so that the sort goes to disk.

## What it does

Looks for a sort that wrote to disk or, where nothing was run, that is expected to need more than
work_mem. The ways out are an index that has the rows in order, and more memory for this statement.

## Why is this bad?

The rows are written in sorted runs and merged from the disk. An index that has the order gives the
first row at once, and sorts nothing.

## When to leave it

When the time goes elsewhere: merging from a disk cache costs little more than sorting in memory,
and then the rule is silent, as far as it can be run.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.candidate import IndexKey
from dbwright.core.finding import Advice, Finding, Remedy, Risk
from dbwright.core.plan import Node
from dbwright.core.plan_steps import GATHERS, Step, steps
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.dialects.postgresql import conditions_read
from dbwright.recipes.queries import estimates, memory, remedies
from dbwright.recipes.queries.estimates import Scan

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TIMES, CARRIED = 1.25, 3
"""A quarter more than the memory that is there; columns that an index carries at most."""
APPENDS = ("Append", "Merge Append")
PLAIN = ("Seq Scan", "Index Scan", "Bitmap Heap Scan", "Index Only Scan")
TABLE = """
create table visits (id integer primary key, shop integer not null, code text not null);
"""
DATA = (
    "insert into visits select i, i / 40, 'code ' || md5(i::text) from generate_series(1, 40000) i",
    "set work_mem = '64kB'",
)
SQL = "select v.code, v.shop from visits v order by v.code, v.shop"
BAD = QueryExample(
    schema=TABLE,
    sql=SQL,
    claims=("cheaper_plan",),
    data=DATA,
    after=("vacuum visits",),
    ran=True,
)
BAD_UNRUN = QueryExample(
    schema=TABLE, sql=SQL, claims=("cheaper_plan",), data=DATA, after=("vacuum visits",)
)
GOOD = QueryExample(
    schema=TABLE,
    sql="select v.shop, v.code from visits v order by v.shop % 7, v.code limit 20",
    data=DATA,
    ran=True,
)
GOOD_IN_MEMORY = QueryExample(
    schema=TABLE,
    sql="select v.shop, v.code from visits v order by v.shop % 7, v.code",
    data=("insert into visits select i, i / 40, 'code ' || i from generate_series(1, 2000) i",),
    ran=True,
)
GOOD_INDEX = QueryExample(
    schema=TABLE + "create index ix_visits_code_shop on visits (code, shop);",
    sql=SQL,
    data=DATA,
    after=("vacuum visits",),
    ran=True,
)


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each sort that memory does not hold."""
    known = steps(query.root) if query.root is not None else ()
    for step in known:
        node = step.node
        limited = step.parent is not None and known[step.parent].node.name == "Limit"
        if node.name != "Sort" or node.sort is None or limited:
            continue
        rows = step.found if query.ran and step.found is not None else step.expected
        needed = memory.of_node(node, rows)
        spilled = node.sort.on_disk if query.ran else needed > TIMES * memory.work_mem(query)
        if spilled:
            yield _finding(query, node, rows, needed)


def _finding(query: Query, node: Node, rows: float, needed: float) -> Finding:
    scan = _sorted(query, node)
    keys = ", ".join(node.sort.keys) if node.sort else ""
    ways = [*_indexes(query, scan, node), *_settings(node, needed)]
    if not ways:
        ways = [_fewer()]
    seen = [f"{rows:,.0f} rows are sorted by {keys}"]
    if node.sort and node.sort.on_disk:
        seen.append(f"{node.sort.method}, {node.sort.kilobytes or 0:,} kB on disk")
    return remedies.finding(
        query,
        f"a sort of {rows:,.0f} rows does not fit in memory and goes to disk",
        scan.table.key if scan else None,
        ways,
        evidence=seen,
    )


def _sorted(query: Query, node: Node) -> Scan | None:
    """The scan whose rows are sorted as they come, of one table alone."""
    child = node.children[0] if node.children else None
    while child is not None and child.name in GATHERS:
        child = child.children[0]
    if child is not None and child.name in APPENDS:
        return _of_partitions(query, child)
    table = estimates.table_of(query, child) if child is not None else None
    if child is None or table is None or child.name not in PLAIN:
        return None
    return Scan(Step(0, child, None, 0), table)


def _of_partitions(query: Query, above: Node) -> Scan | None:
    """The first scan of several partitions, as one of their table."""
    found = [estimates.table_of(query, each) for each in above.children]
    wholes = {each.info.get("partition_of") if each else None for each in found}
    plain = all(each.name in PLAIN for each in above.children)
    key = next(iter(wholes)) if len(wholes) == 1 else None
    table = query.schema.table(key) if isinstance(key, str) else None
    return Scan(Step(0, above.children[0], None, 0), table) if plain and table else None


def _indexes(query: Query, scan: Scan | None, node: Node) -> Iterator[Remedy]:
    """The order as an index: with what else is read where that is little, then alone."""
    read = [conditions_read.order_key(each) for each in (node.sort.keys if node.sort else ())]
    if scan is None or not read or None in read:
        return
    names = [each.column for each in read if each is not None]
    if any(scan.table.column(name) is None for name in names):
        return
    equal = [c.column for c in scan.conditions() if c.kind == "equal" and c.column not in names]
    first = [remedies.column(name) for name in dict.fromkeys(filter(None, equal))]
    keys: list[IndexKey] = [
        *first,
        *(
            IndexKey(remedies.column(each.column).expression, each.descending, each.nulls_first)
            for each in read
            if each is not None
        ),
    ]
    carried = _carried(scan, {*equal, *names})
    if carried:
        yield remedies.index(query, scan.table, keys, include=carried)
    yield remedies.index(query, scan.table, keys)


def _carried(scan: Scan, keys: set[str | None]) -> list[str]:
    """The few further columns that are read of each row; none where there are more."""
    found = []
    for text in scan.node.output:
        name = conditions_read.column_name(text)
        if name is None or scan.table.column(name) is None:
            return []
        if name not in keys:
            found.append(name)
    return list(dict.fromkeys(found)) if len(found) <= CARRIED else []


def _settings(node: Node, needed: float) -> Iterator[Remedy]:
    value = memory.enough(needed)
    if value is not None:
        yield remedies.setting(
            f"work_mem of {value} for this statement",
            "work_mem",
            value,
            tradeoff="each sort and hash table of the statement may take so much memory",
            risk=Risk(
                "many sessions that do this at the same time can use up the server's memory",
                "set it by SET LOCAL for this statement alone, never for the whole server",
            ),
        )


def _fewer() -> Remedy:
    return remedies.in_code(
        "sort fewer rows",
        "# the page or the export in parts: .where(key > last_seen).order_by(key).limit(1000)",
        tradeoff="the program asks in parts",
        risk=Risk("rows may change between the parts", "a repeatable read transaction holds them"),
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the index that has the order, or the memory."""
    return remedies.advice(finding, query, "an index has its rows in order; a sort must first read")
