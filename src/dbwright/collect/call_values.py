"""What becomes of the value that a line's call gives: is it used, or given to the caller?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

Value = Literal["", "kept", "returned"]
_NAMED = (ast.Assign, ast.AnnAssign)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def value_at(tree: ast.Module, line: int) -> Value:
    """Gives what becomes of it: kept, returned, or nothing where it is dropped.

    >>> value_at(ast.parse("if not session.execute(query).rowcount: raise Gone"), 1)
    'kept'
    >>> value_at(ast.parse("session.execute(query)"), 1)
    ''
    """
    around: ast.AST = tree
    statement: ast.stmt | None = None
    for node in _down(tree, line):
        if isinstance(node, _FUNCTIONS):
            around = node
        if isinstance(node, ast.stmt):
            statement = node
    if isinstance(statement, ast.Return):
        return "returned"
    if isinstance(statement, _NAMED):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return "kept" if any(_is_read(each, around) for each in targets) else ""
    return "kept" if isinstance(statement, (ast.If, ast.While, ast.Assert, ast.AugAssign)) else ""


def _down(tree: ast.AST, line: int) -> Iterator[ast.AST]:
    """Gives the statements that a line is in, the outermost first."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            first = getattr(child, "lineno", line)
            if first <= line <= (getattr(child, "end_lineno", line) or line):
                yield child
                yield from _down(child, line)


def _is_read(target: ast.expr, around: ast.AST) -> bool:
    if not isinstance(target, ast.Name):
        return True
    return any(
        isinstance(each, ast.Name) and each.id == target.id and isinstance(each.ctx, ast.Load)
        for each in ast.walk(around)
    )
