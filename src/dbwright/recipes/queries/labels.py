"""Whether a text passes a condition, for the few texts that an enum has."""

from __future__ import annotations

import re

from sqlglot import exp


def passes(condition: exp.Expr, place: exp.Expr, label: str) -> bool | None:
    """Whether a condition is true with a label in a place of it; None where that is not known."""
    node = condition.unnest()
    if isinstance(node, exp.Not):
        inner = passes(node.this, place, label)
        return None if inner is None else not inner
    if isinstance(node, (exp.And, exp.Or)):
        both = [passes(each, place, label) for each in (node.left, node.right)]
        if None in both:
            return None
        return all(both) if isinstance(node, exp.And) else any(both)
    mine = _text(node.this, place, label) if isinstance(node.this, exp.Expr) else None
    if mine is None:
        return None
    if isinstance(node, (exp.EQ, exp.NEQ, exp.Like, exp.ILike)):
        other = _text(node.expression, place, label)
        if other is None:
            return None
        if isinstance(node, (exp.Like, exp.ILike)):
            return _is_like(mine, other, folds=isinstance(node, exp.ILike))
        return (mine == other) == isinstance(node, exp.EQ)
    if isinstance(node, exp.In) and node.expressions:
        listed = [_text(each, place, label) for each in node.expressions]
        return None if None in listed else mine in listed
    return None


def _text(node: exp.Expr, place: exp.Expr, label: str) -> str | None:
    node = node.unnest()
    if node is place:
        return label
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    if isinstance(node, exp.Cast) and node.to.is_type(*exp.DataType.TEXT_TYPES):
        return None if node.to.expressions else _text(node.this, place, label)
    if isinstance(node, (exp.Lower, exp.Upper, exp.Trim)):
        inner = _text(node.this, place, label)
        if inner is None or not inner.isascii() or node.args.get("expression"):
            return None
        changed = {exp.Lower: inner.lower(), exp.Upper: inner.upper(), exp.Trim: inner.strip(" ")}
        return changed[type(node)]
    if isinstance(node, exp.DPipe):
        both = [_text(each, place, label) for each in (node.left, node.right)]
        return None if None in both else "".join(each for each in both if each is not None)
    if isinstance(node, exp.Coalesce):
        return _text(node.this, place, label) if _has(node.this, place) else None
    return None


def _has(node: exp.Expr, place: exp.Expr) -> bool:
    return any(each is place for each in node.walk())


def _is_like(text: str, pattern: str, *, folds: bool) -> bool | None:
    if "\\" in pattern or not (text.isascii() and pattern.isascii()):
        return None
    parts = {"%": ".*", "_": "."}
    form = "".join(parts.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(form, text, re.DOTALL | (re.IGNORECASE if folds else 0)) is not None
