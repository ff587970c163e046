"""Names: what the imports and classes of a revision file bring in."""

from __future__ import annotations

import ast
from collections.abc import Iterator

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
            yield alias.asname or alias.name, Symbol(_full(module, alias.name))


def _full(module: str, name: str) -> str:
    # alembic.operations' own objects are reached by other ways too
    return f"{module}.{name}"


def class_of(node: ast.ClassDef) -> Klass:
    """Gives the class with its labels, when it is an Enum of the file."""
    bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    if bases.isdisjoint(_ENUMS):
        return Klass(node.name)
    labels = [
        target.id
        for item in node.body
        if isinstance(item, ast.Assign)
        for target in item.targets
        if isinstance(target, ast.Name)
    ]
    return Klass(node.name, tuple(labels))
