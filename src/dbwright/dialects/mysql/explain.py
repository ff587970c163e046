"""Plans of MySQL and MariaDB: EXPLAIN FORMAT=JSON, its tables by the names of the catalog."""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlglot import exp

from dbwright.core.explained import Explained
from dbwright.core.plan import Node
from dbwright.dialects.mysql.plan_data import explained
from dbwright.dialects.mysql.server import modes
from dbwright.dialects.sqlglot_queries import tree_of

_APPLICATION = "select @@global.sql_mode"
_WHOLE = ("ALL", "index")


def plan(connection: Any, sql: str) -> Node:
    """Give the plan of one statement, which is not run.

    Raises pymysql.err.Error for a statement that the server refuses.
    """
    return asked(connection, sql).root


def asked(connection: Any, sql: str, *, run: bool = False) -> Explained:
    """Give what EXPLAIN says of a statement; with `run` what MariaDB counted in a run of it."""
    words = "analyze format=json" if run else "explain format=json"
    with as_application(connection):
        cursor = connection.cursor()
        cursor.execute(f"{words} {sql}")
        (text,) = cursor.fetchone()
    found = explained(json.loads(text))
    dialect = "mariadb" if is_maria(connection) else "mysql"
    return replace(found, root=_named(found.root, _tables(sql)), dialect=dialect)


def is_maria(connection: Any) -> bool:
    """Whether the server is MariaDB."""
    return "mariadb" in connection.get_server_info().lower()


@contextlib.contextmanager
def as_application(connection: Any) -> Iterator[None]:
    """Have statements read as an application's are: "text" is a text by the server's default."""
    cursor = connection.cursor()
    cursor.execute(_APPLICATION)
    (mode,) = cursor.fetchone()
    with modes(connection, mode):
        yield


@contextlib.contextmanager
def scans_disfavored(connection: Any) -> Iterator[None]:
    """Changes nothing: the server has no word for it but hints in the statement."""
    yield


def reads_whole_table(found: Node, key: str | None) -> bool:
    """Whether the node reads all of the table, or of any table when none is named."""
    if found.relation is None or (key is not None and found.relation != key):
        return False
    return found.strategy in _WHOLE


def _tables(sql: str) -> dict[str, str]:
    """Give the tables by the aliases that a plan calls them by; an alias of two is left out."""
    tree = tree_of(sql, "mysql")
    named: defaultdict[str, set[str]] = defaultdict(set)
    for table in tree.find_all(exp.Table) if tree is not None else ():
        named[table.alias_or_name].add(table.name)
    return {alias: names.pop() for alias, names in named.items() if len(names) == 1}


def _named(node: Node, tables: dict[str, str]) -> Node:
    children = tuple(_named(each, tables) for each in node.children)
    name = tables.get(node.relation or "")
    if name is None:
        return replace(node, children=children)
    return replace(node, relation=name, alias=node.relation, children=children)
