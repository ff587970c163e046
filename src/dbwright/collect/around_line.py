"""The statements around a line."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def around(tree: ast.AST, line: int) -> Iterator[ast.stmt | ast.ExceptHandler]:
    """Gives the statements and handlers that a line is in, the outermost first.

    >>> [type(each).__name__ for each in around(ast.parse("for a in b:\\n  if a:\\n    c()"), 3)]
    ['For', 'If', 'Expr']
    """
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.match_case):  # it has no line of its own
            yield from around(child, line)
        elif not isinstance(child, (ast.stmt, ast.ExceptHandler)):
            continue
        elif child.lineno <= line <= (child.end_lineno or child.lineno):
            yield child
            yield from around(child, line)


def head_at(tree: ast.AST, line: int) -> tuple[int, int]:
    """Gives the first and last line of the statement that a line is in; of a block of its head."""
    nodes = list(around(tree, line))
    if not nodes:
        return line, line
    inner = nodes[-1]
    first, last = inner.lineno, inner.end_lineno or inner.lineno
    body = getattr(inner, "body", None) or getattr(inner, "cases", None)
    if body:
        last = max(first, _begins(body[0]) - 1)
    return (first, last) if first <= line <= last else (line, line)


def _begins(node: ast.stmt | ast.match_case) -> int:
    if isinstance(node, ast.match_case):
        return node.pattern.lineno
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min(node.lineno, *(each.lineno for each in decorators)) if decorators else node.lineno
