"""The statements around a line."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def around(tree: ast.AST, line: int) -> Iterator[ast.AST]:
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
