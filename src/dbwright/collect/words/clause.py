"""A clause of a request, and the account of what was made of each of its words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dbwright.collect.words.tokens import Token, lows, shown
from dbwright.collect.words.vocabulary import FILLERS, STOP
from dbwright.core.brief import Understood, Unused

_NOTHING = "No construction of the grammar fits these words."
LEFT = "Nothing was made of these words; the rest of the sentence was read."
_SIGNS_THAT_SAY = {">", "<", ">=", "<=", "=", "!=", "->", "%", "*", "/"}


class Clause:
    """Tokens that say one thing; what reads them says so, or they are told as unused.

    `subject` is the entity that the clause speaks of where it names none.
    """

    def __init__(
        self,
        tokens: Sequence[Token],
        lines: Sequence[str],
        subject: str = "",
        plain: Sequence[Token] = (),
    ) -> None:
        self.tokens = tuple(tokens)
        self.plain = tuple(plain)
        """How it is read where that is not how it stands: `tickets are opened by customers`."""
        self.lines = lines
        self.subject = subject
        self.meanings: list[str] = []
        self.problems: list[Unused] = []
        self.asked = 0
        """How many of them are questions of constructions that did not fit after all."""
        self.reasons: list[tuple[frozenset[Token], str]] = []
        self.spare: set[Token] = set()
        """Tokens that were looked at in vain."""

    @property
    def line(self) -> int:
        """The line on which it starts."""
        return self.tokens[0].line if self.tokens else 1

    @property
    def text(self) -> str:
        """Its own words."""
        return shown(self.tokens, self.lines)

    @property
    def words(self) -> list[str]:
        """Its words as the grammar reads them."""
        return lows(self.tokens)

    def means(self, *meanings: str) -> None:
        """Notes what was made of it."""
        self.meanings += [meaning for meaning in meanings if meaning not in self.meanings]

    def unread(self, tokens: Iterable[Token], why: str = "") -> None:
        """Notes words of it of which nothing was made."""
        found = frozenset(tokens)
        self.spare |= found
        if why:
            self.reasons.append((found, why))

    def problem(self, why: str, tokens: Sequence[Token] = ()) -> None:
        """Notes what keeps models from being designed."""
        self.problems.append(Unused(shown(tokens, self.lines) or self.text, self.line, why))

    def understood(self) -> Understood | None:
        """What was made of it, None for nothing."""
        slips = [
            f"“{token.text}” was read as “{token.low}”" for token in self.tokens if token.corrected
        ]
        if not self.meanings:
            return None
        return Understood(self.text, self.line, (*self.meanings, *slips))

    def unused(self) -> list[Unused]:
        """The runs of words of which nothing was made."""
        if not self.meanings:
            if self.problems:
                return []
            why = self.reasons[0][1] if self.reasons else _NOTHING
            said = self.text.strip() and any(says_something(each) for each in self.tokens)
            return [Unused(self.text, self.line, why)] if said else []
        found: list[Unused] = []
        run: list[Token] = []
        for token in (*self.tokens, None):
            if token is not None and token in self.spare:
                run.append(token)
                continue
            if any(says_something(each) for each in run):
                found.append(Unused(shown(run, self.lines), run[0].line, self._why(run)))
            run = []
        return found

    def _why(self, run: Sequence[Token]) -> str:
        for tokens, why in self.reasons:
            if tokens & set(run):
                return why
        return LEFT


def says_something(token: Token) -> bool:
    """Whether the loss of a token is a loss."""
    if token.kind == "sign":
        return token.low in _SIGNS_THAT_SAY
    return token.low not in STOP


def without_fillers(tokens: Iterable[Token]) -> list[Token]:
    """Gives the tokens without the words that say nothing by themselves."""
    found: list[Token] = []
    for token in tokens:
        if token.low not in FILLERS or (token.low == "own" and found and not _owns(found[-1])):
            found.append(token)
    return found


def _owns(token: Token) -> bool:
    """Whether `own` behind it says nothing: `their own posts`, no `companies own buildings`."""
    return token.low in ("its", "their", "his", "her", "our", "my", "your", "an", "'s", "of", "on")
