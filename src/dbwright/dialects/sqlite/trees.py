"""Statements about rows as sqlglot's trees, their functions under the names that they have.

SQLite matches the expression of an index by its words: `substr` is not `substring`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, ClassVar

from sqlglot import expressions as exp
from sqlglot.dialects.sqlite import SQLite
from sqlglot.parsers.sqlite import SQLiteParser

from dbwright.dialects.sqlite.quoting import spelled
from dbwright.dialects.sqlite.reader import Reader


class _Parser(SQLiteParser):
    FUNCTIONS: ClassVar[Any] = {}
    FUNCTION_PARSERS: ClassVar[Any] = {"CAST": SQLiteParser.FUNCTION_PARSERS["CAST"]}


@functools.lru_cache(maxsize=2048)
def tree_of(sql: str) -> Any:
    """Gives the tree of one SELECT, INSERT, UPDATE or DELETE, None where it is none or not read."""
    dialect = SQLite()
    try:
        trees = _Parser(dialect=dialect).parse(dialect.tokenize(sql), sql)
    except Exception:
        # Odd text makes it raise far more than its own errors: IndexError, RecursionError, …
        return None
    whole = [tree for tree in trees if tree is not None]
    rows = (exp.Query, exp.Insert, exp.Update, exp.Delete)
    return whole[0] if len(whole) == 1 and isinstance(whole[0], rows) else None


def tree_of_view(definition: str) -> Any:
    """Gives the query of a CREATE VIEW, None where it is not read."""
    reader = Reader(definition)
    while not reader.done:
        word = reader.peek()
        if word == "AS":
            reader.next()
            tree = tree_of(reader.rest())
            return tree if isinstance(tree, exp.Query) else None
        if word == "(":
            reader.inside()
        else:
            reader.next()
    return None


def own(tree: Any, kinds: Any) -> Iterator[Any]:
    """Gives the nodes of a kind in a query that are not inside of another query within it."""
    for node in tree.walk(prune=lambda each: each is not tree and isinstance(each, exp.Query)):
        if node is not tree and isinstance(node, kinds):
            yield node


def conjuncts(condition: Any) -> Iterator[Any]:
    """Gives the conditions that all have to hold."""
    found = condition.unnest()
    if isinstance(found, exp.And):
        for part in found.flatten():
            yield from conjuncts(part)
    else:
        yield found


def plain(node: Any) -> str:
    """Gives an expression as SQL, its columns without the table's name."""
    copy = node.copy()
    for column in list(copy.find_all(exp.Column)):
        bare = exp.Identifier(this=spelled(column.name), quoted=False)
        if column is copy:
            return str(bare.sql("sqlite"))
        column.replace(bare)
    return str(copy.sql("sqlite"))


def constant(node: Any) -> str | None:
    """Gives a constant as SQL, None for anything else."""
    found = node.unnest()
    bare = found.this if isinstance(found, exp.Neg) else found
    if isinstance(bare, exp.Literal | exp.Boolean | exp.HexString):
        return str(found.sql("sqlite"))
    return None


def shape(sql: str) -> str:
    """Gives what executions of one statement have in common: its text without the constants."""
    tree = tree_of(sql)
    if tree is None:
        return sql

    def without(node: Any) -> Any:
        constants = exp.Literal | exp.Placeholder | exp.HexString
        return exp.Placeholder() if isinstance(node, constants) else node

    return str(tree.transform(without).sql("sqlite"))
