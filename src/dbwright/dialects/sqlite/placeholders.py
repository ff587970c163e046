"""Placeholders of a statement, each with one name, and what they stand against."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dbwright.dialects.sqlite.reader import tokens

_SIGNS = (":", "@", "$")


@dataclass(frozen=True, slots=True)
class Bound:
    """A placeholder and the expression of a table's columns that its value is held against.

    `operator` is the comparison, `set` for a value that is written.
    """

    name: str
    table: str
    expression: str
    operator: str


def named(sql: str) -> tuple[str, tuple[str, ...]]:
    """Gives the statement with each placeholder as a name (`:p1`), and the names.

    >>> named("select 1 where a = ? and b = ?7 and c = ? and d = :p and e = @p and f = :p")
    ('select 1 where a = :p1 and b = :p7 and c = :p8 and d = :p_p and e = :p_at_p and f = :p_p', \
('p1', 'p7', 'p8', 'p_p', 'p_at_p'))
    """
    pieces, names, end, last = [], [], 0, 0
    words = tokens(sql)
    for place, token in enumerate(words):
        after = words[place + 1] if place + 1 < len(words) else None
        joined = after is not None and after.start == token.end
        if token.text == "?" and token.kind == "sign":
            number = after.text if after and joined and after.text.isdecimal() else ""
            last = max(last, int(number)) if number else last + 1
            name, until = f"p{number or last}", token.end + len(number)
        elif token.text in _SIGNS and after and joined and after.kind in ("word", "number"):
            name = {":": "p_", "@": "p_at_", "$": "p_dollar_"}[token.text] + after.text
            until = after.end
        else:
            continue
        pieces += [sql[end : token.start], f":{name}"]
        names.append(name)
        end = until
    return "".join(pieces) + sql[end:], tuple(dict.fromkeys(names))


def filled(sql: str, values: Mapping[str, Any]) -> str:
    """Gives a statement of `named` with a literal for each name.

    >>> filled("select ':a' where a = :a and b = :b", {"a": "it's", "b": None})
    "select ':a' where a = 'it''s' and b = NULL"
    """
    pieces, end = [], 0
    words = tokens(sql)
    for token, after in itertools.pairwise(words):
        if token.text == ":" and after.start == token.end and after.text in values:
            pieces += [sql[end : token.start], _literal(values[after.text])]
            end = after.end
    return "".join(pieces) + sql[end:]


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)
