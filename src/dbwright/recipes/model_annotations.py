"""Annotations of mapped attributes as text: with None, without, with another type."""

from __future__ import annotations

import ast


def required(annotation: str) -> str:
    """Gives the annotation without None.

    >>> required("Optional[bool]"), required("bool | None"), required("Union[int, None]")
    ('bool', 'bool', 'int')
    """
    node = parsed(annotation)
    return ast.unparse(_without_none(node)) if node is not None else annotation


def optional(annotation: str, text: str) -> str:
    """Gives the annotation with None, written as the file's text writes it elsewhere.

    >>> optional("str", ""), optional("str", "from typing import Optional")
    ('str | None', 'Optional[str]')
    """
    if "Optional" in text:
        return f"Optional[{annotation}]"
    if annotation[:1] in "\"'":
        return f'"{annotation[1:-1]} | None"'
    return f"{annotation} | None"


def replaced(annotation: str, old: str, new: str) -> str:
    """Gives the annotation with one name replaced: `float | None` to `Decimal | None`."""
    node = parsed(annotation)
    if node is None:
        return annotation
    for item in ast.walk(node):
        if isinstance(item, ast.Name) and item.id == old:
            item.id = new
    return ast.unparse(node)


def parsed(annotation: str) -> ast.expr | None:
    """Gives the annotation's syntax, also of one in quotes; None where it is no expression."""
    try:
        node = ast.parse(annotation, mode="eval").body
    except SyntaxError:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        inner = parsed(node.value)
        return inner if inner is not None else node
    return node


def _without_none(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        if _is_none(node.right):
            return _without_none(node.left)
        if _is_none(node.left):
            return _without_none(node.right)
    if isinstance(node, ast.Subscript):
        name = ast.unparse(node.value).rpartition(".")[2]
        if name == "Optional":
            return node.slice
        if name == "Union" and isinstance(node.slice, ast.Tuple):
            kept = [item for item in node.slice.elts if not _is_none(item)]
            if len(kept) == 1:
                return kept[0]
    return node


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
