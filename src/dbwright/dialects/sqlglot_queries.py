"""Statements about rows as operations, for databases whose grammar sqlglot reads."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import sqlglot
from sqlglot import expressions as exp

from dbwright.core.operation import Data, Operation, Other, Select
from dbwright.dialects.sqlglot_conditions import compared, open_ended, trivially_true

Action = Literal["insert", "update", "delete"]
# It warns of each statement that it keeps as text; we say so ourselves, by the operation.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def tree_of(sql: str, dialect: str) -> exp.Expression | None:
    """Give the tree of one statement, or None for what sqlglot does not take apart."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=dialect) if tree is not None]
    except Exception:
        # Odd text makes it raise far more than its own errors: IndexError, RecursionError, …
        return None
    whole = len(trees) == 1 and not isinstance(trees[0], exp.Command)
    return trees[0] if whole and isinstance(trees[0], exp.Expression) else None


def operations(tree: exp.Expression) -> tuple[Operation, ...] | None:
    """Give the operations of a statement about rows; None for any other."""
    if isinstance(tree, exp.Query):
        return (*_writes_in_with(tree), Select(tables(tree)))
    if isinstance(tree, (exp.Insert, exp.Update, exp.Delete)):
        return (*_writes_in_with(tree), _write(tree))
    if isinstance(tree, exp.TruncateTable):
        return tuple(Data("truncate", key(table)) for table in tree.find_all(exp.Table))
    if isinstance(tree, exp.Merge):
        return (Data("update", key(tree.this), from_select=True),)
    return None


def _writes_in_with(tree: exp.Expression) -> Iterator[Operation]:
    for cte in tree.find_all(exp.CTE):
        if isinstance(cte.this, (exp.Insert, exp.Update, exp.Delete)):
            yield _write(cte.this)


def _write(tree: exp.Expression) -> Operation:
    if isinstance(tree, exp.Insert):
        return _insert(tree)
    found = tree.this
    table = key(found.find(exp.Table)) if found else ""
    if isinstance(tree, exp.Delete):
        data = Data("delete", table, _narrowed(tree), bool(tree.args.get("using")))
        return _asked(data, tree, "using")
    columns = [part.this for part in tree.expressions if isinstance(part, exp.EQ)]
    names = tuple(dict.fromkeys(column.name for column in columns))
    data = Data("update", table, _narrowed(tree), bool(tree.args.get("from_")), names)
    return _asked(data, tree, "from_")


def _asked(data: Data, tree: exp.Expression, joined: str) -> Data:
    """What the WHERE asks for; a LIMIT, and rows that a query has chosen, name them."""
    where = tree.args.get("where")
    chosen = tree.args.get("with_") or any(
        found.find(exp.Query) for found in tree.args.get(joined) or () if found
    )
    if where is None or tree.args.get("limit") or not data.bounded or chosen:
        return data
    if not open_ended(where.this):
        return data
    return replace(data, open_ended=True, compared=compared(where.this))


def _insert(tree: exp.Insert) -> Operation:
    target, source = tree.this, tree.expression
    columns: tuple[str, ...] = ()
    if isinstance(target, exp.Schema):
        columns = tuple(column.name for column in target.expressions)
    from_select = isinstance(source, exp.Query) and not isinstance(source, exp.Values)
    bounded = not from_select or _narrowed(source)
    table = target.find(exp.Table)
    return Data("insert", key(table), bounded, from_select, columns)


def _narrowed(tree: Any) -> bool:
    where = tree.args.get("where")
    if tree.args.get("limit"):
        return True
    return where is not None and not trivially_true(where.this)


def tables(tree: exp.Expression) -> tuple[str, ...]:
    """Give the keys of the tables in a query, its own WITH names left out."""
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    keys = (key(table) for table in tree.find_all(exp.Table) if table.db or table.name not in own)
    return tuple(name for name in dict.fromkeys(keys) if name)


def key(table: exp.Table | None) -> str:
    """Give a table's key."""
    if table is None:
        return ""
    return f"{table.db}.{table.name}" if table.db else table.name


def unknown(tag: str = "unparsed") -> tuple[Operation, ...]:
    """Give the operation of a statement that nobody takes apart."""
    return (Other(tag, unknown=True),)
