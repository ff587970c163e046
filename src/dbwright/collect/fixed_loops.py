"""Loops whose number of turns stands in the source or the configuration: a few values."""

from __future__ import annotations

import ast

_MOST = 8
"""With more values one statement for all of them is worth its lines."""
_WRAPPERS = frozenset({"enumerate", "iter", "list", "reversed", "sorted", "tuple", "zip"})
_VIEWS = frozenset({"items", "keys", "values"})
_CONFIGURATIONS = frozenset({"cfg", "conf", "config", "configuration", "settings"})


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

        What is an attribute of `config`, `settings` and the like was written by who runs it.

        >>> loop = ast.parse("for each in enumerate((1, 2)): pass").body[0]
        >>> Fixed(loop).turns(loop)
        True
        """
        if isinstance(loop, (ast.For, ast.AsyncFor)):
            return self._few(loop.iter)
        generators = getattr(loop, "generators", ())
        return bool(generators) and all(self._few(each.iter) for each in generators)

    def _few(self, node: ast.expr) -> bool:
        if _configured(node):
            return True
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


def _configured(node: ast.expr) -> bool:
    """Whether a value is taken from what is named as a configuration: `config.archivers`."""
    while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
        name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
        if name.strip("_").lower() in _CONFIGURATIONS:
            return True
    return False
