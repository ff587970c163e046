"""A walk over the tokens of a clause, from left to right."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from dbwright.collect.words.morphology import number, scaled
from dbwright.collect.words.tokens import Token

_LONGEST = 400
SEPARATORS = {",", ";", "and", "or", "plus", "but"}


@cache
def _words(phrase: str) -> tuple[str, ...]:
    return tuple(phrase.split())


class Scan:
    """Where a walk over tokens is."""

    def __init__(self, tokens: Sequence[Token], at: int = 0) -> None:
        self.tokens = tokens
        self.at = at

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.tokens)

    def low(self, ahead: int = 0) -> str:
        """The word there, "" past the end."""
        at = self.at + ahead
        return self.tokens[at].low if 0 <= at < len(self.tokens) else ""

    @property
    def now(self) -> Token:
        """The token there."""
        return self.tokens[self.at]

    def take(self, *phrases: str) -> bool:
        """Goes past the first of the phrases that stands there."""
        first = self.low()
        for phrase in phrases:
            words = _words(phrase)
            if words[0] != first:
                continue
            if all(self.low(ahead) == word for ahead, word in enumerate(words)):
                self.at += len(words)
                return True
        return False

    def now_low(self, words: Collection[str]) -> bool:
        """Whether one of the words stands there, behind a determiner or a qualifier at most."""
        return any(self.low(ahead) in words for ahead in range(3))

    def number(self) -> float | None:
        """Goes past a number, and gives it."""
        if self.done:
            return None
        value = number([self.low()])
        if value is None:
            return None
        self.at += 1
        while not self.done and scaled(self.low()):
            scale = number(["1", self.low()])
            value *= scale or 1
            self.at += 1
        return value

    def separated(self) -> bool:
        """Whether a separator of items stands there."""
        if self.low() in ("-", "—") and self.low(1) in ("both", "all"):
            return True  # `opens at, closes at - both optional`
        return self.low() in SEPARATORS or (self.low() == "as" and self.low(1) == "well")

    def skip_separators(self) -> None:
        """Goes past separators of items."""
        while not self.done and (self.separated() or self.low() == "as"):
            self.at += 3 if self.low() == "as" and self.low(1) == "well" else 1


def split_at(tokens: Sequence[Token], sign: str) -> list[list[Token]]:
    """Gives what stands between the signs of one kind."""
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token.low == sign:
            found.append([])
        else:
            found[-1].append(token)
    return [part for part in found if part]


def inside(tokens: Sequence[Token], at: int) -> int:
    """Gives where the parenthesis that opens at `at` closes, the end where it does not."""
    depth = 0
    for place in range(at, min(len(tokens), at + _LONGEST)):
        if tokens[place].kind == "sign":
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(tokens[place].low, 0)
            if depth == 0:
                return place
    return min(len(tokens), at + _LONGEST)
