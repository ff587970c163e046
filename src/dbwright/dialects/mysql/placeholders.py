"""Placeholders of any driver's style (`?`, `%s`, `%(name)s`, `:name`) as one, and filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot.dialects.mysql import MySQL
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType


@dataclass(frozen=True, slots=True)
class Place:
    """Where a placeholder stands in a text; its name is a number where the driver counts them."""

    name: str
    start: int
    end: int
    style: str


def named(sql: str) -> tuple[str, tuple[str, ...]]:
    """Gives the statement with each placeholder as a name (`:p1`), and the names.

    >>> named("select '?' from t where a = ? and b = %s and c = %(x)s and d = :y")
    ("select '?' from t where a = :p1 and b = :p2 and c = :x and d = :y", ('p1', 'p2', 'x', 'y'))
    """
    places = list(_places(sql))
    doubled = any(each.style.startswith("%") for each in places)
    pieces, end = [], 0
    for each in places:
        pieces += [_plain(sql[end : each.start], doubled), f":{each.name}"]
        end = each.end
    text = "".join(pieces) + _plain(sql[end:], doubled)
    return text, tuple(dict.fromkeys(each.name for each in places))


def filled(sql: str, values: Mapping[str, str]) -> str:
    """Gives a statement of `named` with a literal for each name.

    >>> filled("select ':a' from t where a = :a", {"a": "'x'"})
    "select ':a' from t where a = 'x'"
    """
    pieces, end = [], 0
    for each in _places(sql):
        pieces += [sql[end : each.start], values.get(each.name, "NULL")]
        end = each.end
    return "".join(pieces) + sql[end:]


def _plain(text: str, doubled: bool) -> str:
    """Gives a text as the server gets it: these drivers read %% as a percent sign."""
    return text.replace("%%", "%") if doubled else text


def _places(sql: str) -> Iterator[Place]:
    try:
        tokens = MySQL().tokenize(sql)
    except SqlglotError:
        return
    number, at = 0, 0
    while at < len(tokens):
        size, style, name = _at(tokens, at)
        if size:
            number += not name
            last = tokens[at + size - 1]
            yield Place(name or f"p{number}", tokens[at].start, last.end + 1, style)
        at += size or 1


def _at(tokens: list[Token], at: int) -> tuple[int, str, str]:
    """Gives how many tokens a placeholder takes at a place, its style, and its name."""
    token = tokens[at]
    if token.token_type is TokenType.PLACEHOLDER:
        return 1, "?", ""
    near = list(_joined(tokens, at))
    texts = [each.text for each in near]
    if token.token_type is TokenType.MOD and texts[:1] == ["s"]:
        return 2, "%s", ""
    if token.token_type is TokenType.MOD and [*texts[:1], *texts[2:4]] == ["(", ")", "s"]:
        return 5, "%()s", texts[1]
    if token.token_type is TokenType.COLON and near and texts[0].isidentifier():
        return 2, ":", texts[0]
    return 0, "", ""


def _joined(tokens: list[Token], at: int) -> Iterator[Token]:
    """Gives the tokens that follow one another without a space."""
    for before, after in zip(tokens[at : at + 4], tokens[at + 1 : at + 5], strict=False):
        if after.start != before.end + 1:
            return
        yield after
