"""A part of a sentence apart from its main clause, and the noun that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbwright.collect.words.draft import DETERMINERS, Draft
from dbwright.collect.words.headings import is_attribute_noun
from dbwright.collect.words.morphology import is_plural
from dbwright.collect.words.phrases import PREPOSITIONS, STOPS, quantity
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import FINITE

TABLES = {"model", "models", "table", "tables", "entity", "entities"}
ENDS = {",", ";", ":", "(", ")", "where", "which", "that", "who", "—", "-", "when", "if", "but",
    "so", "because"}  # fmt: skip
"""Words before which a noun, or what is said of it, ends."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sentence; `plain` is how it is read, `owner` the noun whose list it is."""

    tokens: tuple[Token, ...]
    plain: tuple[Token, ...]
    owner: tuple[Token, ...] = ()


def noun_before(tokens: Sequence[Token], at: int, draft: Draft) -> tuple[Token, ...]:
    """The thing whose name ends before `at`: `a ShippingAddress model`, `line items`."""
    end = at - 1 if at > 1 and tokens[at - 1].low in TABLES else at
    for length in (3, 2, 1):
        words = tokens[max(0, end - length) : end]
        if len(words) < length or not all(word.is_name for word in words):
            continue
        if words[0].low in DETERMINERS or quantity(words, 0):
            continue
        found = draft.find(words)
        if (found is not None and not found[1]) or draft.is_thing(words):
            return tuple(words)
    last = tokens[end - 1 : end]
    if not last or not last[0].is_name or last[0].low in FINITE | STOPS | PREPOSITIONS:
        return ()
    adjoins = at < len(tokens) and tokens[at].low == "(" and tokens[at].start == last[0].end
    capital = last[0].text[:1].isupper() and (end > 1 or adjoins)
    pointed = end > 1 and tokens[end - 2].low in ("a", "an", "each", "every")
    named = (capital or pointed) and not is_attribute_noun(last)
    return tuple(last) if named or is_plural(last[0].low) else ()


def word(low: str, near: Token) -> Token:
    """A word that the request leaves out, at the place of one that it has."""
    return Token(low, low, "sign" if low == "'s" else "word", near.line, near.start, near.start)
