"""What is tried: a turn of a loop that may fail without the others, and errors that are caught."""

from __future__ import annotations

import ast
from typing import Literal

from dbwright.collect.around_line import around

Guard = Literal["", "turn", "caught", "told"]
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_TRIES = (ast.Try, ast.TryStar)


def guard_at(tree: ast.Module, line: int) -> Guard:
    """Gives how a line is tried: each turn of its loop, or so that an error of it goes no further.

    A turn is also what a handler around the loop names; "told" is one that is raised as another.

    >>> code = "for row in rows:\\n  try:\\n    save(row)\\n  except Bad:\\n    bad.append(row)"
    >>> guard_at(ast.parse(code), 3)
    'turn'
    """
    loops: list[ast.AST] = []
    tries: list[ast.Try | ast.TryStar] = []
    turn = caught = told = False
    for node in around(tree, line):
        if isinstance(node, _FUNCTIONS):
            loops, tries, turn, caught, told = [], [], False, False, False
        elif isinstance(node, _LOOPS):
            loops.append(node)
            turn = turn or any(_tells(each, node) for each in tries)
            told = False  # of which turn it is, the handler around the loop does not know
        elif isinstance(node, _TRIES) and node.handlers and _spans(node.body, line):
            tries.append(node)
            turn = turn or bool(loops)
            caught = caught or any(_ends_here(each) for each in node.handlers)
            told = any(_raises_another(each) for each in node.handlers)
    return "turn" if turn else "caught" if caught else "told" if told else ""


def expected_at(tree: ast.Module, line: int) -> tuple[str, ...]:
    """Gives the errors that handlers around a line name, in its own function.

    >>> expected_at(ast.parse("try:\\n  read(row)\\nexcept (KeyError, orm.Gone):\\n  pass"), 2)
    ('KeyError', 'Gone')
    """
    found: list[str] = []
    for node in around(tree, line):
        if isinstance(node, _FUNCTIONS):
            found = []
        elif isinstance(node, _TRIES) and _spans(node.body, line):
            for handler in node.handlers:
                kind = handler.type
                for each in kind.elts if isinstance(kind, ast.Tuple) else [kind]:
                    if isinstance(each, (ast.Name, ast.Attribute)):
                        found.append(each.id if isinstance(each, ast.Name) else each.attr)
    return tuple(found)


def _spans(body: list[ast.stmt], line: int) -> bool:
    return body[0].lineno <= line <= (body[-1].end_lineno or body[-1].lineno)


def _ends_here(handler: ast.ExceptHandler) -> bool:
    return not any(isinstance(each, ast.Raise) for each in ast.walk(handler))


def _raises_another(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(each, ast.Raise) and each.exc for each in ast.walk(handler))


def _tells(tried: ast.Try | ast.TryStar, loop: ast.AST) -> bool:
    """Whether a handler around a loop reads what its turns have set."""
    names = [each for each in ast.walk(loop) if isinstance(each, ast.Name)]
    stored = {each.id for each in names if isinstance(each.ctx, ast.Store)}
    return any(
        isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load) and each.id in stored
        for handler in tried.handlers
        for statement in handler.body
        for each in ast.walk(statement)
    )
