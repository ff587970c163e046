"""Which tables the names in a plan are: SQLite's plan says the alias alone [since 3.36]."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlglot import expressions as exp

from dbwright.core.plan import Node
from dbwright.dialects.sqlite.trees import tree_of, tree_of_view

_KNOWN = "select name, type, sql from sqlite_schema where type in ('table', 'view')"


def with_tables(connection: sqlite3.Connection, sql: str, root: Node) -> Node:
    """Gives the plan of a statement with the tables that its aliases stand for.

    An alias that stands for several tables, in parts of the statement, stays as it is.
    """
    cursor = connection.cursor()
    cursor.row_factory = None
    rows = cursor.execute(_KNOWN).fetchall()
    tables = {name.lower(): name for name, kind, _ in rows if kind == "table"}
    views = {name.lower(): text for name, kind, text in rows if kind == "view"}
    found: dict[str, set[str]] = {}
    for alias, name in _read(tree_of(sql), views, set()):
        if name in tables:
            found.setdefault(alias, set()).add(tables[name])
    known = {alias: next(iter(names)) for alias, names in found.items() if len(names) == 1}
    return _renamed(root, known)


def _read(tree: Any, views: Mapping[str, str], seen: set[str]) -> Iterator[tuple[str, str]]:
    """Gives each alias of a tree, and of the views that it reads, with the name behind it."""
    for each in tree.find_all(exp.Table) if tree is not None else ():
        name = each.name.lower()
        yield each.alias_or_name.lower(), name
        if name in views and name not in seen:
            seen.add(name)
            yield from _read(tree_of_view(views[name]), views, seen)


def _renamed(node: Node, known: Mapping[str, str]) -> Node:
    children = tuple(_renamed(each, known) for each in node.children)
    alias = node.relation
    name = known.get(alias.lower()) if alias else None
    if alias is None or name is None or name.lower() == alias.lower():
        return replace(node, children=children)
    return replace(node, relation=name, alias=alias, children=children)
