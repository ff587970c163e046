"""What a query's plan says of a table."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright import dialects
from dbwright.core.plan import Node
from dbwright.core.query import Query
from dbwright.core.schema import Table

_TIMES, _MANY = 10.0, 100.0
"""So many rows are dropped for each that is kept, and so many in all, before it is worth a word."""


def reads(query: Query, table: Table) -> Iterator[Node]:
    """Gives the nodes that read a table, or one of its partitions."""
    names = {table.name, *(each.name for each in parts(query, table))}
    for node in query.root.walk() if query.root is not None else ():
        if node.relation in names:
            yield node


def parts(query: Query, table: Table) -> list[Table]:
    """Gives the partitions of a table, and theirs."""
    found: list[Table] = []
    wanted = {table.key} if table.is_cut else set()
    while wanted:
        more = [each for each in query.schema.tables if each.info.get("partition_of") in wanted]
        found += more
        wanted = {each.key for each in more}
    return found


def reads_whole(query: Query, table: Table) -> bool:
    """Whether the plan reads every row of a table."""
    explain = dialects.get(query.target.dialect).explain
    return any(explain.reads_whole_table(node, None) for node in reads(query, table))


def reads_most(query: Query, table: Table) -> bool:
    """Whether a plan is expected to give more than half of a table's rows to what is above."""
    rows, found = query.rows_of(table.key), list(reads(query, table))
    each_part = sum(node.rows for node in found if node.relation != table.name)
    most = max([each_part, *(node.rows for node in found)], default=0.0)
    return bool(rows) and 2 * most > (rows or 0)


def walks_far(query: Query, table: Table) -> bool:
    """Whether the plan follows an index of a table in order, and drops ten rows for each it keeps.

    For the first rows of an order that is cheap only where many rows pass the filter. What a run
    counted is believed; without one, what the planner thinks of the filter.
    """
    if query.target.dialect == "sqlite":
        scans = [node for node in reads(query, table) if node.name.startswith("SCAN")]
        return any(node.index for node in scans) and not _sorts(query.root)
    if query.target.dialect in ("mysql", "mariadb"):
        walked = [node for node in reads(query, table) if node.strategy == "index"]
        return any(node.filter for node in walked) and not _sorts(query.root)
    return any(_drops_most(query, table, node) for node in _walked(query, table))


def _walked(query: Query, table: Table) -> Iterator[Node]:
    read = {id(node) for node in reads(query, table)}
    for limit in _nodes(query.root):
        if limit.name == "Limit" and not _sorts(limit):
            for node in limit.walk():
                if id(node) in read and node.name.startswith("Index") and node.filter:
                    yield node


def _drops_most(query: Query, table: Table, node: Node) -> bool:
    if query.ran:
        kept, loops = node.actual_rows or 0.0, node.loops or 1.0
        removed = (node.removed or 0.0) * loops
        return removed >= max(_MANY, _TIMES * kept * loops)
    rows = query.rows_of(table.key)
    return rows is not None and rows >= _MANY and node.rows * _TIMES <= rows


def _nodes(root: Node | None) -> Iterator[Node]:
    return root.walk() if root is not None else iter(())


def _sorts(root: Node | None) -> bool:
    words = ("Sort", "Incremental Sort", "Aggregate")
    return any(node.name in words or "TEMP B-TREE" in node.name for node in _nodes(root))
