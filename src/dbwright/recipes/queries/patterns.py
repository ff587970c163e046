"""Patterns of LIKE and ILIKE: what is known of their beginning, their end and their middle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from dbwright.core.query import Query
from dbwright.recipes.queries.comparisons import family
from dbwright.recipes.queries.reading import Reading, Reference

_TEXTS = ("text", "varchar")
_WILD = "%_"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A LIKE or ILIKE of a text column; `node` is the condition, `like` what ESCAPE is around.

    `side` is what is compared: the column, or lower() or upper() of it.

    `start` is the part of the pattern that the statement spells out, `text` the whole of it, None
    where a parameter is in it.
    """

    node: exp.Expr
    like: exp.Expr
    side: exp.Expr
    found: Reference
    start: str
    text: str | None

    @property
    def is_plain(self) -> bool:
        """Whether the column itself is compared."""
        return isinstance(self.side, exp.Column)

    @property
    def ignores_case(self) -> bool:
        """Whether it is ILIKE."""
        return isinstance(self.like, exp.ILike)

    @property
    def begins_open(self) -> bool:
        """Whether it begins with a wildcard and asks for more than any text."""
        asks = self.text is None or any(each not in _WILD for each in self.text)
        return self.start[:1] in ("%", "_") and asks

    @property
    def prefix(self) -> str:
        """What a text must begin with; empty where it begins with a wildcard or a parameter."""
        return re.split(r"[%_\\]", self.start, maxsplit=1)[0]

    @property
    def suffix(self) -> str | None:
        """What a text must end with, where that is all that is asked: `%x`."""
        text = self.text or ""
        end = text[1:]
        return end if text[:1] == "%" and end and not re.search(r"[%\\]", end) else None

    @property
    def has_trigram(self) -> bool:
        """Whether three letters or digits stand side by side, by which trigrams find it."""
        return self.text is None or re.search(r"[^\W_]{3}", self.text) is not None


def patterns(query: Query, reading: Reading, condition: exp.Expr) -> Iterator[Pattern]:
    """Gives the patterns in a condition that no NOT turns, with ESCAPE where it is the usual."""
    for like in condition.find_all(exp.Like, exp.ILike):
        node = like.parent if isinstance(like.parent, exp.Escape) else like
        escape = node.expression if isinstance(node, exp.Escape) else None
        usual = escape is None or (isinstance(escape, exp.Literal) and escape.this == "\\")
        side = like.this.unnest()
        if isinstance(side, exp.Cast) and side.to.is_type(*exp.DataType.TEXT_TYPES):
            side = side.this.unnest()  # a text stays as it is; another type is passed below
        inner = side.this if isinstance(side, (exp.Lower, exp.Upper)) else side
        found = reading.reference(inner)
        turned = like.find_ancestor(exp.Not, exp.Query) is not condition.find_ancestor(
            exp.Not, exp.Query
        )
        if found is None or turned or not usual or family(query, found) not in _TEXTS:
            continue
        start, whole = _spelled(like.expression)
        yield Pattern(node, like, side, found, start, start if whole else None)


def _spelled(node: exp.Expr) -> tuple[str, bool]:
    """The beginning that is spelled out, and whether that is all."""
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return _spelled(node.this)
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this), True
    if isinstance(node, (exp.Lower, exp.Upper)):
        text, whole = _spelled(node.this)
        return (text.lower() if isinstance(node, exp.Lower) else text.upper()), whole
    if isinstance(node, exp.DPipe):
        left, whole = _spelled(node.this)
        if not whole:
            return left, False
        right, rest = _spelled(node.expression)
        return left + right, rest
    return "", False
