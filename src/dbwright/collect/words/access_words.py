"""Words on how rows are looked up that say no names: directions, ranges of time, page sizes."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.tokens import Token


def directed(words: list[Token]) -> list[Token]:
    """`transfers out of a wallet` are those from it, `into a wallet` those to it."""
    lows = [t.low for t in words]
    for at, low in enumerate(lows):
        if low == "out" and lows[at + 1 : at + 2] == ["of"]:
            return [*words[:at], words[at + 1], FROM, *_plain(words[at + 2 :])]
        if low == "into":
            of = Token("of", "of", "word", words[at].line, 0, 0)
            return [*words[:at], of, TO, *_plain(words[at + 1 :])]
    return words


def paged(words: list[Token]) -> list[Token]:
    """`20 per page`, `the last 50`: how many are shown is no matter of a table."""
    lows = [t.low for t in words]
    for at, token in enumerate(words):
        if token.kind == "number" and lows[at + 1 : at + 3] in (["per", "page"], ["a", "page"],
                                                               ["at", "a"]):  # fmt: skip
            return [*words[:at], *words[at + 3 + (lows[at + 1] == "at") :]]
    return words


def _plain(words: Sequence[Token]) -> list[Token]:
    return [t for t in words if t.low not in ("a", "an", "the")]


FROM, TO = Token("from", "from", "word", 0, 0, 0), Token("to", "to", "word", 0, 0, 0)
_RANGES = (("between", "two", "times"), ("between", "two", "dates"), ("in", "a", "time", "range"),
    ("over", "a", "time", "range"), ("in", "a", "period"), ("within", "a", "time", "range"),
    ("in", "a", "date", "range"), ("for", "a", "period"), ("in", "order", "of", "time"),
    ("by", "time"), ("in", "time", "order"))  # fmt: skip


def timed(words: list[Token]) -> tuple[list[Token], bool]:
    """`readings of a point between two times`: a range of the moment that dates a row."""
    lows = tuple(t.low for t in words)
    for phrase in _RANGES:
        if lows[-len(phrase) :] == phrase:
            return words[: -len(phrase)], True
    return words, False
