"""The tokens of a request: words, numbers and signs with their places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from dbwright.collect.words.keywords import corrected

Kind = Literal["word", "number", "sign", "quoted"]

_TOKEN = re.compile(
    r"""
      (?P<quoted>"[^"\n]{1,200}"|“[^”\n]{1,200}”|`[^`\n]{1,200}`|(?<!\w)'[^'\n]{1,60}'(?!\w))
    | (?P<mark>\b(?:1:1|1:[nmNM]|[nmNM]:1|[nmNM]:[nmNM]|1-[nN]|[01]\.\.[*1nN]|1-1)(?!\w)|[01]\.\.\*)
    | (?P<number>-?\d{1,3}(?:[, ]\d{3})+(?![\d,])|(?<![\w)])-\d+(?:\.\d+)?|\d[\d_]{0,30}(?:\.\d+)?)
      (?P<scale>(?:k|m|bn|K|M)\b)?
    | (?P<arrow><-+>|-+>|=+>|→|⇒|>=|<=|≥|≤|!=|<>|≠|==|\.\.\.?|…|—|–|--)
    | (?P<word>[^\W\d](?:\w|['’](?=\w)|-(?=[^\W_]))*)
    | (?P<sign>[^\s\w])
    | (?P<other>\w)
    """,
    re.VERBOSE,
)
_SIGNS = {"≥": ">=", "≤": "<=", "→": "->", "⇒": "->", "=>": "->", "==": "=", "≠": "!=", "<>": "!=",
          "–": "—", "--": "—", "…": "..", "...": "..", "&": "and", "+": "and"}  # fmt: skip
_NOT = {
    "can't": ("cannot",), "cant": ("cannot",), "won't": ("will", "not"), "shan't": ("shall", "not"),
    "it's": ("it", "is"), "they're": ("they", "are"), "there's": ("there", "is"),
    "that's": ("that", "is"), "let's": ("let", "us"), "who's": ("who", "is"),
    "we're": ("we", "are"), "we've": ("we", "have"), "i'm": ("i", "am"), "i'd": ("i", "would"),
    "we'd": ("we", "would"), "e-mail": ("email",), "e-mails": ("emails",), "may-be": ("maybe",),
    "mustnt": ("must", "not"), "dont": ("do", "not"), "doesnt": ("does", "not"), "isnt": ("is",
    "not"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign of a request; `low` is how the grammar reads it."""

    text: str
    low: str
    kind: Kind
    line: int
    start: int
    end: int
    corrected: bool = False

    @property
    def is_name(self) -> bool:
        """Whether it can be part of a name."""
        return self.kind in ("word", "quoted")


def tokens_of(text: str, line: int, offset: int = 0) -> tuple[Token, ...]:
    """Gives the tokens of one line from column `offset` on."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text, offset):
        found.extend(_tokens(match, line))
    return tuple(_denied(found))


def _denied(found: Sequence[Token]) -> Iterator[Token]:
    """`can not` is one word, as cannot is."""
    skip = False
    for at, token in enumerate(found):
        if skip:
            skip = False
            continue
        if short := _short(found, at):
            skip = True
            yield short
            continue
        following = found[at + 1] if at + 1 < len(found) else None
        if token.low == "can" and following and following.low == "not":
            skip = True
            yield Token(
                f"{token.text} {following.text}",
                "cannot",
                "word",
                token.line,
                token.start,
                following.end,
            )
        else:
            yield token


def _short(found: Sequence[Token], at: int) -> Token | None:
    """`w/` is with: a letter and a stroke, written together."""
    one, *more = found[at : at + 2]
    if one.low != "w" or not more or more[0].low != "/" or more[0].start != one.end:
        return None
    behind = found[at + 2 : at + 3]
    without = bool(behind) and behind[0].low == "o" and behind[0].start == more[0].end
    if without:
        return None
    return Token("w/", "with", "word", one.line, one.start, more[0].end)


def _tokens(match: re.Match[str], line: int) -> Iterator[Token]:
    text, start, end = match[0], match.start(), match.end()
    if match["quoted"]:
        yield Token(text, text[1:-1].lower(), "quoted", line, start, end)
    elif match["number"]:
        yield Token(text, text.lower().replace(" ", ""), "number", line, start, end)
    elif match["word"]:
        yield from _word(text, line, start)
    elif match["mark"]:
        yield Token(text, text.lower(), "word", line, start, end)
    else:
        owns = text in "'’" and match.string[start - 1 : start] == "s"
        yield Token(text, "'s" if owns else _SIGNS.get(text, text), "sign", line, start, end)


def _word(text: str, line: int, start: int) -> Iterator[Token]:
    low = text.lower().replace("’", "'")
    end = start + len(text)
    if low in _NOT or low.endswith("n't"):
        for word in _NOT.get(low) or (low[:-3], "not"):
            yield Token(text, word, "word", line, start, end)
        return
    if low.endswith("'s"):
        yield Token(text[:-2], low[:-2], "word", line, start, end - 2)
        yield Token(text[-2:], "'s", "sign", line, end - 2, end)
        return
    better = corrected(low)
    yield Token(text, better, "word", line, start, end, better != low)


def lows(tokens: Iterable[Token]) -> list[str]:
    """Gives the words as the grammar reads them."""
    return [token.low for token in tokens]


def shown(tokens: Sequence[Token], lines: Sequence[str]) -> str:
    """Gives the request's own text from the first to the last of the tokens."""
    pieces: list[str] = []
    at = 0
    while at < len(tokens):
        line, last = tokens[at].line, at
        while last + 1 < len(tokens) and tokens[last + 1].line == line:
            last += 1
        pieces.append(lines[line - 1][tokens[at].start : tokens[last].end])
        at = last + 1
    return " ".join(pieces)
