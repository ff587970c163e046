"""Loops whose number of turns stands in the source: a few values, written one by one."""

from __future__ import annotations

import ast

_MOST = 8
"""With more values one statement for all of them is worth its lines."""
_WRAPPERS = frozenset({"enumerate", "iter", "list", "reversed", "sorted", "tuple", "zip"})
_VIEWS = frozenset({"items", "keys", "values"})


class Fixed:
    """Which loops of a module go through values that stand in its source."""

    def __init__(self, tree: ast.AST) -> None:
        stored: dict[str, int] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                stored[node.id] = stored.get(node.id, 0) + 1
            elif isinstance(node, ast.arg):
                stored[node.arg] = stored.get(node.arg, 0) + 1
        self._names = {
            node.targets[0].id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Tuple)  # a list may grow
            and self._written(node.value.elts)
            and stored[node.targets[0].id] == 1
        }

    def turns(self, loop: ast.AST) -> bool:
        """Whether a loop, or each `for` of a comprehension, has few turns that are written down.

        >>> loop = ast.parse("for each in enumerate((1, 2)): pass").body[0]
        >>> Fixed(loop).turns(loop)
        True
        """
        if isinstance(loop, (ast.For, ast.AsyncFor)):
            return self._few(loop.iter)
        generators = getattr(loop, "generators", ())
        return bool(generators) and all(self._few(each.iter) for each in generators)

    def _few(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                return node.func.attr in _VIEWS and self._few(node.func.value)
            known = isinstance(node.func, ast.Name) and node.func.id in _WRAPPERS
            return known and bool(node.args) and self._few(node.args[0])
        if isinstance(node, ast.Name):
            return node.id in self._names
        if isinstance(node, ast.Dict):
            return None not in node.keys and len(node.keys) <= _MOST
        return isinstance(node, (ast.Tuple, ast.List, ast.Set)) and self._written(node.elts)

    @staticmethod
    def _written(values: list[ast.expr]) -> bool:
        return len(values) <= _MOST and not any(isinstance(one, ast.Starred) for one in values)
