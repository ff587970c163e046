"""The lines of a request as a tree: headings, bullet lists, and running text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dbwright.collect.words.shorthand import expanded
from dbwright.collect.words.tokens import Token, tokens_of

_MARK = re.compile(r"\s*(?P<mark>#{1,6}\s+|[-*•·‣◦–+○▪]\s+|\(?\d{1,3}[.)]\s+|\(?[a-z][)]\s+|>\s+)?")
_RULE = re.compile(r"\s*([-=_*~])\1{2,}\s*$|\s*```\w*\s*$")
_CUT_SHORT = re.compile(
    r"\b(?:an?|the|of|and|or|to|with|for|in|on|by|its?|their|each|every|is)$", re.I
)
"""A word after which no line ends that says something whole."""
_WRAPPED = 60
_BULLET = 0.5
_PLAIN = 100.0
_ENDS = (".", "!", "?", ";")


@dataclass(slots=True)
class Node:
    """A line, or lines that run on, with what stands below."""

    tokens: tuple[Token, ...]
    rank: float
    marked: bool
    children: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    start: int
    rank: float
    marked: bool


def tree(lines: Sequence[str]) -> list[Node]:
    """Gives the request's lines, each below the one that it belongs to."""
    found: list[Node] = []
    open_: list[Node] = []
    for group in _groups(lines):
        tokens = tuple(
            token
            for line in group
            for token in expanded(tokens_of(_plain(line.text), line.number, line.start))
        )
        if not tokens:
            continue
        node = Node(tokens, group[0].rank, group[0].marked)
        while open_ and open_[-1].rank >= node.rank:
            open_.pop()
        (open_[-1].children if open_ else found).append(node)
        open_.append(node)
    return found


def _plain(text: str) -> str:
    """The text without marks of emphasis: each is a space, so that places stay."""
    found = text.replace("**", "  ")
    for mark in "*_":
        lead, tail = found.find(mark), found.rstrip(" :").rfind(mark)
        held = found[lead + 1 : tail]
        if found.strip()[:1] == mark and held[:1].strip() and held.strip(" *_"):
            found = f"{found[:lead]} {found[lead + 1 : tail]} {found[tail + 1 :]}"
    return found


def _groups(lines: Sequence[str]) -> Iterator[list[_Line]]:
    """Lines that run on over the end of a line, together."""
    group: list[_Line] = []
    width = max((len(text.rstrip()) for text in lines), default=0)
    for number, text in enumerate(lines, 1):
        line = _line(number, text)
        if line is None:
            if group:
                yield group
            group = []
        elif group and _runs_on(group[-1], line) and _full(group[-1], line, width):
            group.append(line)
        else:
            if group:
                yield group
            group = [line]
    if group:
        yield group


def _line(number: int, text: str) -> _Line | None:
    if not text.strip() or _RULE.match(text):
        return None
    match = _MARK.match(text)
    mark = (match["mark"] or "") if match else ""
    indent = len(text.expandtabs(4)) - len(text.expandtabs(4).lstrip())
    start = match.end() if match else 0
    if mark.startswith("#"):
        return _Line(number, text, start, float(len(mark.strip())), True)
    if mark:
        return _Line(number, text, start, _PLAIN + indent + _BULLET, True)
    return _Line(number, text, 0, _PLAIN + indent, False)


def _runs_on(line: _Line, following: _Line) -> bool:
    if following.marked or line.rank < _PLAIN:
        return False
    text = line.text.rstrip()
    if text.endswith((":", ".", ";", "!", "?", "**")):
        return (
            not line.marked
            and len(text) >= _WRAPPED
            and not text.endswith(":")
            and (following.rank == line.rank and not _opens(following.text))
        )
    short = _CUT_SHORT.search(text) and not _opens(following.text)
    if following.rank == line.rank and short and not line.marked:
        return True
    goes_on = following.text.lstrip()[:1].islower()
    if line.marked:
        return following.rank > line.rank - _BULLET and goes_on and len(text) >= _WRAPPED - 20
    if following.rank != line.rank:
        return False
    return len(text) >= _WRAPPED - 10 and (goes_on or not _opens(following.text))


def _full(line: _Line, following: _Line, width: int) -> bool:
    """Whether the next word had no room on the line, so that the line was broken there."""
    if line.marked or line.rank != following.rank or _CUT_SHORT.search(line.text.rstrip()):
        return True
    word = (following.text.split() or [""])[0]
    if word[:1].isupper() and _opens(line.text):
        return False
    return len(line.text.rstrip()) + 1 + len(word) >= width


def _opens(text: str) -> bool:
    """Whether a line starts a definition: `Order: id, total`."""
    return bool(re.match(r"\s*[^\s:,.]+(?: [^\s:,.]+){0,2}\s*[:({]", text))


def _abbreviated(tokens: Sequence[Token], at: int) -> bool:
    """Whether a point ends an abbreviation: `e.g.`, `licence no. unique`."""
    if tokens[at - 1].low in ("e.g", "i.e", "etc", "vs", "approx"):
        return True
    if len(tokens[at - 1].text) == 1 and at > 1 and tokens[at - 2].low == ".":
        return True
    small = at + 1 < len(tokens) and tokens[at + 1].text[:1].islower()
    return tokens[at - 1].low in ("no", "nr", "incl", "max", "min", "resp") and small


def sentences(tokens: Sequence[Token]) -> Iterator[tuple[Token, ...]]:
    """Gives the sentences of running text, without the signs that end them."""
    start, depth = 0, 0
    for at, token in enumerate(tokens):
        if token.kind == "sign" and token.low in "()":
            depth = max(0, depth + (1 if token.low == "(" else -1))
        if token.kind == "sign" and token.low in _ENDS and (not depth or token.low == "."):
            following = tokens[at + 1] if at + 1 < len(tokens) else None
            joined = following is not None and following.line == token.line
            if token.low in ".?" and joined and following and following.start == token.end:
                continue  # `users.id`, `email?`
            if token.low == "." and at and _abbreviated(tokens, at):
                continue
            if at > start:
                yield tuple(tokens[start:at])
            start, depth = at + 1, 0
    if start < len(tokens):
        yield tuple(tokens[start:])
