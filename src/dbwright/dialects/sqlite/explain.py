"""Plans in SQLite's own words: `SCAN t`, `SEARCH t USING INDEX i (a=?)`."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from dbwright.core.plan import Node
from dbwright.dialects.sqlite.aliases import with_tables
from dbwright.dialects.sqlite.plan_text import node


def plan(connection: sqlite3.Connection, sql: str, parameters: Any = None) -> Node:
    """Give the plan of one statement, which is not run; its root is called QUERY PLAN.

    Nodes name the table that is read, and its alias beside it.

    Raises sqlite3.Error for a statement that SQLite refuses.
    """
    cursor = connection.cursor()
    cursor.row_factory = None
    rows = cursor.execute(f"explain query plan {sql}", parameters or ()).fetchall()
    children: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for number, parent, _, detail in rows:
        children[parent].append((number, detail))
    return with_tables(connection, sql, Node("QUERY PLAN", children=_nodes(0, children)))


@contextlib.contextmanager
def scans_disfavored(connection: sqlite3.Connection) -> Iterator[None]:
    """Changes nothing: SQLite searches by an index wherever one fits."""
    yield


def reads_whole_table(found: Node, key: str | None) -> bool:
    """Whether the node scans the table, or any table when none is named."""
    if found.relation is None or (key is not None and found.relation != key):
        return False
    return found.name.startswith("SCAN")


def _nodes(parent: int, children: dict[int, list[tuple[int, str]]]) -> tuple[Node, ...]:
    found = children.get(parent, [])
    return tuple(node(detail, _nodes(number, children)) for number, detail in found)
