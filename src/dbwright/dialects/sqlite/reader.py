"""SQLite's SQL word by word: what its definitions are read with.

sqlglot is not used for them: it forgets how a type was spelled, which is all SQLite knows of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?:\s+|--[^\n]*|/\*.*?(?:\*/|\Z))+
    | (?P<string>'(?:[^']|'')*')
    | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\d[\w.]*)
    | (?P<sign>[^\s])
    """,
    re.VERBOSE | re.DOTALL,
)


class Unreadable(Exception):
    """The text is not the definition that it was taken for."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, name, text, number or sign, with its place in the text."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The word in upper case; empty for anything in quotes."""
        return self.text.upper() if self.kind in ("word", "sign") else ""


def tokens(sql: str) -> list[Token]:
    """Give the tokens of a text; white space and comments are left out."""
    found = _TOKEN.finditer(sql)
    return [Token(m.lastgroup, m[0], m.start(), m.end()) for m in found if m.lastgroup]


def unquoted(text: str) -> str:
    """Give a name without its quotes, of any of the four kinds that SQLite takes.

    >>> unquoted('"a b"'), unquoted("[a b]"), unquoted("it`s")
    ('a b', 'a b', 'it`s')
    """
    if text[:1] == "[":
        return text[1:-1]
    if text[:1] in ('"', "`", "'"):
        return text[1:-1].replace(text[0] * 2, text[0])
    return text


class Reader:
    """A place in a text that moves on as words are taken."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._tokens = tokens(sql)
        self._at = 0

    @property
    def done(self) -> bool:
        """Whether nothing is left but a semicolon."""
        return self.peek() in ("", ";")

    def peek(self, ahead: int = 0) -> str:
        """Give the coming word in upper case; empty at the end and for what is in quotes."""
        place = self._at + ahead
        return self._tokens[place].word if place < len(self._tokens) else ""

    def next(self) -> Token:
        """Take the coming token."""
        if self._at >= len(self._tokens):
            raise Unreadable("the text ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def accept(self, *words: str) -> bool:
        """Take these words if they all come next."""
        if any(self.peek(ahead) != word for ahead, word in enumerate(words)):
            return False
        self._at += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Take these words, or refuse the text."""
        if not self.accept(*words):
            raise Unreadable(f"{' '.join(words)} was expected")

    def name(self) -> str:
        """Take a name, quoted or not."""
        token = self.next()
        if token.kind not in ("word", "name", "string"):
            raise Unreadable("a name was expected")
        return unquoted(token.text)

    def names(self) -> tuple[str, ...]:
        """Take names in parentheses; what stands behind each (COLLATE, DESC) is passed over."""
        return tuple(unquoted(tokens(part)[0].text) for part in self.parts() if tokens(part))

    def parts(self) -> list[str]:
        """Take a list in parentheses, as the texts between its commas."""
        self.expect("(")
        found, start, depth = [], self._tokens[self._at - 1].end, 1
        while depth:
            token = self.next()
            depth += (token.word == "(") - (token.word == ")")
            if depth == 0 or (depth == 1 and token.word == ","):
                found.append(self._sql[start : token.start].strip())
                start = token.end
        return found

    def inside(self) -> str:
        """Take what is in parentheses, as text."""
        self.expect("(")
        start, depth = self._tokens[self._at - 1].end, 1
        while depth:
            token = self.next()
            depth += (token.word == "(") - (token.word == ")")
        return self._sql[start : token.start].strip()

    def rest(self) -> str:
        """Take all that is left, as text without its semicolon."""
        if self._at >= len(self._tokens):
            return ""
        start = self._tokens[self._at].start
        self._at = len(self._tokens)
        return self._sql[start:].strip().rstrip(";").strip()
