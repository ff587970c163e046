"""Headings that refer to other things: `Documents of a claim:`, `API keys for accounts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbwright.collect.words.draft import DETERMINERS
from dbwright.collect.words.headings import ASKING, MOST_WORDS, NO_NAMES, listing
from dbwright.collect.words.morphology import is_plural
from dbwright.collect.words.scan import inside
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import FINITE, NOUNS_TOO


@dataclass(slots=True)
class Related:
    """A noun that refers to others where a line starts: `Documents of a claim:`."""

    noun: Sequence[Token]
    objects: list[tuple[str, Sequence[Token]]]
    rest: Sequence[Token]
    inside: Sequence[Token] = ()


def related(tokens: Sequence[Token]) -> Related | None:
    """Gives the noun that a line starts with, and what it is of, for or per."""
    at = 1 if tokens and tokens[0].low in DETERMINERS else 0
    noun, at = _name_at(tokens, at)
    objects: list[tuple[str, Sequence[Token]]] = []
    while noun and at < len(tokens) and (tokens[at].low in _OF or (objects and _and(tokens, at))):
        sign = tokens[at].low if tokens[at].low in _OF else objects[-1][0]
        at += 1
        while at < len(tokens) and tokens[at].low in DETERMINERS | {"several", "many", "two"}:
            at += 1
        words, at = _name_at(tokens, at)
        if not words:
            return None
        objects.append((sign, words))
    if not objects:
        return None
    found = Related(noun, objects, ())
    if at < len(tokens) and tokens[at].low == "(":
        end = inside(tokens, at)
        found.inside, at = tokens[at + 1 : end], end + 1
    if at < len(tokens) and tokens[at].low == ",":
        colon = next((n for n in range(at, min(len(tokens), at + 9)) if tokens[n].low == ":"), 0)
        example = tokens[at + 1 : at + 2] and tokens[at + 1].low in ("e", "e.g", "like", "such")
        at = colon if colon and example else at
        if tokens[at].low == "," and is_plural(noun[-1].low) and listing(tokens[at + 1 :]):
            found.rest = tokens[at + 1 :]
            return found
    led = at < len(tokens) and tokens[at].low == "with"
    if led and (not listing(tokens[at + 1 :]) or objects[0][0] == "between"):
        return None
    if at < len(tokens) and tokens[at].low not in (":", "-", "—", "with"):
        return None
    found.rest = tokens[at + 1 :]
    return found


_OF = {"of", "for", "per", "in", "to", "on", "between"}


def _and(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at].low == "and" and at + 1 < len(tokens) and tokens[at + 1].is_name


def _name_at(tokens: Sequence[Token], at: int) -> tuple[Sequence[Token], int]:
    start = at
    while (
        at < len(tokens)
        and tokens[at].is_name
        and at - start < MOST_WORDS
        and tokens[at].low not in NO_NAMES
        and tokens[at].low not in FINITE - NOUNS_TOO
        and tokens[at].low not in ASKING | DETERMINERS
    ):
        at += 1
    return tokens[start:at], at
