"""PostgreSQL's own grammar, by libpg_query: the one door to the binding that carries it.

The binding's stubs do not pass a type checker, so its trees are `Any` here; a node has the
fields of PostgreSQL's parse nodes in snake case.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any, TypeAlias

Node: TypeAlias = Any

_binding: Any = importlib.import_module("postgast")
nodes: Any = importlib.import_module("postgast.pg_query_pb2")
Failure: type[Exception] = _binding.PgQueryError

_SELECT = "SELECT "
_SEMICOLON = ord(";")
_OPENS, _CLOSES = ord("("), ord(")")


def parse(sql: str) -> list[Node]:
    """Give the tree of each statement; text outside of the grammar raises Failure."""
    _refuse_nul(sql)
    return [raw.stmt for raw in _binding.parse(sql).stmts]


def keyword_kind(word: str) -> int:
    """Give 0 for no keyword, 1 for one that needs no quotes as a name, more for the others."""
    tokens = _binding.scan(word).tokens
    return int(tokens[0].keyword_kind) if tokens else 0


def fingerprint(sql: str) -> str:
    """Give what statements have in common that differ in constants only; else raise Failure."""
    _refuse_nul(sql)
    return str(_binding.fingerprint(sql).hex)


def bare(sql: str) -> str:
    """Give a statement with a parameter in place of each constant; else raise Failure."""
    _refuse_nul(sql)
    return str(_binding.normalize(sql))


def split(sql: str) -> list[str]:
    """Give each statement of a script; what the grammar refuses is cut at its semicolons."""
    _refuse_nul(sql)
    try:
        return [found.strip() for found in _binding.split(sql) if found.strip()]
    except (Failure, UnicodeError):
        return _cut(sql)


def _cut(sql: str) -> list[str]:
    text = sql.encode()
    start, depth, found = 0, 0, []
    for token in _binding.scan(sql).tokens:
        depth += (token.token == _OPENS) - (token.token == _CLOSES)
        if token.token == _SEMICOLON and depth <= 0:
            found.append(text[start : token.start])
            start = token.end
    pieces = (piece.decode().strip() for piece in (*found, text[start:]))
    return [piece for piece in pieces if piece]


def text_of(expression: Node) -> str:
    """Give an expression's SQL as libpg_query prints it."""
    tree = _binding.parse("select 1")
    tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(expression)
    return str(_binding.deparse(tree)).removeprefix(_SELECT)


def text_of_statement(statement: Node, kind: str) -> str:
    """Give the SQL of one statement node, `kind` being its field in a tree's union."""
    tree = _binding.parse("select 1")
    tree.stmts[0].stmt.Clear()
    getattr(tree.stmts[0].stmt, kind).CopyFrom(statement)
    return str(_binding.deparse(tree))


def all_of(tree: Node, kind: str) -> Iterator[Node]:
    """Give every node of a kind (`ColumnRef`) in a tree, the tree itself included."""
    for _, found in _binding.walk(tree):
        if type(found).__name__ == kind:
            yield found


def _refuse_nul(sql: str) -> None:
    # The library reads C strings: what follows a NUL would be dropped in silence.
    if "\0" in sql:
        raise Failure("a statement cannot hold a NUL character")


def definition(command: Node) -> Node:
    """Give the node of an ALTER TABLE command, whose field is a Python keyword."""
    return getattr(command, "def")
