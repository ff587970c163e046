"""Names: what the imports and classes of a revision file bring in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from dbwright.collect.revisions_values import Klass, Symbol

_ENUMS = frozenset({"Enum", "StrEnum", "IntEnum"})


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Symbol]]:
    """Gives each name that an import binds, with what it stands for.

    >>> [(n, s.name) for n, s in imported(ast.parse("from alembic import op as o").body[0])]
    [('o', 'alembic.op')]
    """
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname:
                yield alias.asname, Symbol(alias.name)
            else:
                root = alias.name.partition(".")[0]
                yield root, Symbol(root)
        return
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        if alias.name != "*":
            yield alias.asname or alias.name, Symbol(f"{module}.{alias.name}")


def class_of(node: ast.ClassDef) -> Klass:
    """Gives the class with what its body says in so many words."""
    bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    attributes: dict[str, Any] = {}
    for item in node.body:
        if isinstance(item, ast.ClassDef):
            attributes[item.name] = class_of(item)
        elif isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant):
            names = [target.id for target in item.targets if isinstance(target, ast.Name)]
            attributes.update(dict.fromkeys(names, item.value.value))
    labels = () if bases.isdisjoint(_ENUMS) else tuple(_assigned(node))
    return Klass(node.name, labels, attributes)


def _assigned(node: ast.ClassDef) -> Iterator[str]:
    for item in node.body:
        for target in item.targets if isinstance(item, ast.Assign) else ():
            if isinstance(target, ast.Name) and not target.id.startswith("_"):
                yield target.id
