"""Short ways in which lists are written: `w/ name`, `uniq`, `opt.`, `website?`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbwright.collect.words.tokens import Token

_SHORT = {
    "uniq": "unique", "opt": "optional", "mand": "mandatory", "req": "required", "nullable":
    "nullable", "approx": "about", "ca": "about",
}  # fmt: skip
"""Words that people cut short, and what they stand for."""
_ASKING = {
    "what", "which", "who", "how", "why", "where", "when", "can", "could", "should", "do", "does",
    "is", "are", "would", "will", "may", "maybe", "shall",
}  # fmt: skip
_LISTING = {",", ":", "(", "-", "—", "[", "|"}
_BEHIND_A_NAME = {",", ")", "(", ";", "]", "|", "/", ":", "and"}


def expanded(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens of a line with what was written short read as what it stands for."""
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        width, low = _short(tokens, at, found)
        if low:
            last = tokens[at + width - 1]
            token = replace(token, low=low, kind="sign" if "." in low else "word", end=last.end)
        found.append(token)
        at += width
    return shared(found)


def _short(tokens: Sequence[Token], at: int, before: Sequence[Token]) -> tuple[int, str]:
    """How many tokens are one short word there, and what it stands for, "" for none."""
    token = tokens[at]
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    touching = following is not None and _touches(token, following)
    if token.low == "w" and touching and following and following.low == "/":
        out = tokens[at + 2] if at + 2 < len(tokens) else None
        if out is not None and out.low in ("o", "out") and _touches(following, out):
            return 3, "without"
        return 2, "with"
    if [t.low for t in tokens[at : at + 4]] == ["e", ".", "g", "."] and touching:
        return 4, "e.g"
    if token.kind == "word" and token.low in _SHORT and before:
        pointed = touching and following is not None and following.low == "."
        return 1 + pointed, _SHORT[token.low]
    if token.low == "?" and before and _marks(tokens, at, before):
        return 1, "optional"
    return 1, ""


_PAIRS = {("first", "last"), ("from", "to"), ("start", "end"), ("min", "max"), ("opening",
    "closing"), ("given", "family"), ("billing", "shipping"), ("home", "away"), ("old", "new"),
    ("minimum", "maximum"), ("source", "target"), ("lower", "upper"), ("open", "close"),
    ("issue", "due"), ("start", "finish"), ("pickup", "return")}  # fmt: skip
"""Words that share the noun behind them: `first/last name`."""


def shared(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens where `first/last name` is read as `first name and last name`."""
    found: list[Token] = []
    for at, token in enumerate(tokens):
        before, after = tokens[at - 1 : at], tokens[at + 1 : at + 3]
        stroke = token.low == "/" and before and len(after) == 2 and after[1].is_name
        if stroke and (before[0].low, after[0].low) in _PAIRS and _touches(token, after[0]):
            found += [replace(after[1]), replace(token, low="and")]
        else:
            found.append(token)
    return tuple(found)


def _touches(one: Token, other: Token) -> bool:
    return one.line == other.line and one.end == other.start


def _marks(tokens: Sequence[Token], at: int, before: Sequence[Token]) -> bool:
    """Whether a question mark says that the name before it can be missing."""
    name = before[-1]
    if not (name.is_name or name.low in (")", "]")) or not _touches(name, tokens[at]):
        return False
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    if following:
        return following in _BEHIND_A_NAME and tokens[0].low not in _ASKING
    start = max((n for n, t in enumerate(before) if t.low in (".", ";", "!")), default=-1) + 1
    said = [token.low for token in before[start:]]
    return said[0] not in _ASKING and bool(_LISTING & set(said))
