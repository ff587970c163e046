"""One item of a list, `an optional phone (at most 20 characters)`, before it is placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dbwright.collect.words.phrases import Quantity
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.vocabulary import Said


@dataclass(slots=True)
class Item:
    """A noun with what was said of it; `marks` are sayings that are no attribute's own."""

    words: list[Token] = field(default_factory=list)
    said: Said = field(default_factory=dict)
    marks: Said = field(default_factory=dict)
    quantity: Quantity | None = None
    negated: bool = False
    target: Sequence[Token] = ()
    listed: bool = False
    joined: bool = False
    """Whether `and` stands before it."""
    unique_per: list[Sequence[Token]] = field(default_factory=list)
    unread: list[Token] = field(default_factory=list)
    inside: list[Token] = field(default_factory=list)
    why: str = ""
    span: Sequence[Token] = ()
    """All tokens that it was read from."""

    @property
    def phrase(self) -> str:
        """Its noun's words."""
        return " ".join(token.low for token in self.words).replace("_", " ")

    def take(self, said: Said) -> None:
        """Sorts what a phrase says into what is an attribute's and what is not."""
        own = {
            "required",
            "unique",
            "immutable",
            "minimum",
            "maximum",
            "above",
            "below",
            "length",
            "encrypted",
            "personal",
            "default",
            "type",
            "values",
            "transitions",
            "precision",
            "scale",
            "unit",
            "copied_from",
            "computed",
            "doc",
            "ignore_case",
        }
        for key, value in said.items():
            (self.said if key in own else self.marks)[key] = value
