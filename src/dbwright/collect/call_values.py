"""What becomes of the value that a line's call gives: is it used, or given to the caller?"""

from __future__ import annotations

import ast
from typing import Literal

from dbwright.collect.around_line import around

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
    function: ast.AST = tree
    statement: ast.stmt | None = None
    for node in around(tree, line):
        if isinstance(node, _FUNCTIONS):
            function = node
        if isinstance(node, ast.stmt):
            statement = node
    if isinstance(statement, ast.Return):
        return "returned"
    if isinstance(statement, _NAMED):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return "kept" if any(_is_read(each, function) for each in targets) else ""
    return "kept" if isinstance(statement, (ast.If, ast.While, ast.Assert, ast.AugAssign)) else ""


def _is_read(target: ast.expr, function: ast.AST) -> bool:
    if not isinstance(target, ast.Name):
        return True
    return any(
        isinstance(each, ast.Name) and each.id == target.id and isinstance(each.ctx, ast.Load)
        for each in ast.walk(function)
    )
