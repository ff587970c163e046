"""Defaults as expressions: called for each row instead of once."""

from __future__ import annotations

import libcst as cst


def called_later(value: cst.BaseExpression) -> cst.BaseExpression | None:
    """Gives the function of a call without arguments, else a lambda around the call.

    >>> code(called_later(cst.parse_expression("uuid4()")))
    'uuid4'
    >>> code(called_later(cst.parse_expression("datetime.now(UTC)")))
    'lambda: datetime.now(UTC)'
    """
    if not isinstance(value, cst.Call):
        return None
    return value.func if not value.args and _is_name(value.func) else _lambda(value)


def made_anew(value: cst.BaseExpression) -> cst.BaseExpression | None:
    """Gives `dict` for `{}`, `list` for `[]`, else a lambda around the value.

    >>> code(made_anew(cst.parse_expression("{}"))), code(made_anew(cst.parse_expression("[1]")))
    ('dict', 'lambda: [1]')
    """
    if isinstance(value, cst.Dict) and not value.elements:
        return cst.Name("dict")
    if isinstance(value, cst.List) and not value.elements:
        return cst.Name("list")
    if isinstance(value, cst.Call) and not value.args and _is_name(value.func):
        return value.func
    return _lambda(value)


def code(node: cst.BaseExpression | None) -> str:
    """Gives the source of an expression."""
    return cst.Module([]).code_for_node(node) if node is not None else ""


def _lambda(value: cst.BaseExpression) -> cst.Lambda:
    space = cst.SimpleWhitespace("")
    return cst.Lambda(cst.Parameters(), value, whitespace_after_lambda=space)


def _is_name(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) or (isinstance(node, cst.Attribute) and _is_name(node.value))
